import { type Client, logger, Room } from '@colyseus/core';
import { Schema, schema, t, type } from '@colyseus/schema';
import { describe, expect, jest, test } from '@jest/globals';
import { once, pause, until } from '../compliance/transport/waiting.ts';
import { leaveNoTimers } from '../helpers/leaveNoTimers.ts';
import type { SteamArena } from '../helpers/steamArena.ts';
import { withSteamWorld } from '../helpers/steamWorld.ts';
import { BYTES, messageFrame, REQUEST } from './frames.ts';
import { corpusOf } from './fuzz/Corpus.ts';
import { HostilePlayer } from './HostilePlayer.ts';

// One player who keeps to the protocol, and says in it what no SDK would; another who must not notice.

leaveNoTimers();

jest.setTimeout(30_000);

/** An input of which more are made than any frame can hold: core has begun to go round. */
class Input extends Schema {
  static made = 0;
  @type('float32') x!: number;
  @type('boolean') jump!: boolean;
  @type('string') said!: string;

  override clone(): this {
    if (++Input.made > 10_000) throw new Error('core goes round');
    return super.clone();
  }
}

const Empty = schema({ n: t.uint8().default(0) }, 'Empty');

class Hall extends Room<{ state: InstanceType<typeof Empty>; input: Input }> {
  static heard: unknown[][] = [];
  static options: unknown[] = [];
  override state = new Empty();
  // Seats that nobody takes hold up the end of a test.
  override seatReservationTimeout = 0.3;
  override inputs = this.defineInput(Input);
  override messages = {
    echo: (client: Client, text: unknown) => client.send('echo', text),
    fail: () => {
      throw new Error('the game fails at this');
    },
    '*': (_client: Client, type: unknown, payload: unknown) => void Hall.heard.push([type, payload]),
  };

  override onCreate(options: unknown): void {
    Hall.options.push(options);
  }

  override onAuth(_client: Client, options: { fail?: boolean }): boolean {
    if (options.fail) throw new Error('the game fails at him');
    return true;
  }
}

/** A room with an honest player, who is asked at the end whether he can still play. */
async function inRoom(play: (hostile: HostilePlayer, arena: SteamArena) => Promise<void>): Promise<void> {
  Input.made = 0;
  Hall.heard = [];
  Hall.options = [];
  await withSteamWorld({}, async (world, arena) => {
    world.define('hall', Hall);
    const honest = await world.player().joinOrCreate('hall');
    const hostile = new HostilePlayer(arena.steam.user(), arena.host.steamId);
    try {
      await play(hostile, arena);
      const echo = once<[string]>((cb) => honest.onMessage('echo', cb));
      honest.send('echo', 'still here');
      expect(await echo).toEqual(['still here']);
    } finally {
      hostile.close();
    }
  });
}

/** What the host counted against a peer. */
function rejectedOf(arena: SteamArena, { steamId }: HostilePlayer): number {
  return arena.transport.endpoint.stats().find(({ peer }) => peer === steamId)?.rejected ?? 0;
}

describe('frames that no SDK sends', () => {
  const refused = [...corpusOf('input'), ...corpusOf('messageHead')].filter(({ isTaken }) => !isTaken);

  test.each(refused)('$name: his link ends with 1007, counted, and one line in the log', async ({ bytes }) => {
    await inRoom(async (hostile, arena) => {
      const link = await hostile.join('hall');
      const before = rejectedOf(arena, hostile);
      const lines = [jest.spyOn(logger, 'error'), jest.spyOn(console, 'warn')];
      for (const spy of lines) spy.mockClear();
      link.send(bytes);
      link.send(bytes);
      expect(await hostile.end()).toMatchObject({ code: 1007 });
      expect(rejectedOf(arena, hostile) - before).toBe(1);
      expect(lines.map(({ mock }) => mock.calls.length)).toEqual([1, 0]);
      expect(Hall.heard).toEqual([]);
      // Core takes the last one once more in its place.
      expect(Input.made).toBeLessThanOrEqual(1);
    });
  });

  test('an honest input gets through, stamped or not', async () => {
    await inRoom(async (hostile) => {
      const link = await hostile.join('hall');
      link.send(Uint8Array.of(0x14, 1, 2, 0x81, 1, 2, 0x81, 0));
      link.send(Uint8Array.of(0x94, 1, 0, 0, 0, 9, 1, 2, 0x81, 1));
      link.send(Uint8Array.of(0x13, 0x82, 0xa1, 0x61));
      link.send(messageFrame('echo', 'so far'));
      await until(() => hostile.frames.some(([code]) => code === 13), 'an answer');
      expect(hostile.ends).toEqual([]);
      expect(Input.made).toBeGreaterThan(1);
    });
  });
});

