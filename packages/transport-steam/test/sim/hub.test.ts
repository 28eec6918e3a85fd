import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { SendType } from '../../src/driver/SteamDriver.ts';
import { hubPath } from '../../src/sim/hub/address.ts';
import { Random } from '../../src/sim/Random.ts';
import { connectHubControl, connectToHub, type HubControl, type HubUserOptions } from '../../src/sim.ts';
import { testDriver } from '../compliance/testDriver.ts';
import { DriverRecorder } from '../helpers/DriverRecorder.ts';

/** Long, because two cores may be busy with other tests; what is waited for usually takes milliseconds. */
const PATIENCE_MS = 20_000;
const TEST_MS = 60_000;

const hubs = new Set<number>();
const open: { close(): void }[] = [];
const children: ChildProcess[] = [];
let count = 0;

/** A hub of its own for each test. */
const newName = (): string => `test-${process.pid}-${count++}`;

async function until(isDone: () => boolean | Promise<boolean>, polled: DriverRecorder[] = []): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await sleep(2)) {
    for (const user of polled) user.driver.poll(256);
    if (await isDone()) return;
  }
  throw new Error('what the test waits for did not happen');
}

async function newUser(options: HubUserOptions): Promise<DriverRecorder> {
  const driver = await connectToHub(options);
  open.push(driver);
  return new DriverRecorder(driver);
}

async function newControl(name: string): Promise<HubControl & { pid: number }> {
  const control = await connectHubControl({ name });
  open.push(control);
  const { pid } = await control.status();
  hubs.add(pid);
  return Object.assign(control, { pid });
}

