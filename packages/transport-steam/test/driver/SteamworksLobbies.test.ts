import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { type LobbyDriver, LobbyError, LobbyType } from '../../src/driver/LobbyDriver.ts';
import { type SimulatedDriver, SimulatedSteam } from '../../src/sim.ts';
import {
  SteamCallback,
  SteamCallbacks,
  type SteamworksClient,
  SteamworksDriver,
  type SteamworksLobbyHandle,
} from '../../src/steamworks.ts';
import { testLobbies } from '../compliance/testLobbies.ts';
import { simulatedSteamworks } from '../helpers/simulatedSteamworks.ts';

// On a build of steamworks.js that is simulated, everywhere. test/native has the addon itself.

testLobbies('SteamworksDriver on a simulated build', async () => {
  // The look at members is by a timer; what is simulated is not.
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'clearImmediate', 'nextTick', 'queueMicrotask', 'performance', 'Date'] });
  const steam = new SimulatedSteam();
  return {
    user: async () => new SteamworksDriver(simulatedSteamworks(steam.user())),
    settle: async (ms) => {
      steam.advance(ms);
      jest.advanceTimersByTime(ms);
      await new Promise(setImmediate);
      await new Promise(setImmediate);
    },
    features: {
      tellsWhyNot: false,
      // LobbyChatUpdate, which would tell, aborts the process: who wants to know looks.
      hintsMembers: false,
      filtersInSteam: false,
      losesProtoKey: true,
      lobbyOfFriend: false,
      updateMs: 500,
      requestJoin: async (user, lobby, friend) => void steam.lobbies.requestJoin(user, lobby, friend),
      befriend: async (a, b) => steam.lobbies.befriend(a, b),
      invite: async (from, to, lobby) => steam.lobbies.invite(from, to, lobby),
      drop: async (user) => steam.lobbies.drop(user),
      kill: async (user) => steam.kill(user.steamId),
      loseSteam: async (user) => steam.loseSteam(user),
      restoreSteam: async (user) => steam.restoreSteam(user),
      addForeign: async (count) => void steam.lobbies.addForeign(count),
      richPresenceOf: async (user) => steam.lobbies.richPresenceOf(user),
      verifyTicket: async (ticket, identity) => steam.verifyTicket(ticket, identity),
    },
    close: async () => {
      steam.close();
      jest.useRealTimers();
    },
  };
});