describe('pollution', () => {
  const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf'];

  test('names that every object has are types of messages as any other', async () => {
    await inRoom(async (hostile) => {
      const link = await hostile.join('hall');
      for (const name of names) {
        link.send(messageFrame(name, { a: 1 }));
        link.send(messageFrame(name, undefined, BYTES));
        link.send(messageFrame(name, { a: 1 }, REQUEST));
      }
      await until(() => Hall.heard.length >= 2 * names.length, 'all messages');
      expect(Hall.heard.filter(([, payload]) => !(payload instanceof Uint8Array))).toEqual(names.map((name) => [name, { a: 1 }]));
      expect(hostile.ends).toEqual([]);
      expectClean();
    });
  });

  test('keys in messages, and in what a record of msgpack defines', async () => {
    await inRoom(async (hostile) => {
      const link = await hostile.join('hall');
      const polluting = corpusOf('msgpack').filter(({ name, isTaken }) => isTaken && /__proto__|constructor/.test(name));
      expect(polluting.length).toBeGreaterThan(2);
      for (const { bytes } of polluting) link.send(Uint8Array.of(...messageFrame('any'), ...bytes));
      await until(() => Hall.heard.length >= polluting.length, 'all messages');
      expect(hostile.ends).toEqual([]);
      expectClean();
    });
  });

  test('options of a room, as JSON', async () => {
    await inRoom(async (hostile) => {
      const pollution = '{"polluted":true,"toString":1}';
      for (const name of names.slice(0, 3)) {
        await hostile.request(
          'POST',
          '/matchmake/create/hall',
          `{"${name}":${pollution},"constructor":{"prototype":${pollution}}}`,
        );
      }
      expect(Hall.options).toHaveLength(4);
      expectClean();
    });
  });

  test('headers, methods, rooms and queries', async () => {
    await inRoom(async (hostile) => {
      for (const name of names) {
        const headers: [string, string][] = [
          [name, '1'],
          ['content-type', `application/json; ${name}=1`],
        ];
        const answers = [
          hostile.request('POST', `/matchmake/${name}/hall`, '{}', headers),
          hostile.request('POST', `/matchmake/joinOrCreate/${name}`, '{}', headers),
          hostile.request('POST', `/matchmake/joinById/${name}?${name}[${name}]=1`, '{}', headers),
          hostile.request(name.toUpperCase(), `/${name}`, '{}', headers),
        ];
        for (const answer of answers) expect((await answer).status).toBeGreaterThanOrEqual(400);
        for (const path of [
          `/p/${name}`,
          `/p/${name}?sessionId=${name}`,
          `/${name}?sessionId=${name}&reconnectionToken=${name}`,
        ]) {
          hostile.dial(path);
          await hostile.end();
        }
        await pause(150); // or he asks too much at once
      }
      expectClean();
    });
  });
});

describe('bodies', () => {
  const nested = (depth: number, open: string, shut: string) => open.repeat(depth) + shut.repeat(depth);

  test.each([
    ['arrays, half a million deep', nested(500_000, '[', ']'), 400],
    ['objects, 100 000 deep', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`, 400],
    ['brackets in a text', JSON.stringify({ text: '[{'.repeat(1_000), quote: '"\\"[' }), 200],
    ['that is cut off', '{"a":', 400],
    ['that is not JSON', '\u0000', 400],
    ['that is a number', '7', 200],
    ['that is null', 'null', 200],
    ['that is a list', '[1,2,3]', 200],
    ['a number that no double holds', '{"n":1e999999}', 200],
    ['a key 100 000 times', `{${Array.from({ length: 100_000 }, () => '"a":1').join()}}`, 200],
  ])('%s: an answer, soon, and nobody hurt', async (_what, body, expected) => {
    await inRoom(async (hostile) => {
      const since = performance.now();
      const { status } = await hostile.request('POST', '/matchmake/joinOrCreate/hall', body);
      expect(status).toBe(expected);
      expect(performance.now() - since).toBeLessThan(2_000);
      expectClean();
    });
  });

  // From who keeps to no limit: connection/faults.
  test('over the limit: who sends it is told so, and it is not sent', async () => {
    await inRoom(async (hostile, arena) => {
      const link = await hostile.join('hall');
      expect(() => link.send(new Uint8Array(2_000_000))).toThrow(RangeError);
      await expect(hostile.request('POST', '/matchmake/joinOrCreate/hall', new Uint8Array(2_000_000))).rejects.toThrow(/limit/);
      expect(arena.transport.endpoint.stats().every(({ heldBytes }) => heldBytes === 0)).toBe(true);
    });
  });
});

describe('the log', () => {
  test('has one line a second about each player, whatever he does', async () => {
    await inRoom(async (hostile) => {
      const error = jest.spyOn(logger, 'error').mockClear();
      const since = performance.now();
      for (let i = 0; i < 12; i++) {
        await hostile.request('POST', '/matchmake/joinOrCreate/hall', '{"fail":true}');
        const link = await hostile.join('hall');
        const ends = hostile.ends.length;
        link.send(messageFrame('fail'));
        expect(await hostile.end(ends + 1)).toMatchObject({ code: 1011 });
        await hostile.request('POST', '/matchmake/joinOrCreate/hall', '{"cut');
        await pause(60);
      }
      const seconds = Math.ceil((performance.now() - since) / 1_000);
      const lines = error.mock.calls.map(([line]) => String(line));
      expect(lines.length).toBeGreaterThan(0);
      expect(lines.length).toBeLessThanOrEqual(seconds + 1);
      expect(lines[0]).toContain(String(hostile.steamId));
    });
  });
});

/** No object has what it did not have. */
function expectClean(): void {
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  expect(({} as { a?: unknown }).a).toBeUndefined();
  expect(String({})).toBe('[object Object]');
}