/** A user in another process; resolves when it is logged in. */
async function newProcess(...args: string[]): Promise<{ child: ChildProcess; steamId: bigint; hub: number }> {
  const file = fileURLToPath(new URL('../helpers/hubUser.ts', import.meta.url));
  const child = spawn(process.execPath, [file, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  let text = '';
  for await (const chunk of child.stdout) {
    text += chunk;
    if (text.includes('\n')) break;
  }
  const { steamId, hub } = JSON.parse(text) as { steamId: string; hub: number };
  hubs.add(hub);
  return { child, steamId: BigInt(steamId), hub };
}

const send = (from: DriverRecorder, to: bigint, byte: number) => from.driver.send(to, Uint8Array.of(byte), SendType.Reliable, 0);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

afterEach(() => {
  for (const one of open.splice(0)) one.close();
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

afterAll(async () => {
  await until(() => [...hubs].every((pid) => !isAlive(pid)));
}, TEST_MS);

const complianceName = newName();
testDriver(
  'The hub driver',
  async () => {
    const steam = { sessionTimeoutMs: 1_000 };
    const control = await connectHubControl({ name: complianceName, steam });
    hubs.add((await control.status()).pid);
    return {
      user: () => connectToHub({ name: complianceName, steam }),
      settle: (ms) => sleep(ms),
      features: {
        closeSession: true,
        // The hub cannot tell a process that lives on from one that ends: close() logs out.
        keepsUnreadOverRestart: false,
        sessionTimeoutMs: steam.sessionTimeoutMs,
        loseSteam: (user) => control.loseSteam(user),
        restoreSteam: (user) => control.restoreSteam(user),
      },
      close: async () => control.close(),
    };
  },
  { emptyPackets: 'no driver sends them, and the hub has no way to put them in' },
);

describe('The hub', () => {
  test(
    'processes find each other, and the hub goes when they are gone',
    async () => {
      const name = newName();
      const address = JSON.stringify({ name });
      const host = await newProcess(address, 'echo');
      const player = await newProcess(address, 'echo');
      expect(player.hub).toBe(host.hub);
      expect(player.steamId).not.toBe(host.steamId);
      const me = await newUser({ name });
      for (const { steamId } of [host, player]) send(me, steamId, 7);
      await until(() => me.packets.length === 2, [me]);
      expect(new Set(me.packets.map(({ peer }) => peer))).toEqual(new Set([host.steamId, player.steamId]));
      if (process.platform !== 'win32') expect(statSync(hubPath({ name })).mode & 0o777).toBe(0o600);

      me.driver.close();
      host.child.stdin?.end();
      player.child.stdin?.end();
      await until(() => !isAlive(host.hub));
      expect(existsSync(hubPath({ name }))).toBe(false);
    },
    TEST_MS,
  );

  test(
    'what was sent in the turn of process.exit() arrives',
    async () => {
      const name = newName();
      const me = await newUser({ name });
      const shout = newProcess(JSON.stringify({ name }), 'shout', String(me.id));
      await until(() => me.packets.length === 1, [me]);
      await shout;
      send(me, me.packets[0]?.peer as bigint, 1);
      await until(() => me.packets.length === 2, [me]);
      expect(me.firstBytes).toEqual([1, 2]);
    },
    TEST_MS,
  );

  test(
    'a process that is killed is found out by time-out only, and its SteamID is free again',
    async () => {
      const name = newName();
      const me = await newUser({ name, steam: { sessionTimeoutMs: 1_000 } });
      const { child, steamId } = await newProcess(JSON.stringify({ name }), 'echo');
      send(me, steamId, 1);
      await until(() => me.packets.length === 1, [me]);
      await expect(connectToHub({ name, steamId })).rejects.toThrow(String(steamId));
      child.kill('SIGKILL');
      await until(async () => (await newControl(name).then((control) => control.status())).users.length === 1);
      expect(send(me, steamId, 2)).toBe(true);
      await until(() => me.failures.length === 1, [me]);
      expect(me.failures).toEqual([{ peer: steamId, error: 4 }]);
      const again = await newUser({ name, steamId });
      expect(again.id).toBe(steamId);
      send(me, steamId, 3);
      await until(() => again.packets.length === 1, [me, again]);
      expect(again.firstBytes).toEqual([3]);
    },
    TEST_MS,
  );

  test(
    'a hub that is killed: Steam is lost, and comes back with the same SteamIDs',
    async () => {
      const name = newName();
      const [a, b] = [await newUser({ name }), await newUser({ name })];
      const ids = [a.id, b.id];
      send(a, b.id, 1);
      await until(() => b.packets.length === 1, [a, b]);
      const control = await newControl(name);
      process.kill(control.pid, 'SIGKILL');
      await until(() => a.steam.length === 2 && b.steam.length === 2, [a, b]);
      expect(a.steam).toEqual(['lost', 'restored']);
      expect([a.id, b.id]).toEqual(ids);
      await until(() => {
        send(a, b.id, 2); // lost at first: the other one may be back later
        return b.firstBytes.includes(2);
      }, [a, b]);
      const next = await newControl(name);
      expect(next.pid).not.toBe(control.pid);
      expect(new Set((await next.status()).users)).toEqual(new Set(ids));
      await expect(control.status()).rejects.toThrow('the hub is gone');
    },
    TEST_MS,
  );

  test(
    'a socket that a crash left behind is replaced, by one of several starters',
    async () => {
      const name = newName();
      const control = await newControl(name);
      process.kill(control.pid, 'SIGKILL');
      await until(() => !isAlive(control.pid));
      if (process.platform !== 'win32') expect(existsSync(hubPath({ name }))).toBe(true);
      const address = JSON.stringify({ name });
      const users = await Promise.all(Array.from({ length: 4 }, () => newProcess(address, 'echo')));
      expect(new Set(users.map(({ hub }) => hub)).size).toBe(1);
      expect(new Set(users.map(({ steamId }) => steamId)).size).toBe(4);
    },
    TEST_MS,
  );

  test(
    'a client that talks nonsense is cut off, alone',
    async () => {
      const name = newName();
      const me = await newUser({ name });
      const { pid } = await newControl(name);
      const hello = [12, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 65];
      const nonsense = [
        [0xff, 0xff, 0xff, 0xff, 1],
        [0, 0, 0, 0, 0],
        [1, 0, 0, 0, 2],
        [1, 0, 0, 0, 1],
        [...hello, 3, 0, 0, 0, 2, 1, 2],
        [...hello, 12, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9],
        [...hello, ...hello],
      ];
      const random = new Random(1);
      const types = [2, 3, 4, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17];
      for (let i = 0; i < 110; i++) {
        const body = Array.from({ length: 1 + Math.floor(random.next() * 40) }, () => Math.floor(random.next() * 256));
        // One frame of a known type with a random body, and then one that is certainly wrong.
        const type = types[i % types.length] as number;
        nonsense.push([...hello, 1 + body.length, 0, 0, 0, type, ...body, 0, 0, 0, 0, 0]);
      }
      for (const bytes of nonsense) {
        const socket = connect(hubPath({ name }));
        socket.on('error', () => {});
        socket.resume().write(Uint8Array.from(bytes));
        await new Promise((resolve) => socket.on('close', resolve));
      }
      expect(send(me, me.id, 1)).toBe(true);
      await until(() => me.packets.length === 1, [me]);
      expect((await newControl(name)).pid).toBe(pid);
    },
    TEST_MS,
  );

  test(
    'conditions and faults from another process',
    async () => {
      const name = newName();
      const [a, b] = [await newUser({ name }), await newUser({ name })];
      const control = await newControl(name);
      send(a, b.id, 1);
      await until(() => b.packets.length === 1, [a, b]);
      await control.setConditions({ latencyMs: 50 });
      const sentAt = performance.now();
      send(a, b.id, 2);
      await until(() => b.packets.length === 2, [a, b]);
      expect(performance.now() - sentAt).toBeGreaterThanOrEqual(49);
      await control.setConditions(a.id, b.id, {});
      await control.unplug(b.driver);
      send(a, b.id, 3);
      await sleep(100);
      expect(b.driver.poll(10)).toBe(0);
      await control.plug(b.id);
      await until(() => b.packets.length === 3, [a, b]);
      await control.trueButLost(a.id, b.id, 1);
      send(a, b.id, 4);
      send(a, b.id, 5);
      await until(() => b.packets.length === 4, [a, b]);
      expect(b.firstBytes).toEqual([1, 2, 3, 5]);
      await control.stallReliable(a.id, b.id);
      send(a, b.id, 6);
      a.driver.send(b.id, Uint8Array.of(7), SendType.Unreliable, 0);
      await until(() => b.packets.length === 5, [a, b]);
      await control.stallReliable(a.id, b.id, false);
      await until(() => b.packets.length === 6, [a, b]);
      expect(b.firstBytes.slice(4)).toEqual([7, 6]);
      await expect(control.unplug(5n)).rejects.toThrow('5');
      await expect(control.setConditions({ loss: 2 })).rejects.toThrow('loss is 2');
    },
    TEST_MS,
  );

  test('wrong options are named', async () => {
    await expect(connectToHub({ name: 'no/path' })).rejects.toThrow("name is 'no/path'");
    await expect(connectToHub({ appId: 0 })).rejects.toThrow('appId is 0');
    await expect(connectToHub({ steamId: 17n })).rejects.toThrow('17n');
    await expect(connectToHub({ steam: { queueLimitBytes: 0 } })).rejects.toThrow('queueLimitBytes is 0');
    await expect(connectToHub({ nam: 'x' } as HubUserOptions)).rejects.toThrow("'nam'");
  });
});
