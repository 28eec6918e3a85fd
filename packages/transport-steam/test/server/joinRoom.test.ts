import { type Client, ClientState, CloseCode, matchMaker, Room } from '@colyseus/core';
import { schema, t } from '@colyseus/schema';
import { ErrorCode, Protocol } from '@colyseus/sdk';
import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { SteamSDK } from '../../src/client.ts';
import { Endpoint } from '../../src/connection/Endpoint.ts';
import { steamIdOf } from '../../src/index.ts';
import { once, pause, rejection, until } from '../compliance/transport/waiting.ts';
import { leaveNoTimers } from '../helpers/leaveNoTimers.ts';
import type { SteamArena } from '../helpers/steamArena.ts';
import { withSteamWorld } from '../helpers/steamWorld.ts';

leaveNoTimers();

jest.setTimeout(30_000);

const Empty = schema({ n: t.uint8().default(0) }, 'Empty');

class HallRoom extends Room<{ state: InstanceType<typeof Empty> }> {
  static latest: HallRoom;
  override state = new Empty();
  readonly dropped: (number | undefined)[] = [];

  override onCreate(): void {
    HallRoom.latest = this;
  }

  override async onDrop(client: Client, code?: number): Promise<void> {
    this.dropped.push(code);
    await this.allowReconnection(client, 2);
  }
}

/** A player without SDK, who may dial whatever he likes. */
async function dial(arena: SteamArena, target: string): Promise<{ codes: number[]; code: number; reason: string }> {
  const driver = arena.steam.user();
  const endpoint = Endpoint.of(driver);
  endpoint.acquire();
  const codes: number[] = [];
  try {
    return await new Promise((resolve) => {
      const connection = endpoint.connect(arena.host.steamId, target, {
        onOpen: () => connection.send(Uint8Array.of(Protocol.PING)),
        onMessage: (frame) => codes.push(frame[0] as number),
        onClose: (code, reason) => resolve({ codes, code, reason }),
      });
    });
  } finally {
    endpoint.release();
    driver.close();
  }
}

describe('a target', () => {
  test.each(['', 'no/slash', 'http://elsewhere/p/r'])('%j is malformed: an error and a close', async (target) => {
    await withSteamWorld({}, async (_world, arena) => {
      expect(await dial(arena, target)).toMatchObject({ codes: [Protocol.ERROR], code: CloseCode.WITH_ERROR });
    });
  });

  test.each([
    '/p/nowhere?sessionId=s',
    '/p/constructor?sessionId=s',
    '/p/__proto__?sessionId=__proto__',
    '/p/r',
    '/p?sessionId=s',
  ])('%j leads nowhere: an error and a close', async (target) => {
    await withSteamWorld({}, async (_world, arena) => {
      const { codes, code } = await dial(arena, target);
      expect({ codes, code }).toEqual({ codes: [Protocol.ERROR], code: CloseCode.WITH_ERROR });
    });
  });

  test('with a token that does not fit is closed with 4003', async () => {
    await withSteamWorld({}, async (_world, arena) => {
      const { codes, code } = await dial(arena, '/p/nowhere?sessionId=s&reconnectionToken=t');
      expect({ codes, code }).toEqual({ codes: [Protocol.ERROR], code: CloseCode.FAILED_TO_RECONNECT });
    });
  });

  test('without room and session is the probe: each frame is answered, for a second', async () => {
    await withSteamWorld({}, async (_world, arena) => {
      const since = performance.now();
      expect(await dial(arena, '/')).toMatchObject({ codes: [Protocol.PING], code: CloseCode.NORMAL_CLOSURE });
      expect(performance.now() - since).toBeGreaterThan(900);
    });
  });
});

test('what a game throws need be neither an Error nor have a number for a code', async () => {
  await withSteamWorld({}, async (world) => {
    const thrown: unknown[] = [Object.assign(new Error('no database'), { code: 'ECONNREFUSED' })];
    class Moody extends Room {
      override async onAuth(): Promise<boolean> {
        throw thrown[0];
      }
    }
    world.define('moody', Moody);
    const error = await rejection(world.player().joinOrCreate('moody'));
    expect(error).toMatchObject({ code: ErrorCode.APPLICATION_ERROR, message: 'no database' });
  });
});

