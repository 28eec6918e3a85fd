import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import { SendType } from '../../src/driver/SteamDriver.ts';
import { hubUser } from '../../src/sim/hub/connectToHub.ts';
import { connectHubControl, connectToHub, type HubControl, type HubDriver } from '../../src/sim.ts';
import { rejection, until } from '../compliance/transport/waiting.ts';
import { DriverRecorder } from '../helpers/DriverRecorder.ts';

// A driver that is there at once, and logs in when it is used.

const TEST_MS = 60_000;
const STEAM_ID = 76561198000000001n;
const OTHER_ID = 76561198000000002n;

const open: { close(): void }[] = [];
const hubs = new Set<number>();
let count = 0;
let hub: { name: string };
let control: HubControl;

beforeEach(async () => {
  hub = { name: `late-${process.pid}-${count++}` };
  control = await connectHubControl(hub);
  open.push(control);
  hubs.add((await control.status()).pid);
}, TEST_MS);

afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

afterAll(() => until(() => ![...hubs].some(isAlive), 'the end of all hubs', 20_000), TEST_MS);

function newUser(steamId = STEAM_ID): HubDriver {
  const driver = hubUser({ ...hub, steamId });
  open.push(driver);
  return driver;
}

async function loggedInUser(steamId: bigint): Promise<HubDriver> {
  const driver = await connectToHub({ ...hub, steamId });
  open.push(driver);
  return driver;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Polls until it happens. */
function happens(condition: () => boolean, what: string, ...polled: HubDriver[]): Promise<void> {
  return until(() => {
    for (const driver of polled) driver.poll(256);
    return condition();
  }, what);
}

test('it is somebody before it is logged in; who starts it is', async () => {
  const driver = newUser();
  const { steamId, personaName, limits, isClosed } = driver;
  expect({ steamId, personaName, isClosed }).toEqual({ steamId: STEAM_ID, personaName: 'User 39734273', isClosed: false });
  expect(driver.send(OTHER_ID, Uint8Array.of(1), SendType.Reliable, 0)).toBe(false);
  expect((await control.status()).users).toEqual([]);

  const user = new DriverRecorder(driver);
  const other = await loggedInUser(OTHER_ID);
  expect(limits).toEqual(other.limits);
  await happens(() => driver.send(OTHER_ID, Uint8Array.of(1), SendType.Reliable, 0), 'the login', driver);
  const host = new DriverRecorder(other);
  await happens(() => host.packets.length === 1, 'the packet', driver, other);
  other.send(STEAM_ID, Uint8Array.of(2), SendType.Reliable, 0);
  await happens(() => user.packets.length === 1, 'the answer', driver, other);
  expect(user.steam).toEqual([]);
});

test('logIn() says when it is in; whoever else wants in waits for the same login', async () => {
  const driver = newUser();
  const both = [driver.logIn(), driver.logIn()];
  const user = new DriverRecorder(driver);
  await Promise.all(both);
  expect((await control.status()).users).toEqual([STEAM_ID]);
  await driver.logIn();
  driver.poll(256);
  expect(user.steam).toEqual([]);
});

test('who is refused is told why: by logIn(), and as if Steam was lost', async () => {
  const first = await loggedInUser(STEAM_ID);
  const driver = newUser();
  expect((await rejection(driver.logIn())).message).toContain(String(STEAM_ID));

  const lost: string[] = [];
  const user = new DriverRecorder(driver);
  user.onSteamLost = (reason?: string) => lost.push(String(reason));
  await happens(() => lost.length > 0, 'the refusal', driver);
  expect(lost[0]).toMatch(/^the simulated Steam has no place for 76561198000000001: .*76561198000000001/);

  first.close();
  await happens(() => user.steam.includes('restored'), 'the login', driver);
  expect((await control.status()).users).toEqual([STEAM_ID]);
});

test('one that is closed while it logs in stays out', async () => {
  const driver = newUser();
  const login = driver.logIn();
  driver.close();
  expect((await rejection(login)).message).toBe(`the driver of ${STEAM_ID} was closed`);
  expect(driver.isClosed).toBe(true);
  const other = await loggedInUser(OTHER_ID); // behind it at the hub
  expect((await control.status()).users).toEqual([other.steamId]);
});

test(
  'it keeps no process alive',
  async () => {
    const program = `
    import { hubUser } from ${JSON.stringify(new URL('../../src/sim/hub/connectToHub.ts', import.meta.url).href)};
    const driver = hubUser({ name: ${JSON.stringify(hub.name)}, steamId: ${STEAM_ID}n });
    await driver.logIn();
    console.log('in');`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    open.push({ close: () => child.kill('SIGKILL') });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk;
    });
    const [code] = await once(child, 'exit');
    expect({ code, output }).toEqual({ code: 0, output: 'in\n' });
  },
  TEST_MS,
);
