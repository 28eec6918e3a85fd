import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { LobbyEnterResponse, LobbyError, LobbyType } from '../../src/driver/LobbyDriver.ts';
import { type DriverEvents, SendType } from '../../src/driver/SteamDriver.ts';
import { DriverRecorder } from '../helpers/DriverRecorder.ts';
import { describeUnless } from './double.ts';
import { RemoteDriver } from './RemoteDriver.ts';
import type { RemoteOptions } from './RemoteProcess.ts';
import { Watchdog } from './Watchdog.ts';

const hub = JSON.stringify({ name: `remote-${process.pid}` });
const problem = process.platform === 'win32' ? 'Windows has no FIFOs' : undefined;

let watchdog: Watchdog;
const users: RemoteDriver[] = [];

async function newUser(options: Partial<RemoteOptions> = {}): Promise<RemoteDriver> {
  const user = await RemoteDriver.spawn({ args: ['hub', hub], watchdog, ...options });
  users.push(user);
  return user;
}

const send = (from: RemoteDriver, to: RemoteDriver, byte: number) =>
  from.send(to.steamId, Uint8Array.of(byte), SendType.Reliable, 0);

async function pollUntil(user: RemoteDriver, isDone: () => boolean): Promise<void> {
  while (!isDone()) {
    user.poll(64);
    await sleep(2);
  }
}

/** What `poll` throws, some time. */
async function whenPollThrows(user: RemoteDriver): Promise<unknown> {
  for (;;) {
    try {
      user.poll(64);
    } catch (error) {
      return error;
    }
    await sleep(2);
  }
}

const silent: DriverEvents = {
  onSessionRequest: () => {},
  onSessionFailed: () => {},
  onPacket: () => {},
  onSteamLost: () => {},
  onSteamRestored: () => {},
};

describeUnless(problem, 'A driver in another process', () => {
  beforeAll(() => {
    watchdog = new Watchdog();
  });

  afterEach(async () => {
    await Promise.all(users.splice(0).map((user) => user.end()));
  });

  afterAll(() => watchdog.stop());

  test('a handler may call any driver, also the one that calls it, as deep as it likes', async () => {
    const [a, b] = [await newUser(), await newUser()];
    const player = new DriverRecorder(a);
    const heard: number[] = [];
    b.start({
      ...silent,
      onSessionRequest: (peer) => b.acceptSession(peer),
      onPacket: (_peer, bytes) => {
        heard.push(bytes[0] as number);
        b.poll(1); // the next one, inside this one
        heard.push(-(bytes[0] as number));
        a.poll(1);
        send(b, a, bytes[0] as number);
        if (bytes[0] === 1) b.close();
      },
    });
    for (const byte of [1, 2, 3]) send(a, b, byte);
    await sleep(100);
    await pollUntil(b, () => heard.length === 6);
    expect(heard).toEqual([1, 2, 3, -3, -2, -1]);
    await pollUntil(a, () => player.packets.length === 3);
    expect(player.firstBytes).toEqual([3, 2, 1]);
    expect([a.isClosed, b.isClosed]).toEqual([false, true]);
  });

  test('what a handler throws comes out of poll, itself', async () => {
    const user = await newUser();
    const fault = new Error('of the game');
    user.start({
      ...silent,
      onPacket: () => {
        throw fault;
      },
    });
    send(user, user, 1);
    expect(await whenPollThrows(user)).toBe(fault);
    expect(user.poll(1)).toBe(0);
  });

  test('what the driver throws has its class and its words', async () => {
    const user = await newUser();
    user.start(silent);
    expect(() => user.start(silent)).toThrow('is started already');
    expect(() => user.send(user.steamId, new Uint8Array(1201), SendType.Unreliable, 0)).toThrow(RangeError);
    expect(() => user.send(user.steamId, Uint8Array.of(1), SendType.Reliable, 0.5)).toThrow('0.5');
  });

  test('lobbies: what is thrown at once, what is answered later, and what is told', async () => {
    const [a, b] = [await newUser(), await newUser()];
    const [owner, guest] = [a.lobbies!, b.lobbies!];
    expect(() => owner.create(LobbyType.Public, 0)).toThrow(RangeError);
    const lobby = await owner.create(LobbyType.Public, 2);
    expect(() => lobby.setData({ 'k\0y': 'value' })).toThrow(RangeError);
    expect(lobby.setData({ map: 'dust' })).toBe(true);

    const changed: bigint[] = [];
    const unsubscribe = owner.subscribe({ onLobbyChanged: (id) => changed.push(id) });
    const joined = await guest.join(lobby.id);
    expect([joined.id, joined.memberCount, joined.memberLimit, joined.owner()]).toEqual([lobby.id, 2, 2, a.steamId]);
    while (changed.length === 0) await sleep(2);
    unsubscribe();
    expect(new Set(changed)).toEqual(new Set([lobby.id]));
    expect(lobby.members()).toEqual([a.steamId, b.steamId]);

    const refusal = await guest.join(lobby.id + 1_000n).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(LobbyError);
    expect(refusal).toMatchObject({ response: LobbyEnterResponse.DoesntExist });
  });

  test('a process that dies rejects what it was asked', async () => {
    const user = await newUser();
    const pending = user.lobbies!.list();
    user.kill();
    await expect(pending).rejects.toThrow('is gone');
    await expect(user.end()).rejects.toThrow('SIGKILL');
    users.length = 0;
  });

  test('a process that dies: every call says what it wrote to stderr', async () => {
    const fault = "data:text/javascript,process.on('SIGUSR2',()=>{throw(Error('a_fault'))})";
    const user = await newUser({ env: { NODE_OPTIONS: `--import=${fault}` } });
    user.start(silent);
    user.kill('SIGUSR2');
    expect(String(await whenPollThrows(user))).toContain('Error: a_fault');
    expect(() => send(user, user, 1)).toThrow('a_fault');
    await expect(user.end()).rejects.toThrow('a_fault');
    expect(() => user.poll(1)).toThrow('is gone');
    users.length = 0;
  });

  test('a process that is killed, and one that hangs and is killed for it', async () => {
    const impatient = new Watchdog(300);
    const [killed, hanging] = [await newUser(), await newUser({ watchdog: impatient })];
    killed.kill();
    expect(() => send(killed, hanging, 1)).toThrow('is gone');
    await expect(killed.end()).rejects.toThrow('SIGKILL');
    hanging.kill('SIGSTOP');
    expect(() => hanging.poll(1)).toThrow('did not answer within 300 ms');
    await expect(hanging.end()).rejects.toThrow('did not answer');
    users.length = 0;
    await impatient.stop();
  });

  test('a process that does not get as far as its driver says why', async () => {
    const options = { args: ['hub', '{"appId":0}'], watchdog };
    await expect(RemoteDriver.spawn(options)).rejects.toThrow('appId is 0');
  });
});