describe('a seat belongs to who reserved it', () => {
  test('another Steam user cannot take it, nor come back in it', async () => {
    await withSteamWorld({}, async (world) => {
      world.define('hall', HallRoom);
      const owner = world.player();
      const room = await owner.joinOrCreate('hall');
      await until(() => room.state !== undefined, 'joined');
      room.reconnection.enabled = false;
      const { reconnectionToken } = room;
      room.connection.close();
      await until(() => HallRoom.latest.dropped.length === 1, 'dropped');
      const thief = await rejection(world.player().reconnect(reconnectionToken));
      expect(thief.code).toBe(ErrorCode.MATCHMAKE_EXPIRED);
      const back = await owner.reconnect(reconnectionToken);
      expect(back.sessionId).toBe(room.sessionId);
      await back.leave();
    });
  });

  // Only paths that begin with /matchmake/ as they came were taken for matchmaking, while the router reads them as a URL: the seat had
  // no owner. An SDK writes no such path.
  test('however the path was written that reserved it', async () => {
    await withSteamWorld({}, async (world, arena) => {
      class Brief extends HallRoom {
        override seatReservationTimeout = 1;
      }
      world.define('brief', Brief);
      const endpoint = Endpoint.of(arena.steam.user());
      endpoint.acquire();
      const { status, body } = await endpoint.request(arena.host.steamId, {
        method: 'POST',
        path: '/./matchmake/create/brief',
        headers: [['content-type', 'application/json']],
        body: new TextEncoder().encode('{}'),
      });
      expect(status).toBe(200);
      const { processId, roomId, sessionId } = JSON.parse(new TextDecoder().decode(body));
      const thief = await dial(arena, `/${processId}/${roomId}?sessionId=${sessionId}`);
      expect(thief).toMatchObject({ codes: [Protocol.ERROR], code: CloseCode.WITH_ERROR });
      endpoint.release();
    });
  });

  test('one that the game reserved is for whoever gets it', async () => {
    await withSteamWorld({}, async (world) => {
      world.define('hall', HallRoom);
      const seat = await matchMaker.create('hall', {});
      const room = await world.player().consumeSeatReservation(seat, Empty);
      expect(room.sessionId).toBe(seat.sessionId);
      await room.leave();
    });
  });
});

test('who dials again while the host still holds his lost link gets his seat at once', async () => {
  // Core waits for the former link to end, and gives up after 15 s.
  await withSteamWorld({}, async (world, arena) => {
    world.define('hall', HallRoom);
    const player = world.player() as SteamSDK;
    const room = await player.joinOrCreate('hall', {}, Empty);
    await until(() => HallRoom.latest.clients[0]?.state === ClientState.JOINED, 'joined');
    const left = once<[number, string]>((cb) => room.onLeave(cb as never));
    const token = room.reconnectionToken.split(':')[1];
    const target = `/${matchMaker.processId}/${room.roomId}?sessionId=${room.sessionId}&reconnectionToken=${token}`;
    const endpoint = Endpoint.of(arena.driverOf(player));
    const [code] = await once<[number]>((cb) => {
      endpoint.connect(arena.host.steamId, target, { onMessage: (frame) => cb(frame[0] as number), onClose: (end) => cb(end) });
    });
    expect(code).toBe(Protocol.JOIN_ROOM);
    // The room holds the seat as for any lost link; the former end, if it still lives, must not fight for it.
    expect(HallRoom.latest.dropped).toEqual([CloseCode.ABNORMAL_CLOSURE]);
    expect((await left)[0]).toBe(CloseCode.WITH_ERROR);
    expect(HallRoom.latest.clients).toHaveLength(1);
  });
});

test('who leaves while onJoin still runs leaves no seat behind', async () => {
  await withSteamWorld({}, async (world, arena) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    class Slow extends HallRoom {
      override autoDispose = false;
      override async onJoin(): Promise<void> {
        await promise;
      }
    }
    world.define('slow', Slow);
    const player = arena.player();
    const joining = rejection(player.joinOrCreate('slow'));
    await until(() => HallRoom.latest instanceof Slow && HallRoom.latest.clients.length === 1, 'onJoin runs');
    player.close();
    await until(() => arena.transport.endpoint.stats().every(({ connections }) => connections === 0), 'the link is gone');
    resolve();
    // Whether he had heard of his seat already (4000) or not (AbortError): the host had given it to him.
    expect([CloseCode.CONSENTED, DOMException.ABORT_ERR]).toContain((await joining).code);
    await until(() => HallRoom.latest.clients.length === 0, 'nobody there');
    const [listing] = await matchMaker.query({ name: 'slow' });
    expect(listing?.clients).toBe(0);
    await HallRoom.latest.disconnect();
  });
});