describe('SteamworksLobbies', () => {
  const { LobbyDataUpdate, GameLobbyJoinRequested } = SteamCallback;
  const NOWHERE = 109775240917155840n + 77n;

  let user: SimulatedDriver;
  let client: SteamworksClient;
  let registered: Map<number, (event: unknown) => void>;
  let refused: number;
  /** The registration after so many others throws. */
  const refuse = (which: number) => {
    refused = which;
  };
  const call = (type: SteamCallback, event: unknown) => registered.get(type)?.(event);

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance'] });
    registered = new Map();
    refused = 0;
    user = new SimulatedSteam().user();
    const register: SteamworksClient['callback']['register'] = (type, handler) => {
      if (--refused === 0) throw new Error('refused');
      registered.set(type, handler);
      return { disconnect: () => registered.delete(type) };
    };
    client = { ...simulatedSteamworks(user), callback: { register } };
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const lobbiesOf = (matchmaking: Partial<SteamworksClient['matchmaking']> = {}): LobbyDriver =>
    new SteamworksDriver({ ...client, matchmaking: { ...client.matchmaking!, ...matchmaking } }).lobbies!;

  test('a build without lobbies, rich presence and tickets: a driver without them', () => {
    const driver = new SteamworksDriver(simulatedSteamworks(new SimulatedSteam().user(), { isPoor: true }));
    for (const name of ['lobbies', 'setRichPresence', 'createTicket']) expect(name in driver).toBe(false);
  });

  test('registers what a subscriber wants, while he does, and LobbyChatUpdate never', () => {
    const lobbies = lobbiesOf();
    const before = [...registered.keys()];
    const timers = jest.getTimerCount();
    lobbies.subscribe({});
    expect([...registered.keys()]).toEqual(before);
    const stops = [lobbies.subscribe({ onJoinRequested() {} }), lobbies.subscribe({ onLobbyChanged() {} })];
    expect([...registered.keys()].sort()).toEqual([...before, LobbyDataUpdate, GameLobbyJoinRequested].sort());
    for (const stop of [...stops, ...stops]) stop();
    expect([...registered.keys()]).toEqual(before);
    expect(jest.getTimerCount()).toBe(timers);
  });

  test.each([1, 2])('a subscription whose registration %i fails was none', (which) => {
    const lobbies = lobbiesOf();
    const before = registered.size;
    const timers = jest.getTimerCount();
    refuse(which + before); // what is there is registered again
    expect(() => lobbies.subscribe({ onJoinRequested() {}, onLobbyChanged() {} })).toThrow('refused');
    expect(registered.size).toBe(before);
    expect(jest.getTimerCount()).toBe(timers);
  });

  test('another init has taken all registrations away: the next subscription renews them, and so does who asks with the new client', () => {
    const lobbies = lobbiesOf();
    const requested = jest.fn();
    lobbies.subscribe({ onJoinRequested: requested });
    registered.clear();
    lobbies.subscribe({ onLobbyChanged() {} });
    call(GameLobbyJoinRequested, { lobby_steam_id: 1, friend_steam_id: 0 });
    registered.clear();
    SteamCallbacks.of({ ...client });
    call(GameLobbyJoinRequested, { lobby_steam_id: 2, friend_steam_id: user.steamId });
    // Small ids are numbers, whatever the types say.
    expect(requested.mock.calls).toEqual([
      [1n, undefined],
      [2n, user.steamId],
    ]);
  });

  test('data of a lobby that we are not in is nobody’s business', async () => {
    const lobbies = lobbiesOf();
    const changed: bigint[] = [];
    lobbies.subscribe({ onLobbyChanged: (lobby) => changed.push(lobby) });
    const { id, leave } = await lobbies
      .create(LobbyType.Public, 2)
      .then((lobby) => ({ id: lobby.id, leave: () => lobby.leave() }));
    call(LobbyDataUpdate, { lobby: NOWHERE, member: NOWHERE, success: true });
    expect(changed).toEqual([]);
    call(LobbyDataUpdate, { lobby: id, member: id, success: true });
    leave();
    call(LobbyDataUpdate, { lobby: id, member: id, success: true });
    expect(changed).toEqual([id]);
  });

  test('why Steam refuses, in the words that there are', async () => {
    const refuse = () => Promise.reject(new Error('Failed to join lobby'));
    const lobbies = lobbiesOf({ createLobby: refuse, joinLobby: refuse, getLobbies: refuse });
    for (const [promise, words] of [
      [lobbies.create(LobbyType.Public, 2), 'Steam did not make a lobby: Failed to join lobby'],
      [lobbies.join(NOWHERE), `Steam did not let us into lobby ${NOWHERE}: Failed to join lobby`],
      [lobbies.list(), 'Steam did not list lobbies: Failed to join lobby'],
    ] as const) {
      const error = await promise.catch((error: unknown) => error);
      expect(error).toBeInstanceOf(LobbyError);
      expect(error).toMatchObject({ message: words, response: undefined, cause: new Error('Failed to join lobby') });
    }
  });

  test('a lobby without an id is in no list: another list has come in between', async () => {
    const lobbies = lobbiesOf({ getLobbies: async () => [fakeHandle({ id: 0n }), fakeHandle({ id: NOWHERE })] });
    expect((await lobbies.list()).map(({ id }) => id)).toEqual([NOWHERE]);
  });

  test('data is set by its owner only, whatever Steam says, and all of it', async () => {
    const setData = jest.fn((key: string) => key !== 'refused');
    let owner = user.steamId;
    const handle = fakeHandle({ setData, getOwner: () => ({ steamId64: owner }), getFullData: () => ({ a: '1', reset: '' }) });
    const lobby = await lobbiesOf({ joinLobby: async () => handle }).join(handle.id);
    expect(lobby.setData({ a: '1', b: '' })).toBe(true);
    expect(lobby.setData({ refused: '1', c: '2' })).toBe(false);
    expect(setData.mock.calls).toEqual([
      ['a', '1'],
      ['b', ''],
      ['refused', '1'],
      ['c', '2'],
    ]);
    owner++;
    expect(lobby.setData({ a: '1' })).toBe(false);
    expect(() => lobby.setData({ a: '1', b: '\0' })).toThrow(RangeError);
    expect(setData).toHaveBeenCalledTimes(4);
    // A key that was reset may still be counted.
    expect(lobby.data()).toEqual({ a: '1' });
  });

  function fakeHandle(methods: Partial<SteamworksLobbyHandle>): SteamworksLobbyHandle {
    return {
      id: NOWHERE,
      leave() {},
      openInviteDialog() {},
      getMemberCount: () => 0n,
      getMemberLimit: () => null,
      getMembers: () => [],
      getOwner: () => ({ steamId64: 0n }),
      setJoinable: () => true,
      setData: () => true,
      getFullData: () => ({}),
      ...methods,
    };
  }
});

