import { type Client, Room } from '@colyseus/core';
import { t } from '@colyseus/schema';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { BridgeClient, steamErrorCode } from '../../src/bridge.ts';
import { Endpoint, steamIdOf } from '../../src/index.ts';
import { defineMessages, message } from '../../src/messages.ts';
import { World } from '../compliance/transport/World.ts';
import { once, pause, rejection, until } from '../compliance/transport/waiting.ts';
import { muteConsole } from '../helpers/muteConsole.ts';
import { type BridgeArena, bridgeArena, messageChannelPorts, webSocketPorts } from './bridgeArena.ts';

class Talk extends Room {
  static latest: Talk;
  readonly left: (number | undefined)[] = [];
  mayReturn = false;

  override onCreate(): void {
    Talk.latest = this;
    this.onMessage('echo', (client: Client, text: unknown) => client.send('echo', text));
    this.onMessage('who', (client: Client) => client.send('who', String(steamIdOf(client))));
    this.onMessage('out', (client: Client, code: number) => client.leave(code, 'as you wish'));
  }

  override async onDrop(client: Client, code?: number): Promise<void> {
    this.left.push(code);
    if (this.mayReturn) await this.allowReconnection(client, 20);
  }

  override onLeave(_client: Client, code?: number): void {
    this.left.push(code);
  }
}

/** What nobody would catch. */
function uncaught(): unknown[] {
  const thrown: unknown[] = [];
  const { queueMicrotask: queue } = globalThis;
  jest.spyOn(globalThis, 'queueMicrotask').mockImplementation((task) => {
    queue(() => {
      try {
        task();
      } catch (error) {
        thrown.push(error);
      }
    });
  });
  return thrown;
}