// The host dialled the seat in the turn in which he answered, when there was none yet: 524. Every onDrop of ours allowed the reconnection
// at once.
test('who comes back with a token gets his seat, also when onDrop takes its time before it allows that', async () => {
  await withSteamWorld({ conditions: { latencyMs: 50 } }, async (world) => {
    class Thoughtful extends HallRoom {
      override async onDrop(client: Client): Promise<void> {
        await pause(20);
        await this.allowReconnection(client, 2);
      }
    }
    world.define('thoughtful', Thoughtful);
    const player = world.player();
    const room = await player.joinOrCreate('thoughtful', {}, Empty);
    await until(() => HallRoom.latest.clients[0]?.state === ClientState.JOINED, 'joined');
    room.reconnection.enabled = false;
    const back = await player.reconnect(room.reconnectionToken, Empty);
    expect(back.sessionId).toBe(room.sessionId);
    await back.leave();
  });
});

describe('a room that takes long to make', () => {
  class SlowRoom extends HallRoom {
    static joins = 0;
    static isBegun = false;
    static isMade = false;
    override seatReservationTimeout = 1;

    override async onCreate(): Promise<void> {
      super.onCreate();
      SlowRoom.isBegun = true;
      await pause(300);
      SlowRoom.isMade = true;
    }

    override onJoin(): void {
      SlowRoom.joins++;
    }
  }

  beforeEach(() => {
    SlowRoom.joins = 0;
    SlowRoom.isBegun = false;
    SlowRoom.isMade = false;
  });

  /** Until long after the answer, which follows the room. */
  const answered = async () => {
    await until(() => SlowRoom.isMade, 'the room');
    await pause(100);
  };

  // What the host opened along with his answer was opened in a session that had ended, and joined a room that nobody would ever leave.
  test('is not joined by a player who has gone meanwhile', async () => {
    await withSteamWorld({}, async (world, arena) => {
      world.define('slow', SlowRoom);
      const player = arena.player();
      const joining = rejection(player.joinOrCreate('slow'));
      const { endpoint } = player;
      await until(() => SlowRoom.isBegun && endpoint.stats()[0]?.state === 'established', 'the room is being made');
      player.close();
      expect(await joining).toMatchObject({ name: 'AbortError' });
      await answered();
      expect(SlowRoom.joins).toBe(0);
      expect(HallRoom.latest.clients).toHaveLength(0);
    });
  });

  // Our own player's session lives on when the host stops: it was the one place where an offer still got through.
  test('is not joined when the host has stopped meanwhile', async () => {
    await withSteamWorld({}, async (world, arena) => {
      world.define('slow', SlowRoom);
      const own = new SteamSDK(`steam://${arena.host.steamId}`, { driver: arena.host });
      const joining = rejection(own.joinOrCreate('slow'));
      await until(() => SlowRoom.isBegun, 'the room is being made');
      arena.transport.shutdown();
      expect(await joining).toMatchObject({ code: 503, message: 'the host stopped' });
      await answered();
      expect(SlowRoom.joins).toBe(0);
      expect(HallRoom.latest.clients).toHaveLength(0);
      own.close();
    });
  });
});

test('with simulated latency a close stays behind what was sent before it, and a shutdown waits for neither', async () => {
  await withSteamWorld({}, async (world, arena) => {
    class Farewell extends HallRoom {
      override onCreate(): void {
        super.onCreate();
        this.onMessage('go', (client: Client) => {
          for (let i = 0; i < 20; i++) client.send('word', i);
          client.leave(4_321);
        });
      }
    }
    world.define('farewell', Farewell);
    try {
      const room = await world.player().joinOrCreate('farewell', {}, Empty);
      const other = await world.player().joinOrCreate('farewell', {}, Empty);
      const words: number[] = [];
      room.onMessage('word', (word: number) => words.push(word));
      const left = once<[number]>((cb) => room.onLeave(cb));
      arena.transport.simulateLatency(200);
      const since = performance.now();
      room.send('go');
      expect((await left)[0]).toBe(4_321);
      expect(performance.now() - since).toBeGreaterThan(190);
      expect(words).toEqual(Array.from({ length: 20 }, (_, i) => i));

      const end = once<[number]>((cb) => other.onLeave(cb));
      arena.transport.simulateLatency(60_000);
      HallRoom.latest.clients[0]?.leave(4_322);
      arena.transport.shutdown();
      expect((await end)[0]).toBe(4_322);
    } finally {
      arena.transport.simulateLatency(0);
    }
  });
});

test('steamIdOf says who a player is, and nothing of other transports', async () => {
  await withSteamWorld({}, async (world, arena) => {
    world.define('hall', HallRoom);
    const room = await world.player().joinOrCreate('hall', {}, Empty);
    const [client] = HallRoom.latest.clients;
    expect(arena.transport.endpoint.stats().map(({ peer }) => peer)).toEqual([steamIdOf(client as Client)]);
    expect(steamIdOf({ ref: {} } as Client)).toBeUndefined();
    await room.leave();
  });
});