describe('Tickets of steamworks.js', () => {
  let client: SteamworksClient;
  beforeEach(() => {
    client = simulatedSteamworks(new SimulatedSteam().user());
  });

  test('two at once: steamworks.js rejects the first; of the driver, both come', async () => {
    const auth = client.auth!;
    const answers = await Promise.allSettled([auth.getAuthTicketForWebApi('a'), auth.getAuthTicketForWebApi('b')]);
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);

    // Whichever driver: they share the one Steam.
    const drivers = [new SteamworksDriver(client), new SteamworksDriver({ ...client })];
    const tickets = await Promise.all(drivers.map((driver) => driver.createTicket!('a service')));
    expect(new Set(tickets.map(({ bytes }) => String(bytes))).size).toBe(2);
    expect(Object.getPrototypeOf(tickets[0]?.bytes)).toBe(Uint8Array.prototype);
  });

  test('one that Steam does not give says so, and does not hold up the next', async () => {
    const getAuthTicketForWebApi = jest.fn(client.auth!.getAuthTicketForWebApi);
    getAuthTicketForWebApi.mockRejectedValueOnce(new Error("Steam didn't validated the ticket in time."));
    const driver = new SteamworksDriver({ ...client, auth: { getAuthTicketForWebApi } });
    const [first, second] = [driver.createTicket!('my-game'), driver.createTicket!('my-game')];
    await expect(first).rejects.toThrow("Steam gave no ticket for 'my-game': Steam didn't validated the ticket in time.");
    expect((await second).bytes.length).toBeGreaterThan(0);
    // Each request has an end.
    expect(getAuthTicketForWebApi.mock.calls).toEqual([
      ['my-game', 10],
      ['my-game', 10],
    ]);
  });

  test('cancelled once, however often', async () => {
    const cancel = jest.fn();
    const auth = { getAuthTicketForWebApi: async () => ({ getBytes: () => Buffer.from('ticket'), cancel }) };
    const ticket = await new SteamworksDriver({ ...client, auth }).createTicket!('my-game');
    ticket.cancel();
    ticket.cancel();
    expect(cancel).toHaveBeenCalledTimes(1);
  });

  test('for a service whose name has a NUL it throws at once: steamworks.js would panic', () => {
    expect(() => new SteamworksDriver(client).createTicket!('a\0b')).toThrow(RangeError);
  });
});
