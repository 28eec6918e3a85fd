import { type Client, CloseCode } from '@colyseus/core';
import type { Room as SdkRoom } from '@colyseus/sdk';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import type { SteamSDK } from '../../src/client.ts';
import { once, pause, until } from '../compliance/transport/waiting.ts';
import { leaveNoTimers } from '../helpers/leaveNoTimers.ts';
import type { SteamArena } from '../helpers/steamArena.ts';
import { withSteamWorld } from '../helpers/steamWorld.ts';
import { copyOf, TalkRoom, TalkState } from './TalkRoom.ts';
import { within } from './within.ts';

leaveNoTimers();

jest.setTimeout(60_000);

type Talk = SdkRoom<unknown, InstanceType<typeof TalkState>>;

/** A lost link must be noticed within a test's patience. */
const options = { heartbeatMs: 100, deadAfterMs: 600 };

/** The SDK's queue for what is said while there is no connection: `room.reconnection.maxEnqueuedMessages`. */
const SDK_KEEPS = 10;

/** Messages that can be on their way at a time: one every 10 ms, 15 ms each way, and patience with the machine. */
const UNDER_WAY = 20;

async function enter(player: SteamSDK): Promise<Talk> {
  const room = await player.joinOrCreate('talk', {}, TalkState);
  const ready = once((cb) => room.onStateChange.once(cb as never));
  room.reconnection.minUptime = 0;
  await ready;
  return room;
}

