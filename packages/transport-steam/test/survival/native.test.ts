import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Endpoint } from '../../src/connection/Endpoint.ts';
import { STEAM_ID_BASE } from '../../src/driver/steamId.ts';
import { connectHubControl, type HubControl } from '../../src/sim.ts';
import { PacketType } from '../../src/wire/packet.ts';
import { until } from '../compliance/transport/waiting.ts';
import { bytes, dial, Host, type Recorder } from '../helpers/World.ts';
import { DoubleFifo, describeNative, doubleEnvironment } from '../native/double.ts';
import { RemoteDriver } from '../native/RemoteDriver.ts';
import { Watchdog } from '../native/Watchdog.ts';
import { GameProcess } from './GameProcess.ts';

// The failures of failures.test.ts once more, by the npm addon of steamworks.js on the test double. Leaving, kicks, shutdowns and
// reconnections of a whole game on it are in test/native/transport.test.ts and steamDies.test.ts.

jest.setTimeout(60_000);

const HUB = { name: `survival-native-${process.pid}` };

/** `k_iSteamMatchmakingCallbacks` + 6 and + 12 (Valve). */
const LobbyCallback = { ChatUpdate: 506, Kicked: 512 } as const;

/** Given to what was put into a FIFO to be read, and to do its harm. Unit: ms. */
const HARM_MS = 150;

/** What a busy machine takes for what is instant. Unit: ms. */
const SOON_MS = 2_000;

interface User {
  readonly driver: RemoteDriver;
  readonly fifo: DoubleFifo;
  readonly endpoint: Endpoint;
  /** Packets as they were given to Steam. */
  readonly sent: Uint8Array[];
}