describe.each([
  ['a WebSocket', webSocketPorts],
  ['a MessageChannel', messageChannelPorts],
])('a page over %s', (_name, ports) => {
  let arena: BridgeArena;
  let world: World;

  beforeEach(async () => {
    muteConsole();
    world = await World.open(async () => {
      arena = await bridgeArena(ports);
      return arena;
    });
    world.define('talk', Talk);
  });

  afterEach(async () => {
    await world.close();
    jest.restoreAllMocks();
  });

  const ask = async (room: Awaited<ReturnType<BridgeClient['join']>>, type: string, payload?: unknown): Promise<unknown> => {
    const answer = once<[unknown]>((cb) => room.onMessage(type, cb));
    room.send(type, payload);
    return (await answer)[0];
  };

  test('is the user of the process behind it', async () => {
    const { client, driver } = await arena.page();
    expect({ steamId: client.steamId, personaName: client.personaName, host: client.host }).toEqual({
      steamId: driver.steamId,
      personaName: driver.personaName,
      host: arena.host.steamId,
    });
    const room = await client.joinOrCreate('talk');
    expect(await ask(room, 'who')).toBe(String(driver.steamId));
    await room.leave();
  });

  test('measures, and sees the sessions with its own hosts only', async () => {
    const { client, driver } = await arena.page();
    expect(await client.stats()).toEqual([]);
    const room = await client.joinOrCreate('talk');
    expect(await client.getLatency()).toBeGreaterThan(0);
    const [session, ...others] = await client.stats();
    expect(session).toMatchObject({ peer: arena.host.steamId, state: 'established', connections: expect.any(Number) });
    expect(session).toEqual({ ...Endpoint.of(driver).stats()[0], ...session });
    expect(others).toEqual([]);
    await room.leave();
  });

  test('cannot name a host whom its owner does not let it reach', async () => {
    const stranger = `steam://${arena.steam.user().steamId}`;
    const { client } = await arena.page({ client: { endpoint: stranger } });
    const error = await rejection(client.joinOrCreate('talk'));
    expect({ code: steamErrorCode(error), message: error.message }).toEqual({
      code: 'denied',
      message: expect.stringContaining('option hosts'),
    });
    expect((await rejection(client.getLatency())).message).toContain('option hosts');
  });

  test('names one whom its owner lets it reach, and is asked about each', async () => {
    const asked: bigint[] = [];
    const hosts = (host: bigint) => asked.push(host) > 0;
    const { client } = await arena.page({ client: { endpoint: `steam://${arena.host.steamId}` }, owner: { hosts } });
    await (await client.joinOrCreate('talk')).leave();
    // He is the owner's own as well.
    expect(asked).toEqual([]);
    const nobody = arena.steam.user().steamId;
    const other = await arena.page({ client: { endpoint: `steam://${nobody}` }, owner: { hosts } });
    expect((await rejection(other.client.getLatency({ timeout: 50 }))).message).toContain('no answer');
    expect(asked).toEqual([nobody]);
  });

  test('a predicate that throws means no, and its mistake is the game’s to see', async () => {
    const thrown = uncaught();
    const hosts = () => {
      throw new Error('a mistake of the game');
    };
    const { client } = await arena.page({ client: { endpoint: `steam://${arena.steam.user().steamId}` }, owner: { hosts } });
    expect(steamErrorCode(await rejection(client.joinOrCreate('talk')))).toBe('denied');
    expect(thrown[0]).toEqual(new Error('a mistake of the game'));
  });

  test('hears how its rooms end, and they hear how it does', async () => {
    const { client } = await arena.page();
    const room = await client.joinOrCreate('talk');
    const ended = once<[number, string?]>((cb) => room.onLeave(cb));
    room.send('out', 4_321);
    expect(await ended).toEqual([4_321, 'as you wish']);
    await until(() => Talk.latest.left.length === 2, 'the host heard');
    const again = await client.joinOrCreate('talk');
    again.connection.close(4_007);
    await until(() => Talk.latest.left.includes(4_007), 'the host heard');
  });

  test('over the message limit of its owner throws, and the room goes on', async () => {
    const { client } = await arena.page({ owner: { maxMessageBytes: 10_000 } });
    const room = await client.joinOrCreate('talk');
    expect(() => room.sendBytes('echo', new Uint8Array(20_000))).toThrow(/over the limit of 10000 bytes/);
    expect(await ask(room, 'echo', 'still')).toBe('still');
    await room.leave();
  });

  test('that dies leaves its host as one who may come back', async () => {
    const { client, ports, bridge } = await arena.page();
    const room = await client.joinOrCreate('talk');
    room.reconnection.enabled = false;
    const ended = once<[number]>((cb) => room.onLeave(cb));
    ports.cut();
    expect((await ended)[0]).toBe(1006);
    expect(client.ended?.code).toBe(1006);
    await until(() => Talk.latest.left.length > 0, 'the host heard');
    expect(Talk.latest.left[0]).toBe(1001);
    expect(bridge.connections).toBe(0);
    // And whatever it wants now, it hears so.
    const error = await rejection(client.joinOrCreate('talk'));
    expect(steamErrorCode(error)).toBe('connection-lost');
    await expect(client.stats()).rejects.toMatchObject({ code: 'connection-lost' });
    expect((await rejection(client.getLatency())).message).toContain('closed (1006)');
  });

  test('that is loaded again comes back to its seat', async () => {
    const first = await arena.page();
    const room = await first.client.joinOrCreate('talk');
    Talk.latest.mayReturn = true;
    const { reconnectionToken, sessionId } = room;
    room.reconnection.enabled = false;
    // Only who has joined for good may come back.
    await ask(room, 'who');
    first.ports.cut();
    await until(() => Talk.latest.left.length === 1, 'the host heard');
    const second = await arena.page({ driver: first.driver });
    const again = await second.client.reconnect(reconnectionToken);
    expect(again.sessionId).toBe(sessionId);
    expect(await ask(again, 'who')).toBe(String(first.driver.steamId));
    await again.leave();
  });

  test('two pages of one owner have rooms of their own, and one ends without the other', async () => {
    const first = await arena.page();
    const second = await arena.page({ driver: first.driver });
    const rooms = [await first.client.joinOrCreate('talk'), await second.client.joinOrCreate('talk')] as const;
    expect(rooms[0].sessionId).not.toBe(rooms[1].sessionId);
    expect(await Promise.all([ask(rooms[0], 'echo', 'one'), ask(rooms[1], 'echo', 'two')])).toEqual(['one', 'two']);
    first.client.close();
    await until(() => Talk.latest.clients.length === 1, 'one has left');
    expect(Talk.latest.left).toEqual([4_000]);
    expect(await ask(rooms[1], 'echo', 'still here')).toBe('still here');
    await rooms[1].leave();
  });

  test('whose owner ends the bridge loses the link', async () => {
    const { client, bridge } = await arena.page();
    const room = await client.joinOrCreate('talk');
    room.reconnection.enabled = false;
    const ended = once<[number]>((cb) => room.onLeave(cb));
    const told = once<[number, string]>((cb) => client.onEnd(cb));
    bridge.close();
    bridge.close();
    expect((await ended)[0]).toBe(1006);
    expect(await told).toEqual([1001, 'the owner closed the bridge']);
    await until(() => Talk.latest.left.length > 0, 'the host heard');
    expect(Talk.latest.left[0]).toBe(1001);
  });

  test('that gives up a request has nothing of it any more', async () => {
    const { client } = await arena.page();
    const abort = new AbortController();
    const asking = client.http.get('/greet/x' as never, { signal: abort.signal } as never);
    abort.abort(new Error('never mind'));
    expect((await rejection(asking)).message).toContain('never mind');
    const { data } = await client.http.get('/greet/y' as never);
    expect(data).toMatchObject({ hello: 'y' });
  });

  test('what its handlers throw is its own to see, and the room goes on', async () => {
    const { client } = await arena.page();
    const room = await client.joinOrCreate('talk');
    const thrown = uncaught();
    room.onMessage('echo', () => {
      throw new Error('a mistake of the game');
    });
    room.send('echo', 1);
    await until(() => thrown.length > 0, 'it is seen');
    expect(thrown).toEqual([new Error('a mistake of the game')]);
    expect(await ask(room, 'who')).toBe(String(client.steamId));
    await room.leave();
  });
});

