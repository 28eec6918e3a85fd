import { type AuthContext, type Client, Room, Server } from '@colyseus/core';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { SteamSDK, type SteamSDKOptions } from '../../src/client.ts';
import type { SteamDriver } from '../../src/driver/SteamDriver.ts';
import { Endpoint, SteamTransport, type TicketError, ticketIdentity, verifyTicket } from '../../src/index.ts';
import { readSimulatedTicket, type SimulatedDriver, SimulatedSteam } from '../../src/sim.ts';
import { pause, rejection, until } from '../compliance/transport/waiting.ts';
import { APP_ID, type FakeWebApi, fakeWebApi, PUBLISHER_KEY } from '../helpers/fakeWebApi.ts';
import { leaveNoTimers } from '../helpers/leaveNoTimers.ts';
import { muteConsole } from '../helpers/muteConsole.ts';

// A host asks a player, over the session that there is, for a ticket that is good for nobody but him.

leaveNoTimers();

const ASK = { method: 'POST', path: '/.steam/ticket', headers: [], body: new Uint8Array() };

let steam: SimulatedSteam;
let web: FakeWebApi;
let host: SimulatedDriver;
let transport: SteamTransport;
let server: Server;
const clients: Client[] = [];
/** What a room does before it lets a player in. */
let authenticate: (context: AuthContext) => Promise<unknown>;
const players: SteamSDK[] = [];
const endpoints: Endpoint[] = [];

class Arena extends Room {
  static override async onAuth(_token: string, _options: unknown, context: AuthContext): Promise<unknown> {
    return await authenticate(context);
  }

  override onJoin(client: Client): void {
    clients.push(client);
  }
}

beforeEach(async () => {
  muteConsole();
  steam = new SimulatedSteam({ clock: 'real' });
  web = await fakeWebApi((bytes) => {
    const ticket = readSimulatedTicket(bytes);
    if (ticket === undefined || steam.verifyTicket(bytes, ticket.identity) === undefined) return undefined;
    return { ...ticket, appId: APP_ID };
  });
  host = steam.user();
  transport = new SteamTransport({ driver: host });
  server = new Server({ transport, greet: false, gracefullyShutdown: false });
  server.define('arena', Arena);
  authenticate = async () => true;
  await server.listen(0);
});

afterEach(async () => {
  for (const player of players.splice(0)) player.close();
  for (const endpoint of endpoints.splice(0)) endpoint.release();
  clients.length = 0;
  await server.gracefullyShutdown(false);
  steam.close();
  await web.close();
  jest.restoreAllMocks();
});

function player(driver: SteamDriver, options: Partial<SteamSDKOptions> = {}, endpoint = `steam://${host.steamId}`): SteamSDK {
  const sdk = new SteamSDK(endpoint, { driver, ...options });
  players.push(sdk);
  return sdk;
}

/** Of a user of Steam who plays nothing, or not only. */
function acquired(driver: SteamDriver): Endpoint {
  const endpoint = Endpoint.of(driver);
  endpoint.acquire();
  endpoints.push(endpoint);
  return endpoint;
}

function verifyOptions() {
  return { publisherKey: PUBLISHER_KEY, appId: APP_ID, url: web.url };
}

async function ticketFailure(promise: Promise<unknown>): Promise<TicketError> {
  const error = await rejection(promise);
  expect(error).toMatchObject({ name: 'TicketError' });
  return error as TicketError;
}

test('is asked for by client or SteamID, and is of the player, for this host', async () => {
  const driver = steam.user();
  await player(driver).joinOrCreate('arena');
  for (const who of [clients[0] as Client, driver.steamId]) {
    const ticket = await transport.ticketOf(who);
    expect(readSimulatedTicket(ticket)).toMatchObject({ steamId: driver.steamId, identity: `colyseus:${host.steamId}` });
    expect(steam.verifyTicket(ticket, ticketIdentity(host.steamId))).toBe(driver.steamId);
  }
});

