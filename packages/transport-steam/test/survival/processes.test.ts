import { setTimeout as sleep } from 'node:timers/promises';
import { CloseCode } from '@colyseus/core';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { defaultEndpointOptions } from '../../src/connection/options.ts';
import { connectHubControl, type HubControl } from '../../src/sim.ts';
import { GameProcess } from './GameProcess.ts';
import type { Role } from './messages.ts';
import { within } from './within.ts';

// Real processes, signals and a blocked event loop, over the simulated Steam that all processes of a machine share.

jest.setTimeout(60_000);

const endpoint = { heartbeatMs: 200, deadAfterMs: 1_500, connectTimeoutMs: 2_000 } as const;

/** What a busy machine may add to any bound. Unit: ms. */
const SLACK_MS = 1_500;

const HOST = '76561197960265729';
const PLAYERS = ['76561197960265730', '76561197960265731'];

let count = 0;
let name = '';
const controls: HubControl[] = [];

/** A match with the default options, which take longer than a test should: it goes on beside all tests, and the last ones look at it. */
let slow: {
  readonly there: GameProcess;
  readonly loader: GameProcess;
  readonly throttled: GameProcess;
  /** When the loader began to load. */
  readonly since: number;
  /** Says a number every 100 ms. */
  readonly talk: NodeJS.Timeout;
  said: number;
};
const LOADING_MS = 30_000;

beforeAll(async () => {
  newSteam();
  const patient = { endpoint: {} };
  const there = host(patient);
  const throttled = player(1, { ...patient, leastTimerMs: 1_000 });
  const loader = player(0, patient);
  await loader.report('joined');
  loader.tell({ do: 'block', ms: LOADING_MS, announced: true });
  const talk = setInterval(() => {
    there.tell({ do: 'say', count: 1 });
    slow.said++;
  }, 100);
  slow = { there, loader, throttled, since: performance.now(), talk, said: 0 };
});
afterEach(async () => {
  await GameProcess.endAll([slow.there, slow.loader, slow.throttled]);
  for (const control of controls.splice(0)) control.close();
});
afterAll(async () => {
  clearInterval(slow?.talk);
  await GameProcess.endAll();
});

/** A Steam of its own for each test. */
function newSteam(): void {
  name = `survival-${process.pid}-${count++}`;
}

function roleOf(steamId: string, more: Partial<Role> = {}): Role {
  return { driver: 'hub', hub: { name }, steamId, endpoint, ...more };
}

function host(more: Partial<Role> = {}): GameProcess {
  return new GameProcess('host', roleOf(HOST, more));
}

function player(index: number, more: Partial<Role> = {}): GameProcess {
  return new GameProcess('player', roleOf(PLAYERS[index] as string, { host: HOST, ...more }));
}

/** A host, and players in his room. */
async function match(players: number, more: Partial<Role> = {}): Promise<[GameProcess, ...GameProcess[]]> {
  newSteam();
  const everybody: [GameProcess, ...GameProcess[]] = [host(), ...Array.from({ length: players }, (_, i) => player(i, more))];
  await Promise.all(everybody.map((one, i) => one.report(i === 0 ? 'ready' : 'joined')));
  return everybody;
}

const numbers = (many: number) => Array.from({ length: many }, (_, i) => i);

/** What the host took of what he said. */
function acceptedOf(one: GameProcess, there: GameProcess) {
  const sessionId = one.all('joined').at(-1)?.sessionId;
  return there.all('accepted').filter((report) => report.sessionId === sessionId);
}

/** Reports of ends: there are none where nobody was dropped. */
const ends = (...all: readonly GameProcess[]) => all.flatMap((one) => [...one.all('dropped'), ...one.all('left')]);

describe('kill -9', () => {
  test('of a player: his new process has his seat with the token, at once, before anybody has noticed', async () => {
    const [there, victim] = (await match(1)) as [GameProcess, GameProcess];
    const { token, sessionId } = await victim.report('joined');
    victim.kill();
    await victim.exit;
    const again = player(0, { token });
    const ready = await again.report('ready');
    const joined = await again.report('joined');
    expect(joined.sessionId).toBe(sessionId);
    within(SLACK_MS, joined.at - ready.at, 'kill -9 of a player: from his new process to his seat');
    expect((await there.report('dropped')).code).toBe(CloseCode.ABNORMAL_CLOSURE);
    await there.report('back');
    const before = there.all('accepted').length;
    await there.until(() => there.all('accepted').length > before + 5, 'what he says now');
    expect(there.all('left')).toEqual([]);
  });

  test('of the host: the players know it in time, and the end is typed', async () => {
    const [there, one] = (await match(1, { reconnection: { maxRetries: 1 } })) as [GameProcess, GameProcess];
    there.kill();
    const { at } = await there.exit;
    const dropped = await one.report('dropped');
    expect(dropped).toMatchObject({ code: CloseCode.ABNORMAL_CLOSURE, reason: expect.stringContaining('deadAfterMs') });
    within(endpoint.deadAfterMs + SLACK_MS, dropped.at - at, 'kill -9 of the host: to when a player knows (`deadAfterMs` 1.5 s)');
    const left = await one.report('left');
    expect(left.code).toBe(CloseCode.FAILED_TO_RECONNECT);
    within(
      endpoint.connectTimeoutMs + SLACK_MS,
      left.at - dropped.at,
      'from there to his typed end, one attempt (`connectTimeoutMs` 2 s)',
    );
  });

  test('of the host, who is back with his SteamID: his rooms are gone, the players are told so, and can join anew', async () => {
    const [there, one, other] = (await match(2)) as [GameProcess, GameProcess, GameProcess];
    there.kill();
    await there.exit;
    const again = host();
    const ready = await again.report('ready');
    for (const each of [one, other]) {
      const left = await each.report('left');
      expect(left.code).toBe(CloseCode.FAILED_TO_RECONNECT);
      within(
        endpoint.connectTimeoutMs + SLACK_MS,
        left.at - ready.at,
        'kill -9 of the host, back with his SteamID: to the typed end',
      );
      each.tell({ do: 'join' });
      await each.report('joined', 1);
    }
    await again.until(() => new Set(again.all('accepted').map(({ sessionId }) => sessionId)).size === 2, 'both play on');
  });
});

