import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, jest, test } from '@jest/globals';
import { LobbyEnterResponse, LobbyError, LobbyType } from '../../src/driver/LobbyDriver.ts';
import {
  connectHubControl,
  connectToHub,
  type HubControl,
  type HubDriver,
  type HubSteamOptions,
  readSimulatedTicket,
} from '../../src/sim.ts';
import { testLobbies } from '../compliance/testLobbies.ts';

jest.setTimeout(60_000);

/** Long, because two cores may be busy with other tests. */
const PATIENCE_MS = 20_000;
const hubs = new Set<number>();
const open: { close(): void }[] = [];
const children: ChildProcess[] = [];
let count = 0;

/** A hub of its own for each test. */
const newName = (): string => `lobby-${process.pid}-${count++}`;

async function until(isDone: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await sleep(2)) if (await isDone()) return;
  throw new Error('what the test waits for did not happen');
}

async function newControl(name: string, steam: HubSteamOptions = {}): Promise<HubControl> {
  const control = await connectHubControl({ name, steam });
  open.push(control);
  hubs.add((await control.status()).pid);
  return control;
}

async function newUser(name: string, steamId?: bigint): Promise<HubDriver> {
  const driver = await connectToHub({ name, ...(steamId === undefined ? {} : { steamId }) });
  open.push(driver);
  return driver;
}

