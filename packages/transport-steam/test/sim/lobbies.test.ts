import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type DriverLobby, LobbyEnterResponse, LobbyError, LobbyLimits, LobbyType } from '../../src/driver/LobbyDriver.ts';
import { RichPresenceLimits, SendType } from '../../src/driver/SteamDriver.ts';
import { isLobbyId } from '../../src/driver/steamId.ts';
import { readSimulatedTicket, type SimulatedDriver, SimulatedSteam, type SimulatedSteamOptions } from '../../src/sim.ts';

// What only the simulated Steam does, or lets a test do. What every driver must do is in ../compliance/testLobbies.ts.

const steams: SimulatedSteam[] = [];

function newSteam(options: SimulatedSteamOptions = {}): SimulatedSteam {
  const steam = new SimulatedSteam(options);
  steams.push(steam);
  return steam;
}

/** Whether the promise has settled by now. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const settle = (): void => {
    settled = true;
  };
  promise.then(settle, settle);
  await nextTurn();
  return settled;
}

const refusal = (promise: Promise<unknown>): Promise<LobbyError> =>
  promise.then(
    () => Promise.reject(new Error('it was not refused')),
    (error) => error,
  );

const create = (driver: SimulatedDriver, type: LobbyType = LobbyType.Public, maxMembers = 4) =>
  driver.lobbies.create(type, maxMembers);

afterEach(() => {
  for (const steam of steams.splice(0)) {
    steam.close();
    expect(steam.nextEventAt).toBeUndefined();
  }
});

describe('Lobbies of the simulated Steam', () => {
  test('have ids as on Steam, counted up', async () => {
    const steam = newSteam();
    const first = await create(steam.user());
    const second = await create(steam.user());
    expect(first.id).toBe(109775240917155841n);
    expect(second.id).toBe(first.id + 1n);
    expect(steam.lobbies.ids).toEqual([first.id, second.id]);
    expect(steam.lobbies.ids.every(isLobbyId)).toBe(true);
  });

  test('have 250 members at the most', async () => {
    const steam = newSteam();
    const lobby = await create(steam.user(), LobbyType.Public, 250);
    for (let i = 1; i < 250; i++) await steam.user().lobbies.join(lobby.id);
    expect(lobby.memberCount).toBe(250);
    expect(new Set(lobby.members()).size).toBe(250);
    expect((await refusal(steam.user().lobbies.join(lobby.id))).response).toBe(LobbyEnterResponse.Full);
    lobby.leave();
    const late = await steam.user().lobbies.join(lobby.id);
    expect(late.memberCount).toBe(250);
  });

  test('take no more data than a frame holds, whatever it is made of', async () => {
    const steam = newSteam();
    const [a, b] = [steam.user(), steam.user()];
    const lobby = await create(a);
    const joined = await b.lobbies.join(lobby.id);
    const value = 'v'.repeat(LobbyLimits.valueBytes);
    const chunk = (from: number, count: number, text: string) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`key${from + i}`, text]));
    expect(lobby.setData(chunk(0, 31, value))).toBe(true);
    expect(lobby.setData(chunk(31, 2, value))).toBe(false);
    expect(lobby.setData(chunk(31, 60_000, ''))).toBe(false);
    expect(lobby.setData(chunk(0, 1, 'small'))).toBe(true);
    expect(Object.keys(joined.data()).length).toBe(31);
    expect(joined.data()).toEqual(lobby.data());
    expect(steam.lobbies.inspect(lobby.id)?.data).toEqual(lobby.data());
  });

  test('what is asked and refused tells why', async () => {
    const steam = newSteam();
    const error = await refusal(steam.user().lobbies.join(109775240917155999n));
    expect(error).toBeInstanceOf(LobbyError);
    expect(error.message).toContain('109775240917155999');
    expect(error.message).toContain('DoesntExist');
  });

  test('who is in a lobby may join it again, which changes nothing', async () => {
    const steam = newSteam();
    const [a, b] = [steam.user(), steam.user()];
    const lobby = await create(a, LobbyType.Public, 2);
    await b.lobbies.join(lobby.id);
    lobby.setJoinable(false);
    const again = await b.lobbies.join(lobby.id);
    expect(again.members()).toEqual([a.steamId, b.steamId]);
    again.leave();
    expect(lobby.members()).toEqual([a.steamId]);
  });

  test('go on when a driver is closed: its process does', async () => {
    const steam = newSteam();
    const [a, b] = [steam.user(), steam.user()];
    const lobby = await create(a);
    a.close();
    const joined = await b.lobbies.join(lobby.id);
    expect(lobby.setData({ map: 'dust' })).toBe(true);
    expect(joined.data()).toEqual({ map: 'dust' });
    expect((await create(a, LobbyType.Invisible)).members()).toEqual([a.steamId]);
  });

  test('P2P does not need them', async () => {
    const steam = newSteam();
    const [a, b] = [steam.user(), steam.user()];
    const lobby = await create(a);
    await b.lobbies.join(lobby.id);
    const packets: number[] = [];
    const events = { onSessionRequest() {}, onSessionFailed() {}, onSteamLost() {}, onSteamRestored() {} };
    b.start({
      ...events,
      onSessionRequest: (peer) => b.acceptSession(peer),
      onPacket: (_, bytes) => packets.push(bytes[0] ?? -1),
    });
    a.send(b.steamId, Uint8Array.of(1), SendType.Reliable, 0);
    b.poll(10);
    steam.lobbies.drop(b);
    a.send(b.steamId, Uint8Array.of(2), SendType.Reliable, 0);
    b.poll(10);
    expect(packets).toEqual([1, 2]);
  });
});

describe('Time', () => {
  const delays = { lobbyCallMs: 80, lobbyListMs: 300, lobbyUpdateMs: 100, lobbyExitMs: 2_000 };

  test('each call takes its own', async () => {
    const steam = newSteam(delays);
    const [a, b] = [steam.user(), steam.user()];
    const creating = create(a);
    steam.advance(79);
    expect(await isSettled(creating)).toBe(false);
    steam.advance(1);
    const lobby = await creating;
    const [listing, joining] = [b.lobbies.list(), b.lobbies.join(lobby.id)];
    steam.advance(80);
    expect((await joining).members()).toEqual([a.steamId, b.steamId]);
    // The owner does not see him yet: a session request can be faster than the lobby.
    expect(lobby.members()).toEqual([a.steamId]);
    steam.advance(100);
    expect(lobby.members()).toEqual([a.steamId, b.steamId]);
    steam.advance(119);
    expect(await isSettled(listing)).toBe(false);
    steam.advance(1);
    expect((await listing).map(({ id }) => id)).toEqual([lobby.id]);
  });

  test('what the owner sets travels in batches, and is in no list before', async () => {
    const steam = newSteam({ lobbyUpdateMs: 100 });
    const [a, b, c] = [steam.user(), steam.user(), steam.user()];
    const lobby = await create(a);
    const joined = await b.lobbies.join(lobby.id);
    steam.advance(100);
    let hints = 0;
    await nextTurn();
    b.lobbies.subscribe({ onLobbyChanged: () => hints++ });
    for (let i = 0; i < 10; i++) {
      lobby.setData({ [`key${i}`]: String(i), count: String(i + 1) });
      steam.advance(9);
    }
    expect(joined.data()).toEqual({});
    expect((await c.lobbies.list())[0]?.data()).toEqual({});
    expect(steam.lobbies.inspect(lobby.id)?.data).toEqual({});
    steam.advance(10);
    expect(Object.keys(joined.data())).toHaveLength(11);
    await nextTurn();
    expect(hints).toBe(1);
    expect((await c.lobbies.list())[0]?.data()).toEqual(lobby.data());
    steam.advance(1_000);
    await nextTurn();
    expect(hints).toBe(1);
  });

  test('who leaves sends what he has set; who dies does not', async () => {
    for (const end of ['leave', 'kill'] as const) {
      const steam = newSteam({ lobbyUpdateMs: 100, lobbyExitMs: 500 });
      const [a, b] = [steam.user(), steam.user()];
      const lobby = await create(a);
      const joined = await b.lobbies.join(lobby.id);
      steam.advance(100);
      lobby.setData({ last: 'words' });
      if (end === 'leave') lobby.leave();
      else steam.kill(a);
      steam.advance(600);
      expect(joined.members()).toEqual([b.steamId]);
      expect(joined.owner()).toBe(b.steamId);
      expect(joined.data()).toEqual(end === 'leave' ? { last: 'words' } : {});
    }
  });

  test('by another clock, whatever is read is of now', async () => {
    let now = 0;
    const steam = newSteam({ clock: () => now, lobbyCallMs: 10, lobbyUpdateMs: 100 });
    const [a, b] = [steam.user(), steam.user()];
    const creating = create(a);
    now = 10;
    expect(steam.lobbies.ids).toHaveLength(1);
    const lobby = await creating;
    const joining = b.lobbies.join(lobby.id);
    now = 20;
    expect(steam.lobbies.inspect(lobby.id)?.members).toEqual([a.steamId, b.steamId]);
    const joined = await joining;
    lobby.setData({ map: 'dust' });
    now = 109; // under way since the lobby was made, at 10
    expect([lobby.memberCount, joined.data()]).toEqual([1, {}]);
    now = 110;
    expect([lobby.memberCount, joined.data()]).toEqual([2, { map: 'dust' }]);
  });

  test.each(['lobbyCallMs', 'lobbyListMs', 'lobbyUpdateMs', 'lobbyExitMs'])('%s is checked', (field) => {
    expect(() => new SimulatedSteam({ [field]: -1 })).toThrow(`${field} is -1`);
    expect(() => new SimulatedSteam({ [field]: 3_600_001 })).toThrow(RangeError);
  });
});

describe('Ends', () => {
  test.each(['kill', 'exit', 'loseSteam'] as const)(
    '%s: out of it at once for himself, and after lobbyExitMs for the others',
    async (end) => {
      const steam = newSteam({ lobbyExitMs: 2_000 });
      const [a, b] = [steam.user(), steam.user()];
      const lobby = await create(a);
      const joined = await b.lobbies.join(lobby.id);
      steam[end](a);
      expect([lobby.memberCount, lobby.members(), lobby.owner(), lobby.data()]).toEqual([0, [], undefined, {}]);
      expect(lobby.setData({ map: 'dust' })).toBe(false);
      steam.advance(1_999);
      expect(joined.members()).toEqual([a.steamId, b.steamId]);
      steam.advance(1);
      expect(joined.members()).toEqual([b.steamId]);
      expect(joined.owner()).toBe(b.steamId);
      steam[end](b);
      steam.advance(2_000);
      expect(steam.lobbies.ids).toEqual([]);
    },
  );

  test('whoever is back is not where his former process was, and may have a lobby at once', async () => {
    const steam = newSteam({ lobbyExitMs: 2_000 });
    const [a, b] = [steam.user(), steam.user()];
    const lobby = await create(a);
    const joined = await b.lobbies.join(lobby.id);
    steam.kill(a);
    const again = steam.user({ steamId: a.steamId });
    expect(joined.members()).toEqual([b.steamId]);
    const back = await again.lobbies.join(lobby.id);
    steam.advance(2_000); // the end of the former process is not that of this one
    expect(joined.members()).toEqual([b.steamId, a.steamId]);
    back.leave();
    expect((await create(again)).owner()).toBe(a.steamId);
    expect(lobby.members()).toEqual([]);
    expect((await refusal(create(a))).message).toContain('no connection to Steam');
  });

  test('Steam back before the servers knew that it was gone: the lobby is left all the same', async () => {
    const steam = newSteam({ lobbyExitMs: 2_000 });
    const [a, b] = [steam.user(), steam.user()];
    const lobby = await create(a);
    const joined = await b.lobbies.join(lobby.id);
    steam.loseSteam(a);
    steam.restoreSteam(a);
    expect(joined.members()).toEqual([b.steamId]);
    const back = await a.lobbies.join(lobby.id);
    steam.advance(2_000);
    expect(back.members()).toEqual([b.steamId, a.steamId]);
  });

  test.each(['kill', 'exit', 'loseSteam', 'close'] as const)('%s: what was asked is refused, and not done', async (end) => {
    const steam = newSteam({ lobbyCallMs: 100, lobbyListMs: 100 });
    const a = steam.user();
    const asked = [create(a), a.lobbies.join(109775240917155841n), a.lobbies.list()].map(refusal);
    if (end === 'close') steam.close();
    else steam[end](a);
    for (const error of await Promise.all(asked)) {
      expect(error).toBeInstanceOf(LobbyError);
      expect(error.response).toBeUndefined();
    }
    steam.advance(100);
    expect(steam.lobbies.ids).toEqual([]);
  });
});

describe('Lists', () => {
  const ids = async (driver: SimulatedDriver, wanted?: Record<string, string>) =>
    (await driver.lobbies.list(wanted)).map(({ id }) => id);

  test('a flood of strangers: ours is rarely among the 50, and always where Steam filters', async () => {
    for (const lobbyFilters of [false, true]) {
      const steam = newSteam({ lobbyFilters });
      const [a, b] = [steam.user(), steam.user()];
      const foreign = steam.lobbies.addForeign(1_000, { name: 'SpaceWar', game: 'theirs' });
      const lobby = await create(a);
      lobby.setData({ game: 'ours' });
      let found = 0;
      for (let i = 0; i < 100; i++) {
        const listed = await ids(b, { game: 'ours' });
        expect(listed).toHaveLength(lobbyFilters ? 1 : 50);
        if (listed.includes(lobby.id)) found++;
      }
      if (lobbyFilters) expect(found).toBe(100);
      else expect(found).toBeLessThan(20);
      expect(await ids(b, { game: '' })).toHaveLength(lobbyFilters ? 0 : 50);
      expect(foreign).toHaveLength(1_000);
      lobby.leave();
      const stranger = await b.lobbies.join(foreign[7] as bigint);
      expect(stranger.data()).toEqual({ name: 'SpaceWar', game: 'theirs' });
      expect([stranger.memberCount, stranger.memberLimit]).toEqual([2, 4]);
      expect(stranger.setData({ game: 'ours' })).toBe(false);
      expect(stranger.owner()).not.toBe(b.steamId);
      stranger.leave();
      expect(steam.lobbies.inspect(foreign[7] as bigint)?.members).toHaveLength(1);
    }
  });

  test('favour nobody: each of 100 lobbies is in about half of the lists, anywhere in them', async () => {
    const steam = newSteam();
    const user = steam.user();
    const foreign = steam.lobbies.addForeign(100);
    const [times, first] = [new Map<bigint, number>(), new Set<bigint>()];
    for (let i = 0; i < 400; i++) {
      const listed = await ids(user);
      first.add(listed[0] as bigint);
      for (const id of listed) times.set(id, (times.get(id) ?? 0) + 1);
    }
    for (const id of foreign) {
      expect(times.get(id)).toBeGreaterThan(140);
      expect(times.get(id)).toBeLessThan(260);
    }
    expect(first.size).toBeGreaterThan(80);
  });

  test('the same seed gives the same lists and the same heirs; another gives others', async () => {
    const run = async (seed: number): Promise<bigint[]> => {
      const steam = newSteam({ seed });
      const users = Array.from({ length: 20 }, () => steam.user());
      steam.lobbies.addForeign(80);
      const told: bigint[] = [];
      const lobby = await create(users[0] as SimulatedDriver, LobbyType.Public, 20);
      const joined: DriverLobby[] = [lobby];
      for (const user of users.slice(1)) joined.push(await user.lobbies.join(lobby.id));
      while (joined.length > 1) {
        const owner = lobbyOf(joined).owner() as bigint;
        const [leaving] = joined.splice(
          users.findIndex(({ steamId }) => steamId === owner),
          1,
        );
        users.splice(
          users.findIndex(({ steamId }) => steamId === owner),
          1,
        );
        leaving?.leave();
        told.push(lobbyOf(joined).owner() as bigint, ...(await ids(users[0] as SimulatedDriver)));
      }
      return told;
    };
    const lobbyOf = (joined: DriverLobby[]) => joined[0] as DriverLobby;
    const first = await run(1);
    expect(await run(1)).toEqual(first);
    expect(await run(2)).not.toEqual(first);
  });
});

describe('Controls', () => {
  test('drop: of all his lobbies, and he hears nothing', async () => {
    const steam = newSteam({ lobbyUpdateMs: 50 });
    const [a, b] = [steam.user(), steam.user()];
    const [regular, invisible] = [await create(a), await create(a, LobbyType.Invisible)];
    const joined = await b.lobbies.join(regular.id);
    steam.advance(50);
    await nextTurn();
    const hints: bigint[] = [];
    a.lobbies.subscribe({ onLobbyChanged: (lobby) => hints.push(lobby) });
    regular.setData({ never: 'sent' });
    steam.lobbies.drop(a);
    expect([regular.members(), invisible.members()]).toEqual([[], []]);
    steam.advance(50);
    await nextTurn();
    expect(hints).toEqual([]);
    expect(joined.owner()).toBe(b.steamId);
    expect(joined.data()).toEqual({});
    expect(steam.lobbies.ids).toEqual([regular.id]);
    expect((await create(a)).members()).toEqual([a.steamId]);
    steam.lobbies.drop(steam.user());
    steam.lobbies.drop(76561197960265999n);
  });

  test('losePromises: Steam does it, and nobody is told by the promise', async () => {
    const steam = newSteam();
    const [a, b] = [steam.user(), steam.user()];
    const hints: bigint[] = [];
    a.lobbies.subscribe({ onLobbyChanged: (lobby) => hints.push(lobby) });
    steam.lobbies.losePromises(a, 2);
    const lost = [create(a), a.lobbies.list()];
    expect(await isSettled(Promise.race(lost))).toBe(false);
    const [id] = steam.lobbies.ids;
    expect(steam.lobbies.inspect(id as bigint)?.members).toEqual([a.steamId]);
    // The hint names it: that is how one can come by a lobby whose promise was lost.
    expect(hints).toEqual([id]);
    expect((await refusal(create(a))).response).toBe(LobbyEnterResponse.Error);
    const lobby = await a.lobbies.join(id as bigint);
    expect(lobby.owner()).toBe(a.steamId);
    lobby.leave();
    expect(steam.lobbies.ids).toEqual([]);

    const other = await create(b);
    steam.lobbies.losePromises(a, 1);
    expect(await isSettled(a.lobbies.join(other.id))).toBe(false);
    expect(other.members()).toEqual([b.steamId, a.steamId]);
    expect(() => steam.lobbies.losePromises(a, -1)).toThrow('count is -1');
  });

  test('requestJoin: who runs is told, who does not is started with the arguments', async () => {
    const steam = newSteam();
    const [a, b] = [steam.user(), steam.user()];
    const lobby = await create(a, LobbyType.Private);
    const told: unknown[] = [];
    b.lobbies.subscribe({ onJoinRequested: (id, friend) => told.push(id, friend) });
    expect(steam.lobbies.requestJoin(b, lobby.id, a)).toBeUndefined();
    expect(told).toEqual([]);
    await nextTurn();
    expect(told).toEqual([lobby.id, a.steamId]);
    b.close(); // his process runs on
    expect(steam.lobbies.requestJoin(b, lobby.id)).toBeUndefined();
    await nextTurn();
    expect(told.slice(2)).toEqual([lobby.id, undefined]);
    steam.loseSteam(b);
    expect(() => steam.lobbies.requestJoin(b, lobby.id)).toThrow('no connection to Steam');
    steam.restoreSteam(b);
    steam.kill(b);
    expect(steam.lobbies.requestJoin(b, lobby.id, a)).toEqual(['+connect_lobby', String(lobby.id)]);
    expect(steam.lobbies.requestJoin(76561197960269999n, lobby.id)).toEqual(['+connect_lobby', String(lobby.id)]);
    expect(() => steam.lobbies.requestJoin(b, 5n)).toThrow(RangeError);
  });

  test('invite: by who is in it', async () => {
    const steam = newSteam();
    const [a, b, c] = [steam.user(), steam.user(), steam.user()];
    const lobby = await create(a, LobbyType.FriendsOnly);
    expect(() => steam.lobbies.invite(b, c, lobby.id)).toThrow('is not in lobby');
    steam.lobbies.invite(a, b, lobby.id);
    await b.lobbies.join(lobby.id);
    steam.lobbies.invite(b, c, lobby.id);
    expect((await c.lobbies.join(lobby.id)).memberCount).toBe(3);
  });

  test('a friend of any member may enter a lobby for friends', async () => {
    const steam = newSteam();
    const [a, b, c] = [steam.user(), steam.user(), steam.user()];
    const lobby = await create(a, LobbyType.FriendsOnly);
    steam.lobbies.befriend(a, b);
    steam.lobbies.befriend(b, c);
    expect((await refusal(c.lobbies.join(lobby.id))).response).toBe(LobbyEnterResponse.NotAllowed);
    await b.lobbies.join(lobby.id);
    expect((await c.lobbies.join(lobby.id)).memberCount).toBe(3);
  });

  test('friends see public lobbies and those for friends, and no others', async () => {
    const steam = newSteam();
    const [a, b] = [steam.user(), steam.user()];
    steam.lobbies.befriend(a, b);
    for (const [type, isSeen] of [
      [LobbyType.Private, false],
      [LobbyType.Invisible, false],
      [LobbyType.FriendsOnly, true],
      [LobbyType.Public, true],
    ] as const) {
      const lobby = await create(a, type);
      expect(b.lobbies.lobbyOfFriend?.(a.steamId)).toBe(isSeen ? lobby.id : undefined);
      lobby.leave();
    }
  });

  test('the dialogs of invites are written down', async () => {
    const steam = newSteam();
    const [a, b] = [steam.user(), steam.user()];
    const lobby = await create(a);
    lobby.openInviteDialog();
    const [listed] = await b.lobbies.list();
    listed?.openInviteDialog(); // he is not in it
    expect(steam.lobbies.inviteDialogs).toEqual([{ user: a.steamId, lobby: lobby.id }]);
  });

  test('inspect shows a lobby as the servers have it', async () => {
    const steam = newSteam();
    const [a, b] = [steam.user(), steam.user()];
    const lobby = await create(a, LobbyType.Invisible, 3);
    await b.lobbies.join(lobby.id);
    lobby.setData({ map: 'dust' });
    lobby.setJoinable(false);
    expect(steam.lobbies.inspect(lobby.id)).toEqual({
      id: lobby.id,
      type: LobbyType.Invisible,
      owner: a.steamId,
      members: [a.steamId, b.steamId],
      memberLimit: 3,
      joinable: false,
      data: { map: 'dust' },
    });
    expect(steam.lobbies.inspect(lobby.id + 1n)).toBeUndefined();
  });

  test('clear: no lobby is left', async () => {
    const steam = newSteam({ lobbyUpdateMs: 100 });
    const [a, b] = [steam.user(), steam.user()];
    const lobby = await create(a);
    const joined = await b.lobbies.join(lobby.id);
    lobby.setData({ map: 'dust' });
    steam.lobbies.addForeign(3);
    steam.lobbies.clear();
    steam.advance(100);
    expect([steam.lobbies.ids, lobby.members(), joined.members()]).toEqual([[], [], []]);
    expect(await b.lobbies.list()).toEqual([]);
    expect((await create(b)).owner()).toBe(b.steamId);
  });
});

describe('Rich presence', () => {
  test('has 30 keys at the most, and ends with its process and with Steam', () => {
    const steam = newSteam();
    const a = steam.user();
    for (let i = 0; i < RichPresenceLimits.keys + 5; i++) a.setRichPresence(`key${i}`, 'value');
    expect(Object.keys(steam.lobbies.richPresenceOf(a))).toHaveLength(RichPresenceLimits.keys);
    a.setRichPresence('key3', 'other');
    a.setRichPresence('key4', '');
    a.setRichPresence('new', 'value');
    expect(steam.lobbies.richPresenceOf(a)).toMatchObject({ key3: 'other', new: 'value' });
    expect(steam.lobbies.richPresenceOf(a)).not.toHaveProperty('key4');
    steam.loseSteam(a);
    a.setRichPresence('lost', 'value');
    expect(steam.lobbies.richPresenceOf(a)).toEqual({});
    steam.restoreSteam(a);
    a.setRichPresence('status', 'back');
    expect(steam.lobbies.richPresenceOf(a)).toEqual({ status: 'back' });
    steam.kill(a);
    expect(steam.lobbies.richPresenceOf(a)).toEqual({});
  });
});

describe('Tickets', () => {
  test('can be read, and are good for one service until they are cancelled or their process ends', async () => {
    const steam = newSteam();
    const a = steam.user();
    const [first, second] = [await a.createTicket('login'), await a.createTicket('login')];
    expect(readSimulatedTicket(first.bytes)).toEqual({ steamId: a.steamId, identity: 'login', serial: 1 });
    expect(readSimulatedTicket(second.bytes)?.serial).toBe(2);
    expect(steam.verifyTicket(first.bytes, 'login')).toBe(a.steamId);
    expect(steam.verifyTicket(first.bytes, 'shop')).toBeUndefined();
    first.cancel();
    first.cancel();
    expect(steam.verifyTicket(first.bytes, 'login')).toBeUndefined();
    steam.exit(a);
    expect(steam.verifyTicket(second.bytes, 'login')).toBeUndefined();
    await expect(a.createTicket('login')).rejects.toThrow('no connection to Steam');
    for (const text of ['', '{}', 'null', '{"steamId":"5","identity":"login","serial":1}', '{"steamId":"x"}']) {
      expect(readSimulatedTicket(Buffer.from(text))).toBeUndefined();
    }
    const forged = Buffer.from(JSON.stringify({ steamId: String(a.steamId + 1n), identity: 'login', serial: 2 }));
    expect(steam.verifyTicket(forged, 'login')).toBeUndefined();
    expect(() => a.createTicket('lo\0gin')).toThrow(RangeError);
  });
});