test('is verified before the player is let in', async () => {
  const driver = steam.user();
  authenticate = async ({ headers }) => {
    const verified = await transport.verifyPlayer(BigInt(headers.get('x-steam-id') as string), verifyOptions());
    return { verified: String(verified.steamId) };
  };
  await player(driver).joinOrCreate('arena');
  expect(clients.map(({ auth }) => auth)).toEqual([{ verified: String(driver.steamId) }]);
  expect(await transport.verifyPlayer(clients[0] as Client, verifyOptions())).toEqual({
    steamId: driver.steamId,
    ownerSteamId: driver.steamId,
    vacBanned: false,
    publisherBanned: false,
  });
});

test('of somebody else does not let him in, and he is told why', async () => {
  const [driver, other] = [steam.user(), steam.user()];
  driver.createTicket = (identity) => other.createTicket(identity);
  authenticate = ({ headers }) => transport.verifyPlayer(BigInt(headers.get('x-steam-id') as string), verifyOptions());
  expect(await rejection(player(driver).joinOrCreate('arena'))).toMatchObject({
    name: 'MatchMakeError',
    code: 525,
    message: `Steam user ${driver.steamId} gave the ticket of Steam user ${other.steamId}`,
  });
  expect(clients).toEqual([]);
  authenticate = async () => true;
  await player(driver).joinOrCreate('arena');
  expect(await ticketFailure(transport.verifyPlayer(driver.steamId, verifyOptions()))).toMatchObject({ reason: 'wrong-player' });
});

test('that one host was given is good with no other', async () => {
  const driver = steam.user();
  await player(driver).joinOrCreate('arena');
  const ticket = await transport.ticketOf(driver.steamId);
  const identity = ticketIdentity(steam.user().steamId);
  expect(await ticketFailure(verifyTicket(ticket, { ...verifyOptions(), identity }))).toMatchObject({ reason: 'invalid-ticket' });
  expect(await verifyTicket(ticket, { ...verifyOptions(), identity: ticketIdentity(host.steamId) })).toMatchObject({
    steamId: driver.steamId,
  });
});

test("of the host's own player", async () => {
  await player(host).joinOrCreate('arena');
  expect(await transport.verifyPlayer(clients[0] as Client, verifyOptions())).toMatchObject({ steamId: host.steamId });
});

test('is not given with tickets: false, and the game goes on', async () => {
  const driver = steam.user();
  const made = jest.spyOn(driver, 'createTicket');
  const room = await player(driver, { tickets: false }).joinOrCreate('arena');
  expect(await ticketFailure(transport.ticketOf(driver.steamId))).toMatchObject({
    reason: 'no-ticket',
    message: `Steam user ${driver.steamId} gives no ticket: option tickets of his SteamSDK is false`,
  });
  expect(made).not.toHaveBeenCalled();
  await room.leave();
  expect(() => player(driver, { tickets: 'no' as never })).toThrow(/^option tickets must be true or false, not no$/);
});

test('is not there when Steam makes none', async () => {
  const driver = steam.user();
  await player(driver).joinOrCreate('arena');
  driver.createTicket = () => Promise.reject(new Error('not now'));
  expect(await ticketFailure(transport.ticketOf(driver.steamId))).toMatchObject({
    reason: 'no-ticket',
    message: expect.stringMatching(/gives no ticket \(503\): "Steam made no ticket for colyseus:\d+: not now"$/),
  });
  driver.createTicket = undefined as never;
  expect((await ticketFailure(transport.ticketOf(driver.steamId))).message).toContain('makes no tickets');
});

test('is given to the host of the game only', async () => {
  // One Steam user who hosts a game, and plays in that of another.
  const driver = steam.user();
  const made = jest.spyOn(driver, 'createTicket');
  const own = acquired(driver);
  own.serve({
    onSessionRequest: () => true,
    onConnection: () => ({ onMessage: () => {}, onClose: () => {} }),
    onRequest: jest.fn<never>(),
  });
  await player(driver).joinOrCreate('arena');
  const stranger = acquired(steam.user());
  const { status, body } = await stranger.request(driver.steamId, ASK);
  expect([status, Buffer.from(body).toString()]).toEqual([403, '{"error":"no game of yours is played here"}']);
  expect(made).not.toHaveBeenCalled();
});