/** A user in another process, and the lines that it prints. */
function newProcess(name: string, mode: string): { child: ChildProcess; line(): Promise<Record<string, string>> } {
  const file = fileURLToPath(new URL('./hubLobbyUser.ts', import.meta.url));
  const child = spawn(process.execPath, [file, JSON.stringify({ name }), mode], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return { child, line: async () => JSON.parse((await lines.next()).value ?? '{}') };
}

afterEach(() => {
  for (const one of open.splice(0)) one.close();
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

afterAll(async () => {
  await until(() => ![...hubs].some(isAlive));
}, PATIENCE_MS + 1_000);

const cases: Record<string, HubSteamOptions> = {
  'at once': { lobbyCallMs: 0, lobbyListMs: 0, lobbyUpdateMs: 0, lobbyExitMs: 0 },
  'with filters, and in its time': { lobbyCallMs: 10, lobbyListMs: 20, lobbyUpdateMs: 20, lobbyExitMs: 20, lobbyFilters: true },
};
for (const [name, steam] of Object.entries(cases)) {
  const address = { name: `lobbies-${process.pid}-${steam.lobbyCallMs}`, steam };
  testLobbies(
    `The hub driver, ${name},`,
    async () => {
      const control = await connectHubControl(address);
      hubs.add((await control.status()).pid);
      return {
        user: () => connectToHub(address),
        settle: (ms) => sleep(ms),
        features: {
          tellsWhyNot: true,
          hintsMembers: true,
          filtersInSteam: steam.lobbyFilters ?? false,
          // The hub has no friends list to hand out: nobody asked for one beyond one process.
          lobbyOfFriend: false,
          updateMs: steam.lobbyUpdateMs ?? 0,
          requestJoin: async (user, lobby, friend) => void (await control.lobbies.requestJoin(user, lobby, friend)),
          befriend: (a, b) => control.lobbies.befriend(a, b),
          invite: (from, to, lobby) => control.lobbies.invite(from, to, lobby),
          drop: (user) => control.lobbies.drop(user),
          // To the hub it is the end of the process.
          kill: async (user) => user.close(),
          loseSteam: (user) => control.loseSteam(user),
          restoreSteam: (user) => control.restoreSteam(user),
          addForeign: async (count) => void (await control.lobbies.addForeign(count)),
          richPresenceOf: (user) => control.lobbies.richPresenceOf(user),
        },
        close: async () => {
          await control.lobbies.clear();
          control.close();
        },
      };
    },
    { verifyTicket: 'a ticket of a user of the hub is known to his own process only' },
  );
}

const AT_ONCE = { lobbyCallMs: 0, lobbyListMs: 0, lobbyUpdateMs: 0, lobbyExitMs: 0 };

/** Timers are counted in whole milliseconds, in the process of the hub and in this one: an answer may seem to come a little early. */
const CLOCKS_MS = 2;

describe('Lobbies of the hub', () => {
  test('take their time, unless told otherwise', async () => {
    const name = newName();
    await newControl(name);
    const user = await newUser(name);
    const began = performance.now();
    await user.lobbies.create(LobbyType.Public, 4);
    expect(performance.now() - began).toBeGreaterThanOrEqual(100 - CLOCKS_MS);
    const asked = performance.now();
    expect(await user.lobbies.list()).toHaveLength(1);
    expect(performance.now() - asked).toBeGreaterThanOrEqual(300 - CLOCKS_MS);
  });

  test('a process that is killed is taken out, and its lobby goes to who is in it', async () => {
    const name = newName();
    const control = await newControl(name, { ...AT_ONCE, lobbyExitMs: 300 });
    const { child, line } = newProcess(name, 'stay');
    const { steamId, lobby: id } = await line();
    const user = await newUser(name);
    const lobby = await user.lobbies.join(BigInt(id as string));
    expect(lobby.members()).toEqual([BigInt(steamId as string), user.steamId]);
    const died = performance.now();
    child.kill('SIGKILL');
    await until(() => lobby.memberCount === 1);
    expect(performance.now() - died).toBeGreaterThanOrEqual(250);
    expect(lobby.owner()).toBe(user.steamId);
    expect(lobby.data()).toEqual({ map: 'dust' });
    expect(lobby.setData({ map: 'office' })).toBe(true);
    await until(async () => (await control.lobbies.inspect(lobby.id))?.data.map === 'office');
  });

  test('a call that is under way when the driver is closed is refused, and holds no process back', async () => {
    const name = newName();
    const control = await newControl(name, { ...AT_ONCE, lobbyCallMs: 600_000 });
    const { child, line } = newProcess(name, 'close');
    const { steamId } = await line();
    expect((await control.status()).users).toEqual([BigInt(steamId as string)]);
    const ended = new Promise((resolve) => child.on('exit', resolve));
    child.stdin?.write('go');
    expect((await line()).became).toContain('LobbyError: Steam did not make a lobby: the driver was closed');
    expect(await ended).toBe(0);
    expect(await control.lobbies.ids()).toEqual([]);
  });

  test('a hub that is killed: lobbies are gone, what was asked is refused, and the next hub has none', async () => {
    const name = newName();
    const control = await newControl(name, AT_ONCE);
    const [a, b] = [await newUser(name), await newUser(name)];
    const lobby = await a.lobbies.create(LobbyType.Public, 4);
    const joined = await b.lobbies.join(lobby.id);
    await control.lobbies.losePromises(a, 1);
    const asked = a.lobbies.list().catch((error: unknown) => error);
    process.kill((await control.status()).pid, 'SIGKILL');
    expect(await asked).toBeInstanceOf(LobbyError);
    await until(() => joined.memberCount === 0);
    expect([lobby.members(), lobby.owner(), lobby.data(), joined.members()]).toEqual([[], undefined, {}, []]);
    expect(lobby.setData({ map: 'dust' })).toBe(false);
    lobby.leave();
    await until(() =>
      a.lobbies.list().then(
        (found) => found.length === 0,
        () => false,
      ),
    );
    await newControl(name); // for its pid
    expect((await a.lobbies.create(LobbyType.Public, 4)).members()).toEqual([a.steamId]);
  });

  test('a driver that was closed has lobbies again when it is started', async () => {
    const name = newName();
    await newControl(name, AT_ONCE);
    const [a, b] = [await newUser(name), await newUser(name)];
    const lobby = await a.lobbies.create(LobbyType.Public, 4);
    const joined = await b.lobbies.join(lobby.id);
    a.close();
    expect(lobby.members()).toEqual([]);
    await expect(a.lobbies.create(LobbyType.Public, 4)).rejects.toThrow('no connection to Steam');
    await expect(a.createTicket('login')).rejects.toThrow('no connection to Steam');
    await until(() => joined.memberCount === 1);
    a.start({ onSessionRequest() {}, onSessionFailed() {}, onPacket() {}, onSteamLost() {}, onSteamRestored() {} });
    await until(() =>
      a.lobbies.join(lobby.id).then(
        () => true,
        () => false,
      ),
    );
    expect(lobby.members()).toEqual([b.steamId, a.steamId]);
  });

  test('a lost promise: the act is done, and the hint names the lobby', async () => {
    const name = newName();
    const control = await newControl(name, AT_ONCE);
    const user = await newUser(name);
    const hints: bigint[] = [];
    user.lobbies.subscribe({ onLobbyChanged: (lobby) => hints.push(lobby) });
    await control.lobbies.losePromises(user, 1);
    let settled = 0;
    void user.lobbies
      .create(LobbyType.Private, 4)
      .finally(() => settled++)
      .catch(() => {});
    await until(() => hints.length === 1);
    expect((await control.lobbies.inspect(hints[0] as bigint))?.owner).toBe(user.steamId);
    await expect(user.lobbies.create(LobbyType.Private, 4)).rejects.toMatchObject({ response: LobbyEnterResponse.Error });
    expect(settled).toBe(0);
    expect((await user.lobbies.join(hints[0] as bigint)).members()).toEqual([user.steamId]);
  });

  test('what people and Steam do, from any process', async () => {
    const name = newName();
    const { lobbies } = await newControl(name, AT_ONCE);
    const [a, b] = [await newUser(name), await newUser(name)];
    const lobby = await a.lobbies.create(LobbyType.FriendsOnly, 4);
    lobby.setData(JSON.parse('{ "map": "dust", "__proto__": "x" }'));
    lobby.openInviteDialog();
    lobby.setJoinable(false);
    await until(async () => (await lobbies.inspect(lobby.id))?.joinable === false);
    const inspected = await lobbies.inspect(lobby.id);
    expect(inspected).toMatchObject({
      id: lobby.id,
      type: LobbyType.FriendsOnly,
      owner: a.steamId,
      members: [a.steamId],
      memberLimit: 4,
    });
    expect(Object.entries(inspected?.data ?? {})).toEqual([
      ['map', 'dust'],
      ['__proto__', 'x'],
    ]);
    expect(await lobbies.inspect(lobby.id + 9n)).toBeUndefined();
    expect(await lobbies.inviteDialogs()).toEqual([{ user: a.steamId, lobby: lobby.id }]);
    expect(await lobbies.requestJoin(b, lobby.id, a)).toBeUndefined();
    expect(await lobbies.requestJoin(76561197960269999n, lobby.id)).toEqual(['+connect_lobby', String(lobby.id)]);
    const foreign = await lobbies.addForeign(3, { game: 'theirs' });
    expect((await b.lobbies.list()).map(({ id }) => id).sort()).toEqual(foreign.sort());
    expect(await lobbies.addForeign(1)).toHaveLength(1);
    expect(await lobbies.ids()).toHaveLength(5);
    await lobbies.clear();
    expect(await lobbies.ids()).toEqual([]);
    await expect(lobbies.invite(a, b, lobby.id)).rejects.toThrow('is not in lobby');
    await expect(lobbies.requestJoin(b, 5n)).rejects.toThrow('lobby is 5');
    await expect(lobbies.addForeign(-1)).rejects.toThrow('count is -1');
    await expect(lobbies.addForeign(1, { '': 'x' })).rejects.toThrow('a key of lobby data');
    await expect(lobbies.befriend(a, 5n)).rejects.toThrow('5');
  });

  test('tickets can be read', async () => {
    const name = newName();
    await newControl(name);
    const user = await newUser(name);
    const { bytes } = await user.createTicket('login');
    expect(readSimulatedTicket(bytes)).toEqual({ steamId: user.steamId, identity: 'login', serial: 1 });
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