/** Says a number every few ms, from 0, until it is stopped. */
class Chatter {
  /** How many numbers were said. */
  said = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(say: (number: number) => void) {
    this.#timer = setInterval(() => say(this.said++), 10);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** Numbers that are missing, as ranges: [first, last]. */
function gaps(numbers: readonly number[], count: number): [number, number][] {
  const there = new Set(numbers);
  const found: [number, number][] = [];
  for (let i = 0; i < count; i++) {
    const last = found.at(-1);
    if (there.has(i)) continue;
    if (last?.[1] === i - 1) last[1] = i;
    else found.push([i, i]);
  }
  return found;
}

const isRising = (numbers: readonly number[]) => numbers.every((number, i) => i === 0 || number > (numbers[i - 1] as number));

/** Cuts his cable for longer than it takes to notice. */
async function cutCable({ steam }: SteamArena, user: { readonly steamId: bigint }): Promise<void> {
  steam.unplug(user);
  await pause(options.deadAfterMs + 300);
  steam.plug(user);
}

/** His Steam client goes down and comes back. */
async function restartSteam({ steam }: SteamArena, user: { readonly steamId: bigint }): Promise<void> {
  steam.loseSteam(user);
  await pause(500);
  steam.restoreSteam(user);
}

describe('without a word in game code: allowReconnection in the room, and the reconnection of the SDK', () => {
  const talking = new Set<Chatter>();
  const chatter = (say: (number: number) => void) => {
    const one = new Chatter(say);
    talking.add(one);
    return one;
  };
  afterEach(() => {
    for (const one of talking) one.stop();
    talking.clear();
  });

  test.each([
    ['the link of a player is lost', cutCable, 'player'],
    ['the link of the host is lost', cutCable, 'host'],
    ['Steam restarts on a player', restartSteam, 'player'],
    ['Steam restarts on the host', restartSteam, 'host'],
  ] as const)('%s', async (what, strike, whose) => {
    await withSteamWorld({ conditions: { latencyMs: 15 }, options }, async (world, arena) => {
      world.define('talk', TalkRoom);
      const players = [arena.player(), arena.player()];
      const rooms = await Promise.all(players.map((player) => enter(player)));
      const [sdk] = players as [SteamSDK];
      const [victim, other] = rooms as [Talk, Talk];
      const here = TalkRoom.latest;
      const heard: number[] = [];
      victim.onMessage('said', (number: number) => heard.push(number));
      other.onMessage('said', () => {});
      const { sessionId } = victim;
      const player = chatter((number) => victim.send('say', number));
      const host = chatter(() => here.say());
      await pause(200);

      const dropped = once((cb) => victim.onDrop(cb)).then(() => performance.now());
      const back = once((cb) => victim.onReconnect(cb)).then(() => ({ at: performance.now(), said: player.said }));
      const struck = { at: performance.now(), said: player.said, saidByHost: host.said };
      const striking = strike(arena, whose === 'player' ? arena.driverOf(sdk) : arena.host);
      const returned = await back;
      await striking;
      await pause(200);
      player.stop();
      host.stop();
      const accepted = () => here.accepted.get(sessionId) ?? [];
      await until(() => accepted().at(-1) === player.said - 1, 'his last words');
      await until(() => heard.at(-1) === host.said - 1, 'the last words of the host');

      // Noticed in time, and back as soon as it could be: the SDK waits 0.2, 0.4, 0.8, 1.6 s between its attempts.
      within(options.deadAfterMs + 700, (await dropped) - struck.at, `${what}: to when the player knows (\`deadAfterMs\` 0.6 s)`);
      within(options.deadAfterMs + 3_500, returned.at - struck.at, `${what}: to when he is back`);
      expect(here.dropped).toHaveLength(whose === 'player' ? 1 : 2);
      await until(() => here.back.length === here.dropped.length, 'everybody is back');
      expect(victim.sessionId).toBe(sessionId);
      expect(here.left).toEqual([]);

      // What the room accepted, it accepted once and in order. What is missing is what he said since his link broke, but for the last
      // ten: those the SDK kept, and they came with him.
      expect(isRising(accepted())).toBe(true);
      const [lost, ...more] = gaps(accepted(), player.said);
      expect(more).toEqual([]);
      expect(lost?.[0]).toBeGreaterThanOrEqual(struck.said - UNDER_WAY);
      expect(lost?.[1]).toBe(returned.said - SDK_KEEPS - 1);
      // The host says nothing to whom is away, and nothing is kept for him.
      expect(isRising(heard)).toBe(true);
      const [unheard, ...others] = gaps(heard, host.said);
      expect(others).toEqual([]);
      expect(unheard?.[0]).toBeGreaterThanOrEqual(struck.saidByHost - UNDER_WAY);

      // The state is the host's, everywhere.
      const truth = Object.fromEntries(here.state.heard.entries());
      await until(() => rooms.every((room) => JSON.stringify(copyOf(room)) === JSON.stringify(truth)), 'the same state');
      await Promise.all(rooms.map((room) => room.leave()));
    });
  });

  // The connection is open before the room has the player back: core hears him when `onReconnect` is done, and the SDK sent past what it kept
  // for later. A message overtook those before it, or was gone, as on any transport. Rooms that take him back at once hide it.
  test('what is said while the room takes its time over his return keeps its order, and is not gone', async () => {
    await withSteamWorld({ conditions: { latencyMs: 15 }, options }, async (world, arena) => {
      class Slow extends TalkRoom {
        override async onReconnect(client: Client): Promise<void> {
          await pause(150);
          super.onReconnect(client);
        }
      }
      world.define('talk', Slow);
      const room = await enter(arena.player());
      const player = chatter((number) => room.send('say', number));
      await pause(100);
      const back = once((cb) => room.onReconnect(cb)).then(() => player.said);
      room.onReconnect(() => room.send('say', player.said++));
      room.connection.close(CloseCode.MAY_TRY_RECONNECT);
      const saidAtReturn = await back;
      await pause(100);
      player.stop();
      const accepted = () => TalkRoom.latest.accepted.get(room.sessionId) ?? [];
      await until(() => accepted().at(-1) === player.said - 1, 'his last words');
      expect(isRising(accepted())).toBe(true);
      expect(gaps(accepted(), player.said)).toEqual([[expect.any(Number), saidAtReturn - SDK_KEEPS - 1]]);
      await room.leave();
    });
  });
});