test('is made one at a time, however many are wanted at once', async () => {
  const driver = steam.user();
  const making: (() => void)[] = [];
  const real = driver.createTicket.bind(driver);
  driver.createTicket = (identity) => new Promise((resolve) => making.push(() => resolve(real(identity))));
  authenticate = async ({ headers }) => {
    await transport.verifyPlayer(BigInt(headers.get('x-steam-id') as string), verifyOptions());
    return true;
  };
  const sdk = player(driver);
  const joins = Promise.all([sdk.create('arena'), sdk.create('arena')]);
  for (const count of [1, 2]) {
    await until(() => making.length === count, `ticket ${count}`);
    await pause(50);
    expect(making.length).toBe(count);
    making.at(-1)?.();
  }
  await joins;
  expect(new Set(web.requests.map(({ searchParams }) => searchParams.get('ticket'))).size).toBe(2);
});

test('one that fails keeps nobody behind it waiting', async () => {
  const driver = steam.user();
  await player(driver).joinOrCreate('arena');
  const made = jest.spyOn(driver, 'createTicket').mockRejectedValueOnce(new Error('not now'));
  const both = [transport.ticketOf(driver.steamId), transport.ticketOf(driver.steamId)];
  expect((await ticketFailure(both[0] as Promise<unknown>)).message).toContain('not now');
  expect(readSimulatedTicket((await both[1]) as Uint8Array)).toMatchObject({ steamId: driver.steamId });
  expect(made).toHaveBeenCalledTimes(2);
});

test('is made 10 times a minute, and good for a minute', async () => {
  let skew = 0;
  const driver = steam.user();
  // What goes by at once is no silence of the host.
  const endpoint = Endpoint.of(driver, { deadAfterMs: 300_000 }, { now: () => performance.now() + skew });
  const made = jest.spyOn(driver, 'createTicket');
  await player(driver).joinOrCreate('arena');
  const tickets = [];
  for (let i = 0; i < 10; i++) tickets.push(await transport.ticketOf(driver.steamId));
  const isGood = (ticket: Uint8Array) => steam.verifyTicket(ticket, ticketIdentity(host.steamId)) === driver.steamId;
  expect((await ticketFailure(transport.ticketOf(driver.steamId))).message).toContain('(429): "you had 10 tickets within 60 s"');
  expect(made).toHaveBeenCalledTimes(10);
  skew = 55_000;
  endpoint.poll();
  expect(tickets.every(isGood)).toBe(true);
  expect(await ticketFailure(transport.ticketOf(driver.steamId))).toMatchObject({ reason: 'no-ticket' });
  skew = 60_000;
  endpoint.poll();
  expect(tickets.some(isGood)).toBe(false);
  expect(isGood(await transport.ticketOf(driver.steamId))).toBe(true);
});

test('is cancelled when the player leaves; coming back does not make it more than 10', async () => {
  const driver = steam.user();
  const first = player(driver);
  await first.joinOrCreate('arena');
  const ticket = await transport.ticketOf(driver.steamId);
  const isGood = () => steam.verifyTicket(ticket, ticketIdentity(host.steamId)) !== undefined;
  const second = player(driver);
  await second.joinOrCreate('arena');
  first.close();
  expect(isGood()).toBe(true);
  second.close();
  expect(isGood()).toBe(false);
  await player(driver).joinOrCreate('arena');
  for (let i = 0; i < 9; i++) await transport.ticketOf(driver.steamId);
  expect((await ticketFailure(transport.ticketOf(driver.steamId))).message).toContain('429');
});

