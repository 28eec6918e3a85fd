import { matchMaker, Room, Server } from '@colyseus/core';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { SteamSDK } from '../../src/client.ts';
import { hostAnswer, hostIn, hostRequest, processAskedFor } from '../../src/connection/hostOfProcess.ts';
import { SteamTransport } from '../../src/index.ts';
import { type SimulatedDriver, SimulatedSteam } from '../../src/sim.ts';
import { rejection } from '../compliance/transport/waiting.ts';
import { leaveNoTimers } from '../helpers/leaveNoTimers.ts';
import { muteConsole } from '../helpers/muteConsole.ts';

// How a player is told which Steam user has a seat, at a host that is alone: nothing here needs Redis.

leaveNoTimers();

/** Seats that nobody takes do not keep the test waiting. */
class Brief extends Room {
  override seatReservationTimeout = 0.5;
}

/** What a server has for players who come over WebSocket. */
const WEB_ADDRESS = 'games.example.com:2567';

describe('a host with an address for players of another transport', () => {
  let steam: SimulatedSteam;
  let host: SimulatedDriver;
  let server: Server;
  let player: SteamSDK;

  beforeEach(async () => {
    muteConsole();
    steam = new SimulatedSteam({ clock: 'real' });
    host = steam.user();
    const transport = new SteamTransport({ driver: host });
    server = new Server({ transport, publicAddress: WEB_ADDRESS, greet: false, gracefullyShutdown: false });
    server.define('room', Brief);
    await server.listen(0);
    player = new SteamSDK(`steam://${host.steamId}`, { driver: steam.user() });
  });
  afterEach(async () => {
    player.close();
    await server.gracefullyShutdown(false);
    steam.close();
    jest.restoreAllMocks();
  });

  test('gives those over Steam his SteamID', async () => {
    const room = await player.joinOrCreate('room');
    expect(room.connection.isOpen).toBe(true);
    const { data } = await player.http.post('/matchmake/joinById/:room', { params: { room: room.roomId }, body: {} } as never);
    expect(data).toMatchObject({ roomId: room.roomId, publicAddress: `${host.steamId}.steam` });
    const [listing] = await matchMaker.query({ name: 'room' });
    expect(listing?.publicAddress).toBe(WEB_ADDRESS);
  });

  test('is asked by a player to whom the game gave a seat with that address', async () => {
    const seat = await matchMaker.create('room', {});
    expect(seat.publicAddress).toBe(WEB_ADDRESS);
    const room = await player.consumeSeatReservation(seat);
    expect(room.sessionId).toBe(seat.sessionId);
  });

  test('does not know a process that is nowhere, and says so', async () => {
    const seat = await matchMaker.create('room', {});
    const failure = await rejection(player.consumeSeatReservation({ ...seat, processId: 'nowhere' }));
    expect(failure.message).toContain(`Steam user ${host.steamId} does not know who has room ${seat.roomId}`);
  });
});

describe('which user has a process', () => {
  const answerOf = (json: string, status = 200) => hostIn({ status, headers: [], body: new TextEncoder().encode(json) });

  test('is asked and answered', () => {
    const request = hostRequest('aB3_-x');
    expect(request && processAskedFor(request)).toBe('aB3_-x');
    expect(hostIn(hostAnswer(76561197960265729n))).toBe(76561197960265729n);
  });

  test.each(['', '.', '..', 'a/b', 'a?b', 'a b', 'x'.repeat(65), 'ä'])('is not asked of %j', (processId) => {
    expect(hostRequest(processId)).toBeUndefined();
    expect(
      processAskedFor({ method: 'GET', path: `/.steam/host/${processId}`, headers: [], body: new Uint8Array() }),
    ).toBeUndefined();
  });

  test.each([
    '',
    '{',
    'null',
    '[]',
    '{"host":76561197960265729}',
    '{"host":"1"}',
    '{"host":"-1"}',
    '{"host":"9"}',
    `"${'9'.repeat(2_000)}"`,
  ])('is not in %j', (json) => {
    expect(answerOf(json)).toBeUndefined();
  });

  test('is not in an answer that is an error', () => {
    expect(answerOf('{"host":"76561197960265729"}')).toBe(76561197960265729n);
    expect(answerOf('{"host":"76561197960265729"}', 503)).toBeUndefined();
  });
});