test.each<[how: string, exitCode: number, end: (there: GameProcess) => void]>([
  ['SIGTERM to the host', 0, (there) => there.kill('SIGTERM')],
  ['SIGINT to the host', 0, (there) => there.kill('SIGINT')],
  ['SIGUSR2 to the host', 0, (there) => there.kill('SIGUSR2')],
  ['an uncaught exception of the host', 1, (there) => there.tell({ do: 'throw' })],
])(
  '%s: every player gets 4001 and the last words, and the process ends by itself, with exit code %i, and soon',
  async (how, exitCode, end) => {
    const [there, ...players] = await match(2);
    const since = performance.now();
    end(there);
    const { code, signal, at } = await there.exit;
    expect({ code, signal }).toEqual({ code: exitCode, signal: null });
    within(SLACK_MS, at - since, `${how}: to the end of his process`);
    for (const one of players) {
      const left = await one.report('left');
      expect(left).toMatchObject({ code: CloseCode.SERVER_SHUTDOWN, reason: '' });
      within(SLACK_MS, left.at - since, `${how}: to when a player knows, 2.7 MB of last words included`);
      // The last of them stands behind 2.7 MB, of which Steam takes 1 MiB at once.
      expect(one.all('heard').map(({ number }) => number)).toEqual(numbers(51));
      expect(one.all('dropped')).toEqual([]);
    }
  },
);

test('Steam dies under everybody, and starts anew: all are back in the room', async () => {
  const [there, ...players] = await match(2);
  const control = await connectHubControl({ name });
  controls.push(control);
  const { pid } = await control.status();
  process.kill(pid, 'SIGKILL');
  await Promise.all(players.map((one) => one.report('back')));
  await there.report('back', 1);
  const before = there.all('accepted').length;
  await there.until(() => there.all('accepted').length > before + 20, 'what they say now');
  expect([there, ...players].flatMap((one) => one.all('left'))).toEqual([]);
});

describe('an event loop that stands still for twice deadAfterMs', () => {
  const BLOCK_MS = 2 * endpoint.deadAfterMs;

  test('of a player, who did not say so: he is dropped in time, and comes back by himself', async () => {
    const [there, one] = (await match(1)) as [GameProcess, GameProcess];
    const since = performance.now();
    one.tell({ do: 'block', ms: BLOCK_MS, announced: false });
    const dropped = await there.report('dropped');
    within(
      endpoint.deadAfterMs + SLACK_MS,
      dropped.at - since,
      'a player stands still, and did not say so: to when he is dropped',
    );
    await one.report('back');
    await there.report('back');
    expect([...there.all('left'), ...one.all('left')]).toEqual([]);
  });

  test('announced, of a player and then of the host: nobody is dropped, and nothing is lost', async () => {
    const [there, one, other] = (await match(2)) as [GameProcess, GameProcess, GameProcess];
    for (const sleeper of [one, there]) {
      sleeper.tell({ do: 'block', ms: BLOCK_MS, announced: true });
      await sleeper.report('awake');
    }
    const accepted = () => acceptedOf(one, there);
    const before = accepted().length;
    await there.until(() => accepted().length > before + 20, 'what he says now');
    expect(ends(there, one, other)).toEqual([]);
    expect(accepted().map(({ number }) => number)).toEqual(numbers(accepted().length));
  });
});

describe('beside all of these, with the default options:', () => {
  const { deadAfterMs } = defaultEndpointOptions;

  beforeAll(() => sleep(Math.max(0, slow.since + LOADING_MS - performance.now())));

  test('a level that loads for 30 s, announced: he is never dropped, and hears all that was said meanwhile', async () => {
    const { there, loader, since, talk } = slow;
    expect((await loader.report('awake')).at - since).toBeGreaterThanOrEqual(LOADING_MS);
    clearInterval(talk);
    await loader.until(() => loader.all('heard').length >= slow.said, 'what was said meanwhile');
    expect(loader.all('heard').map(({ number }) => number)).toEqual(numbers(slow.said));
    const accepted = () => acceptedOf(loader, there);
    const before = accepted().length;
    await there.until(() => accepted().length > before + 20, 'what he says now');
    expect(accepted().map(({ number }) => number)).toEqual(numbers(accepted().length));
    expect(ends(there, loader)).toEqual([]);
  });

  test('timers at 1 Hz: he is never dropped, and what he says arrives', async () => {
    const { there, throttled } = slow;
    const accepted = acceptedOf(throttled, there);
    const playedMs = (accepted.at(-1)?.at ?? 0) - (accepted[0]?.at ?? 0);
    expect(playedMs).toBeGreaterThan(deadAfterMs);
    expect(accepted.map(({ number }) => number)).toEqual(numbers(accepted.length));
    // No faster than his timers.
    expect(accepted.length).toBeLessThanOrEqual(playedMs / 1_000 + 2);
    expect(ends(there, throttled)).toEqual([]);
  });
});