test('that comes when the player has left is cancelled', async () => {
  const driver = steam.user();
  acquired(driver); // so that the session goes on without the game
  const sdk = player(driver);
  await sdk.joinOrCreate('arena');
  const cancel = jest.fn<() => void>();
  let give: () => void = () => undefined;
  driver.createTicket = () =>
    new Promise((resolve) => {
      give = () => resolve({ bytes: Uint8Array.of(1), cancel });
    });
  const asked = ticketFailure(transport.ticketOf(driver.steamId));
  const isAsked = jest.spyOn(driver, 'createTicket');
  await until(() => isAsked.mock.calls.length > 0, 'the player is asked');
  sdk.close();
  give();
  expect(await asked).toMatchObject({
    reason: 'no-ticket',
    message: expect.stringMatching(/\(403\): "the game of yours that was played here is over"$/),
  });
  expect(cancel).toHaveBeenCalledTimes(1);
});

test.each([
  ['nothing', 200, new Uint8Array(), 'invalid-ticket', /gives 0 bytes for a ticket: from 1 to 2560 may be one$/],
  ['too much', 200, new Uint8Array(2561), 'invalid-ticket', /gives 2561 bytes for a ticket/],
  ['no ticket', 200, Uint8Array.of(1, 2, 3), 'invalid-ticket', /^Steam does not take the ticket: "Invalid ticket" \(101\)$/],
  ['a reason as long as a book', 500, Buffer.from(`{"error":"${'x'.repeat(9_999)}"}`), 'no-ticket', /\(500\): "x{200}"$/],
  ['an error that is none', 404, Buffer.from('<html>'), 'no-ticket', /\(404\): no reason$/],
  ['an error without words', 404, Buffer.from('null'), 'no-ticket', /\(404\): no reason$/],
])('a player who answers with %s', async (_what, status, body, reason, message) => {
  const driver = steam.user();
  const endpoint = acquired(driver);
  endpoint.answer('/.steam/ticket', async () => ({ status, headers: [], body: new Uint8Array(body) }));
  await endpoint.request(host.steamId, { method: 'GET', path: '/', headers: [], body: new Uint8Array() });
  const error = await ticketFailure(transport.verifyPlayer(driver.steamId, verifyOptions()));
  expect(error).toMatchObject({ reason, message: expect.stringMatching(message) });
});

test('is not waited for longer than the host wants', async () => {
  const driver = steam.user();
  await player(driver).joinOrCreate('arena');
  let give: () => void = () => undefined;
  driver.createTicket = () =>
    new Promise((_resolve, reject) => {
      give = () => reject(new Error('at last'));
    });
  const giveUp = new AbortController();
  const asked = rejection(transport.verifyPlayer(driver.steamId, { ...verifyOptions(), signal: giveUp.signal }));
  giveUp.abort(new Error('enough'));
  expect(await asked).toMatchObject({ message: 'enough' });
  expect(web.requests).toEqual([]);
  give();
});

test('is asked for with what can be used, and of a player only', async () => {
  const driver = steam.user();
  const made = jest.spyOn(driver, 'createTicket');
  await player(driver).joinOrCreate('arena');
  expect((await rejection(transport.verifyPlayer(driver.steamId, { ...verifyOptions(), appId: 0 }))).message).toMatch(
    /^option appId must be/,
  );
  expect((await rejection(transport.verifyPlayer(driver.steamId, undefined as never))).message).toMatch(
    /^option publisherKey must be a string, not undefined$/,
  );
  expect(made).not.toHaveBeenCalled();
  for (const who of [undefined, null, {}, { ref: {} }, 'ann', 17]) {
    const error = await rejection(transport.ticketOf(who as never));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(/^a player is a client of a room that came over Steam, or a SteamID \(bigint\), not /);
  }
  expect(await rejection(transport.ticketOf(17n))).toBeInstanceOf(RangeError);
  const absent = steam.user();
  expect(await ticketFailure(transport.ticketOf(absent.steamId))).toMatchObject({
    reason: 'no-ticket',
    message: `there is no session with Steam user ${absent.steamId}: ask for his ticket while he plays`,
  });
});