describeNative('Failures of other transports, on steamworks.js', () => {
  let control: HubControl;
  let watchdog: Watchdog;
  const users: User[] = [];
  let stopHosting = () => {};
  let host: Host;
  let there: User;
  let player: User;
  let other: User;

  async function logIn(account: number, maxPeers = 250): Promise<User> {
    const fifo = new DoubleFifo();
    const env = doubleEnvironment({ hub: HUB, fifo: fifo.path, steamId: STEAM_ID_BASE + BigInt(account) });
    const driver = await RemoteDriver.spawn({ args: ['steamworks'], env, watchdog });
    const endpoint = Endpoint.of(driver, { heartbeatMs: 200, deadAfterMs: 1_500, maxPeers });
    const sent: Uint8Array[] = [];
    const send = driver.send.bind(driver);
    driver.send = (peer, packet, ...how) => {
      sent.push(packet.slice());
      return send(peer, packet, ...how);
    };
    const user = { driver, fifo, endpoint, sent };
    users.push(user);
    endpoint.acquire();
    return user;
  }

  beforeAll(async () => {
    control = await connectHubControl(HUB);
    watchdog = new Watchdog();
    [there, player, other] = await Promise.all([logIn(1, 2), logIn(2), logIn(3)]);
    host = new Host();
    stopHosting = there.endpoint.serve(host);
  });

  afterEach(() => {
    // Steam's sessions stay, as between two matches.
    for (const { endpoint } of users) {
      endpoint.release();
      expect(endpoint.stats()).toEqual([]);
      endpoint.acquire();
    }
    host.connections.length = 0;
    for (const { sent } of users) sent.length = 0;
  });

  afterAll(async () => {
    stopHosting?.();
    for (const { endpoint } of users) endpoint.release();
    await Promise.all(users.map(({ driver }) => driver.end()));
    for (const { fifo } of users) fifo.close();
    control?.close();
    await watchdog?.stop();
  });

  /** kill -9 of his process, and with it of his endpoint, which here lives in another one: it says nothing any more. */
  async function crash(victim: User): Promise<void> {
    const { driver, endpoint, fifo } = victim;
    driver.poll = () => 0;
    driver.send = () => false;
    driver.kill();
    users.splice(users.indexOf(victim), 1);
    endpoint.release();
    await driver.end().catch(() => {}); // it did not end well
    fifo.close();
  }

  async function open(from: User = player, target = '/'): Promise<{ ours: Recorder; theirs: Recorder }> {
    const ours = dial(from.endpoint, there.driver.steamId, target);
    await until(() => ours.opened === 1 && host.connections.some((one) => one.target === target), 'an open connection');
    return { ours, theirs: host.connections.findLast((one) => one.target === target)?.record as Recorder };
  }

  const stillTalk = async (ours: Recorder, theirs: Recorder) => {
    ours.send('still here');
    await until(() => theirs.texts.at(-1) === 'still here', 'what he says');
    expect([...ours.closes, ...theirs.closes]).toEqual([]);
  };

  test('the goodbye, or the last message before it, lost because closing discards what is queued; or overtaking the last data', async () => {
    const { ours, theirs } = await open();
    there.fifo.refuseSends(40);
    await sleep(HARM_MS);
    theirs.connection?.send(new Uint8Array(900_000));
    theirs.send('later', 'buffered');
    theirs.send('the last word');
    theirs.connection?.close(4_000, 'bye');
    await until(() => ours.closes.length > 0, 'the goodbye');
    expect(ours.messages.map(({ length }) => length)).toEqual([900_000, 5, 13]);
    expect(ours.closes).toEqual([{ code: 4_000, reason: 'bye', error: undefined }]);
  });

  test('a player who rejoins fast on the still-open session is "already known" and waits for ever', async () => {
    for (let i = 0; i < 5; i++) {
      const since = performance.now();
      await open(player, `/${i}`);
      expect(performance.now() - since).toBeLessThan(SOON_MS);
      player.endpoint.release();
      player.endpoint.acquire();
    }
    await until(() => host.connections.every(({ record }) => record.closes[0]?.code === 1_001), 'five ends');
    expect(host.connections).toHaveLength(5);
  });

  test('the same, having crashed before the host has noticed', async () => {
    const victim = await logIn(4);
    const { theirs } = await open(victim, '/before');
    await crash(victim);
    const again = await logIn(4);
    const since = performance.now();
    const { ours } = await open(again, '/after');
    expect(performance.now() - since).toBeLessThan(SOON_MS);
    expect(theirs.closes).toMatchObject([{ code: 1_006, reason: expect.stringContaining('they restarted') }]);
    await stillTalk(ours, host.connections.at(-1)?.record as Recorder);
  });

  test.each([
    ['ACCEPT', (packet: Uint8Array) => packet[0] === PacketType.Hello && packet[5] === 1],
    ['DISCONNECT', (packet: Uint8Array) => packet[0] === PacketType.Reset || packet[0] === PacketType.Refuse],
    ['data packet', (packet: Uint8Array) => (packet[0] as number) >= PacketType.Session],
  ])('a stale %s of the last match applied to this one', async (_what, isStale) => {
    const { ours: last } = await open(player, '/last');
    last.send('of the last match');
    last.send('of the last match, unreliably', 'unreliable');
    await until(() => host.connections[0]?.record.messages.length === 2, 'the last match');
    player.endpoint.release();
    there.endpoint.release();
    await sleep(HARM_MS);
    player.endpoint.acquire();
    there.endpoint.acquire();
    const stale = [there, player].map(({ sent }) => sent.splice(0).filter(isStale));
    const { ours, theirs } = await open(player, '/this');
    for (const packet of stale[0] ?? []) player.fifo.packet(there.driver.steamId, 0, packet);
    for (const packet of stale[1] ?? []) there.fifo.packet(player.driver.steamId, 0, packet);
    await sleep(HARM_MS);
    await stillTalk(ours, theirs);
    expect(theirs.texts).toEqual(['still here']);
    expect(stale.flat()).not.toEqual([]);
  });

  test('control packets not checked for their sender: anyone can disconnect anyone', async () => {
    const { ours, theirs } = await open();
    ours.send('hello');
    await until(() => theirs.texts.length === 1, 'hello');
    const tags = new Set(
      [...there.sent, ...player.sent].filter((packet) => packet[0]! >= PacketType.Session).map((packet) => packet[1]! >> 2),
    );
    const forged = [
      ...there.sent.splice(0),
      ...player.sent.splice(0),
      ...[...tags].map((tag) => Uint8Array.of(PacketType.Reset, 0x43, 0x54, 0x53, tag)),
    ];
    // By Steam, as far as the victim takes his packets, and past it.
    for (const packet of forged) other.driver.send(there.driver.steamId, packet, 2, 0);
    for (const { fifo } of [there, player]) for (const packet of forged) fifo.packet(other.driver.steamId, 0, packet);
    await sleep(HARM_MS);
    await stillTalk(ours, theirs);
    expect(theirs.texts).toEqual(['hello', 'still here']);
  });

  test('a duplicate CONNECT throws', async () => {
    const { ours, theirs } = await open();
    const first = player.sent.slice(0, 3);
    expect(first.some((packet) => packet[0] === PacketType.Hello)).toBe(true);
    for (const packet of first) for (let i = 0; i < 3; i++) there.fifo.packet(player.driver.steamId, 0, packet);
    await sleep(HARM_MS);
    await stillTalk(ours, theirs);
    expect(host.connections).toHaveLength(1);
  });

  test('shutdown mutates the map it iterates', async () => {
    const ends = await Promise.all(
      [player, other].flatMap((one) => ['/1', '/2', '/3'].map((target) => open(one, `${target}${one.driver.steamId}`))),
    );
    for (const { theirs } of ends) {
      const onClose = theirs.onClose.bind(theirs);
      theirs.onClose = (...end) => {
        onClose(...end);
        for (const { theirs: one } of ends) one.connection?.close(4_100);
        there.endpoint.release();
      };
    }
    there.endpoint.release();
    expect(there.endpoint.stats()).toEqual([]);
    await until(() => ends.every(({ ours }) => ours.closes.length === 1), 'all are told');
    expect(ends.map(({ ours, theirs }) => [ours.closes[0]?.code, theirs.closes.length])).toEqual(Array(6).fill([1_001, 1]));
    there.endpoint.acquire();
  });

  test('handlers left behind give ghost players when a client later hosts', async () => {
    await open();
    const former = new Host();
    player.endpoint.serve(former)();
    player.endpoint.release();
    player.endpoint.acquire();
    const now = new Host();
    const stop = player.endpoint.serve(now);
    const guest = dial(other.endpoint, player.driver.steamId, '/his');
    await until(() => guest.opened === 1, 'the guest');
    await sleep(HARM_MS);
    expect(now.connections.map(({ target }) => target)).toEqual(['/his']);
    expect([...former.connections, ...former.requested]).toEqual([]);
    stop();
  });

  test('server full looks like a 25 s time-out', async () => {
    await Promise.all([open(player, '/1'), open(other, '/2')]);
    const late = await logIn(5);
    const since = performance.now();
    const refused = dial(late.endpoint, there.driver.steamId);
    await until(() => refused.closes.length > 0, 'the refusal');
    expect(performance.now() - since).toBeLessThan(SOON_MS);
    expect(refused.closes[0]).toMatchObject({ code: 1_006, error: { code: 'full' } });
  });

  test('unreliable over 1200 B silently gone', async () => {
    const { ours, theirs } = await open();
    const sizes = [1_197, 1_198, 1_199, 1_200, 1_201, 5_000, 50_000];
    for (const size of sizes) ours.connection?.send(new Uint8Array(size).fill(7), 'unreliable');
    await until(() => theirs.messages.length === sizes.length, 'all sizes');
    expect(theirs.messages.map(({ length }) => length)).toEqual(sizes);
    expect(theirs.reliable).not.toContain(true);
  });

  test('a false return of send ignored', async () => {
    const { ours, theirs } = await open();
    player.fifo.refuseSends(25);
    await sleep(HARM_MS);
    const sent = Array.from({ length: 60 }, (_, i) => `${i}`);
    for (const text of sent) ours.send(text);
    await until(() => theirs.texts.length === sent.length, 'all of it');
    expect(theirs.texts).toEqual(sent);
    expect(player.endpoint.stats()[0]?.retries).toBeGreaterThan(0);
  });

  test('one packet read per frame: the backlog never clears', async () => {
    const { ours, theirs } = await open();
    const count = 3_000;
    const frames = Array.from({ length: count }, (_, i) => bytes(`${i}`));
    const since = performance.now();
    for (const frame of frames) {
      ours.connection?.send(frame);
      player.endpoint.flush(); // each in a packet of its own
    }
    await until(() => theirs.messages.length === count, 'the backlog');
    // At one packet a frame, 60 frames a second, it would take 50 s.
    expect(performance.now() - since).toBeLessThan(10_000);
    expect(theirs.texts.at(-1)).toBe(`${count - 1}`);
  });

  test('a fixed read buffer truncates', async () => {
    const { ours, theirs } = await open();
    const sizes = [0, 1, 1_199, 1_200, 1_201, 65_535, 65_536, 65_537, 1_048_576];
    for (const size of sizes) ours.connection?.send(new Uint8Array(size).fill(7));
    await until(() => theirs.messages.length === sizes.length, 'all sizes');
    expect(theirs.messages.map(({ length }) => length)).toEqual(sizes);
    expect(theirs.messages.every((message) => message.every((byte) => byte === 7))).toBe(true);
  });

  // With host and player in processes of their own: an event loop that stands still takes its driver along.
  describe('in a game', () => {
    const endpoint = { heartbeatMs: 200, deadAfterMs: 1_500 };
    const play = async (account: number) => {
      const [hostId, playerId] = [account, account + 1].map((one) => String(STEAM_ID_BASE + BigInt(one))) as [string, string];
      const spawn = (program: 'host' | 'player', steamId: string) =>
        new GameProcess(
          program,
          { driver: 'steamworks', hub: HUB, steamId, host: hostId, endpoint },
          doubleEnvironment({ hub: HUB, steamId: BigInt(steamId) }),
        );
      const [there, one] = [spawn('host', hostId), spawn('player', playerId)];
      await one.report('joined');
      return { there, one };
    };
    afterEach(() => GameProcess.endAll());

    test('a peer loading for more than 10 s is dropped as dead: twice deadAfterMs', async () => {
      const { there, one } = await play(11);
      one.tell({ do: 'block', ms: 2 * endpoint.deadAfterMs, announced: true });
      await one.report('awake');
      const before = there.all('accepted').length;
      await there.until(() => there.all('accepted').length > before + 20, 'what he says now');
      expect([there, one].flatMap((each) => [...each.all('dropped'), ...each.all('left')])).toEqual([]);
    });

    test('the goodbye, or the last message before it, lost: at SIGTERM, and behind more than Steam takes at once', async () => {
      const { there, one } = await play(13);
      there.kill('SIGTERM');
      expect(await there.exit).toMatchObject({ code: 0, signal: null });
      expect((await one.report('left')).code).toBe(4_001);
      expect(one.all('heard').map(({ number }) => number)).toEqual(Array.from({ length: 51 }, (_, i) => i));
    });
  });

  test('Steam drops the lobby, P2P works, and code kicks everybody', async () => {
    const { ours, theirs } = await open();
    const lobby = Buffer.alloc(28);
    lobby.writeBigUInt64LE(109_775_240_987_654_321n, 0);
    for (const { driver, fifo } of [there, player]) {
      // He has left it by a lost connection, says Steam, and he was thrown out of it.
      lobby.writeBigUInt64LE(driver.steamId, 8);
      lobby.writeBigUInt64LE(driver.steamId, 16);
      lobby.writeUInt32LE(4, 24);
      fifo.callback(LobbyCallback.ChatUpdate, lobby);
      fifo.callback(LobbyCallback.Kicked, Buffer.concat([lobby.subarray(0, 16), Buffer.of(1, 0, 0, 0, 0, 0, 0, 0)]));
    }
    await sleep(HARM_MS);
    await stillTalk(ours, theirs);
  });

  test('sending to a player who has just left takes the whole server down', async () => {
    const victim = await logIn(6);
    const [gone, stays] = await Promise.all([open(victim, '/gone'), open(player, '/stays')]);
    await crash(victim);
    const timer = setInterval(() => {
      gone.theirs.connection?.send(new Uint8Array(2_000));
      gone.theirs.connection?.send(new Uint8Array(2_000), 'unreliable');
    }, 1);
    await until(() => gone.theirs.closes.length > 0, 'the host knows');
    clearInterval(timer);
    gone.theirs.send('after the end');
    expect(gone.theirs.closes[0]).toMatchObject({ code: 1_006, error: { code: 'connection-lost' } });
    await stillTalk(stays.ours, stays.theirs);
  });

  test('a burst of more than 1 MiB stalls', async () => {
    const { ours, theirs } = await open();
    const since = performance.now();
    for (let i = 0; i < 64; i++) theirs.connection?.send(new Uint8Array(60_000).fill(i));
    theirs.send('after it');
    await until(() => ours.messages.length === 65, 'the burst');
    expect(performance.now() - since).toBeLessThan(5_000);
    expect(ours.messages.slice(0, 64).every((message, i) => message.length === 60_000 && message[0] === i)).toBe(true);
  });
});