describe('declared messages', () => {
  const messages = defineMessages({
    move: message({ x: t.uint8() }, { delivery: 'unreliable', latest: true }),
    shoot: message({ angle: t.uint8() }),
  });

  class Range extends Room {
    override onCreate(): void {
      this.onMessage('move', (client: Client, payload: unknown) => client.send('move', payload));
      this.onMessage('shoot', (client: Client, payload: unknown) => client.send('shoot', payload));
    }
  }

  test('travel as they are declared, and are counted by their names', async () => {
    muteConsole();
    const arena = await bridgeArena(messageChannelPorts, { options: { messages } });
    const world = await World.open(() => arena);
    world.define('range', Range);
    const { client, driver } = await arena.page({ client: { messages }, owner: { messages } });
    const room = await client.joinOrCreate('range');
    const shot = once<[unknown]>((cb) => room.onMessage('shoot', cb));
    const moved = once<[unknown]>((cb) => room.onMessage('move', cb));
    room.send('shoot', { angle: 90 });
    room.send('move', { x: 1 });
    room.send('move', { x: 2 });
    expect(await shot).toEqual([{ angle: 90 }]);
    expect(await moved).toEqual([{ x: 2 }]);
    expect(() => room.send('shoot', { angle: 'wide' })).toThrow(/shoot/);
    const { types } = Endpoint.of(driver).stats()[0] as { types: Record<string, unknown> };
    expect(types).toMatchObject({
      shoot: { sent: { messages: 1 }, received: { messages: 1 } },
      move: { sent: { messages: 1 }, received: { messages: 1 }, replaced: 1 },
    });
    await room.leave();
    const error = await rejection(arena.page({ owner: { messages } }));
    expect(error).toMatchObject({ code: 'schema-mismatch' });
    await world.close();
    jest.restoreAllMocks();
  });
});

test('which host is the nearest is not a page’s to find out', async () => {
  await expect(BridgeClient.selectByLatency()).rejects.toThrow('one host');
});

describe('options', () => {
  const nowhere = { start() {}, send() {}, bufferedAmount: 0, close() {} };

  test.each([
    [{ windowBytes: 1 }, 'option windowBytes is 1, but must be from 16384 to 16777216'],
    [{ maxBufferedBytes: 0.5 }, 'option maxBufferedBytes must be a whole number, not 0.5'],
    [{ endpoint: 'ws://localhost' }, 'endpoint "ws://localhost" is not a Steam endpoint'],
    [{ driver: {} }, 'unknown option driver; the options of BridgeClient are endpoint, messages, headers'],
    [{ messages: {} }, 'option messages must be what defineMessages() returned'],
  ])('of a page: %j', async (options, message) => {
    await expect(BridgeClient.connect(nowhere, options as never)).rejects.toThrow(message);
  });

  test('nobody at the other end is said so', async () => {
    const error = await rejection(BridgeClient.connect(nowhere, { connectTimeoutMs: 20 }));
    expect(error).toMatchObject({ code: 'timed-out', message: expect.stringContaining('serveBridge()') });
    await pause(0);
  });
});
