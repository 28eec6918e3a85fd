import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Endpoint } from '../../src/connection/Endpoint.ts';
import type { HostLobby } from '../../src/server/HostLobby.ts';
import { Membership, type Standing } from '../../src/server/Membership.ts';
import { settle, World } from '../helpers/World.ts';

let world: World;
let endpoint: Endpoint;
let stop: () => void;
let members: Set<bigint>;
let hurried: number;
let lobby: HostLobby | undefined;
let membership: Membership;

beforeEach(() => {
  world = new World();
  ({ endpoint } = world.user());
  members = new Set();
  hurried = 0;
  lobby = { has: (id: bigint) => members.has(id), hurry: () => void hurried++ } as unknown as HostLobby;
  membership = new Membership(endpoint, () => lobby);
  stop = endpoint.onTick((now) => membership.tick(now));
});
afterEach(() => {
  stop();
  world.close();
});

/** What was said of each, in the order of its being said. */
function asked(ids: readonly bigint[], graceMs = 3_000): { id: bigint; standing: Standing; at: number }[] {
  const said: { id: bigint; standing: Standing; at: number }[] = [];
  for (const id of ids) {
    void Promise.resolve(membership.of(id, graceMs)).then((standing) => said.push({ id, standing, at: world.steam.now }));
  }
  return said;
}

async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 10) {
    world.run(Math.min(left, 10));
    await settle();
  }
}

test('a member is told at once; who appears in time, when he does; a stranger when his time is over', async () => {
  members.add(1n);
  expect(membership.of(1n, 3_000)).toBe('member');
  expect(membership.of(2n, 0)).toBe('stranger');
  const said = asked([2n, 3n]);
  await pass(500);
  expect(said).toEqual([]);
  expect(hurried).toBeGreaterThan(5);
  members.add(3n);
  await pass(100);
  expect(said).toMatchObject([{ id: 3n, standing: 'member' }]);
  await pass(2_300);
  expect(said).toHaveLength(1);
  await pass(200);
  expect(said).toMatchObject([{ id: 3n }, { id: 2n, standing: 'stranger' }]);
  const before = hurried;
  await pass(1_000);
  expect(hurried).toBe(before);
});

test('without a lobby everybody is a stranger, at once; and those who wait are, when their time is over', async () => {
  const said = asked([1n], 200);
  lobby = undefined;
  expect(membership.of(2n, 3_000)).toBe('stranger');
  await pass(300);
  expect(said).toMatchObject([{ id: 1n, standing: 'stranger' }]);
});

test('who lost his link may come back for a minute', async () => {
  membership.noteLost(5n);
  expect(membership.of(5n, 0)).toBe('member');
  await pass(59_000);
  expect(membership.of(5n, 0)).toBe('member');
  await pass(1_100);
  expect(membership.of(5n, 0)).toBe('stranger');
});

test('of those who lost their links a thousand are remembered, and who lost his last is forgotten last', () => {
  membership.noteLost(1n);
  membership.noteLost(2n);
  for (let id = 1_000n; id < 1_998n; id++) membership.noteLost(id);
  membership.noteLost(1n);
  membership.noteLost(5_000n);
  expect([1n, 2n, 1_000n, 5_000n].map((id) => membership.of(id, 0))).toEqual(['member', 'stranger', 'member', 'member']);
});

test('when the host stops, nobody waits any longer', async () => {
  const said = asked([1n, 2n]);
  membership.stop();
  await settle();
  expect(said.map(({ standing }) => standing)).toEqual(['unknown', 'unknown']);
});

test('thousands of strangers: a thousand wait at most, who belongs to us gets in, and a look costs next to nothing', async () => {
  const strangers = (from: bigint) => Array.from({ length: 1_000 }, (_, i) => from + BigInt(i));
  const friend = 7n;
  const said: ReturnType<typeof asked>[] = [];
  let cpuMs = 0;
  for (let second = 0n; second < 10n; second++) {
    const since = performance.now();
    said.push(asked(strangers(1_000_000n + second * 1_000n)));
    if (second === 4n) said.push(asked([friend]));
    cpuMs += performance.now() - since;
    await pass(50);
    // As Steam shows him a look after he asked.
    if (second === 4n) members.add(friend);
    const ticked = performance.now();
    await pass(50);
    cpuMs += performance.now() - ticked;
  }
  const all = said.flat();
  const count = (standing: Standing) => all.filter((one) => one.standing === standing).length;
  expect(count('member')).toBe(1);
  expect(count('unknown')).toBe(9_000);
  expect(count('stranger')).toBe(0);
  await pass(3_100);
  expect(said.flat()).toHaveLength(10_001);
  expect(said.flat().filter(({ standing }) => standing === 'stranger')).toHaveLength(1_000);
  expect(cpuMs).toBeLessThan(1_000);
});
