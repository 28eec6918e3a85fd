import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  type DriverLobby,
  type LobbyDriver,
  LobbyEnterResponse,
  LobbyError,
  type LobbyEvents,
  LobbyLimits,
  LobbyType,
} from '../../src/driver/LobbyDriver.ts';
import { RichPresenceLimits, type SteamDriver } from '../../src/driver/SteamDriver.ts';
import { isLobbyId, STEAM_ID_BASE } from '../../src/driver/steamId.ts';

/** What an implementation gives to be tested: fresh for each test, without a lobby in it. */
export interface LobbyHarness {
  /** Logs in another user, whose driver has lobbies. The suite closes it. */
  user(): Promise<SteamDriver>;
  /** Lets so much time of this Steam pass, in which promises settle and events come. */
  settle(ms: number): Promise<void>;
  /** Declared differences, each with its reason at the place that declares it. */
  readonly features: LobbyFeatures;
  close(): Promise<void>;
}

export interface LobbyFeatures {
  /** Whether a `LobbyError` has the response of Steam. */
  readonly tellsWhyNot: boolean;
  /** Whether `wanted` is a filter in Steam, so that others are not in the list. */
  readonly filtersInSteam: boolean;
  /** Whether the binding hands out data without the key `__proto__`, which it assigns to an object. */
  readonly losesProtoKey?: boolean;
  /** Whether `onLobbyChanged` comes for members and owners, too, and not for data alone. */
  readonly hintsMembers: boolean;
  /** Whether there is a `lobbyOfFriend`. */
  readonly lobbyOfFriend: boolean;
  /** Time until Steam, and with it the others, know what one of them did. Unit: ms. */
  readonly updateMs: number;
  /** `user` accepts an invite to `lobby`, or chooses "Join game" of a friend, in the overlay. */
  requestJoin?(user: SteamDriver, lobby: bigint, friend?: bigint): Promise<void>;
  /** They are friends from now on. */
  befriend?(a: SteamDriver, b: SteamDriver): Promise<void>;
  /** `from` invites `to` in the overlay. */
  invite?(from: SteamDriver, to: SteamDriver, lobby: bigint): Promise<void>;
  /** Steam drops a user out of his lobbies, and tells him nothing. */
  drop?(user: SteamDriver): Promise<void>;
  /** The user's process is gone from one moment to the next. */
  kill?(user: SteamDriver): Promise<void>;
  /** Takes the Steam client away from a user, and brings it back. */
  loseSteam?(user: SteamDriver): Promise<void>;
  restoreSteam?(user: SteamDriver): Promise<void>;
  /** So many public lobbies of strangers, with room. */
  addForeign?(count: number): Promise<void>;
  /** What friends see of him. */
  richPresenceOf?(user: SteamDriver): Promise<Record<string, string>>;
  /**
   * Whose ticket it is, as a service that calls itself `identity` hears it from Steam's web API. Undefined: of nobody, or not
   * good any more.
   */
  verifyTicket?(ticket: Uint8Array, identity: string): Promise<bigint | undefined>;
}

/** What cannot be brought about with an implementation, each with the reason: those tests are left out. */
export interface LobbyImpossible {
  readonly requestJoin?: string;
  readonly befriend?: string;
  readonly invite?: string;
  readonly drop?: string;
  readonly kill?: string;
  readonly losingSteam?: string;
  readonly addForeign?: string;
  readonly richPresenceOf?: string;
  readonly verifyTicket?: string;
}

/** A user, his lobbies, and what he was told of them. */
interface Player {
  readonly driver: SteamDriver;
  readonly id: bigint;
  readonly lobbies: LobbyDriver;
  /** Lobbies that `onLobbyChanged` named. */
  readonly changed: bigint[];
  readonly requested: [lobby: bigint, friend: bigint | undefined][];
  unsubscribe(): void;
}

/** Ids that are no lobby's: nobody, a person, the chat of a clan, a lobby of another universe, and numbers out of bounds. */
const NO_LOBBIES = [
  0n,
  STEAM_ID_BASE + 1n,
  103582791429521408n,
  (1n << 56n) | (8n << 52n) | (0x8_0000n << 32n) | 1n,
  (2n << 56n) | (8n << 52n) | (0x4_0000n << 32n) | 1n,
  -1n,
  1n << 64n,
];
/** A lobby that no test makes. */
const NOWHERE = 109775240917155840n + 0xffff_fff0n;
/** Patience for what must happen: on a busy machine this is steps of the harness, not a time that is measured. */
const STEP_MS = 5;
const MOST_STEPS = 2_000;
/** Time given to what must not happen. */
const QUIET_MS = 60;

/** The contract of `LobbyDriver`, and of what goes with it in `SteamDriver`, for every implementation. */
export function testLobbies(name: string, setup: () => Promise<LobbyHarness>, impossible: LobbyImpossible = {}): void {
  const unless = (reason: string | undefined) => (reason === undefined ? test : leftOut);

  describe(`${name} has the lobbies of Steam`, () => {
    let harness: LobbyHarness;
    let drivers: SteamDriver[];

    beforeEach(async () => {
      drivers = [];
      harness = await setup();
    });

    afterEach(async () => {
      for (const driver of drivers) driver.close();
      await harness.close();
    });

    async function player(): Promise<Player> {
      const driver = await harness.user();
      drivers.push(driver);
      const lobbies = given(driver.lobbies);
      const changed: bigint[] = [];
      const requested: [bigint, bigint | undefined][] = [];
      const unsubscribe = lobbies.subscribe({
        onLobbyChanged: (lobby) => changed.push(lobby),
        onJoinRequested: (lobby, friend) => requested.push([lobby, friend]),
      });
      return { driver, id: driver.steamId, lobbies, changed, requested, unsubscribe };
    }

    /** Lets time pass until `isDone`. */
    async function until(isDone: () => boolean): Promise<void> {
      for (let step = 0; step < MOST_STEPS; step++) {
        if (isDone()) return;
        await harness.settle(STEP_MS);
      }
      throw new Error('what the test waits for did not happen');
    }

    /** Lets what was done come to Steam and to the others, and shows what should not come. */
    const carried = () => harness.settle(harness.features.updateMs + QUIET_MS);

    /** What the promise comes to, with the time that it takes. */
    async function outcome<T>(promise: Promise<T>): Promise<T> {
      let isSettled = false;
      const settle = (): void => {
        isSettled = true;
      };
      promise.then(settle, settle);
      await until(() => isSettled);
      return promise;
    }

    /** Steam says no, for this reason where the binding tells. */
    async function expectRefused(promise: Promise<DriverLobby>, response: LobbyEnterResponse): Promise<void> {
      const error = await outcome(promise).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(error).toBeInstanceOf(LobbyError);
      expect((error as LobbyError).response).toBe(harness.features.tellsWhyNot ? response : undefined);
    }

    const create = (owner: Player, type: LobbyType = LobbyType.Public, maxMembers = 4) =>
      outcome(owner.lobbies.create(type, maxMembers));
    const join = (joiner: Player, lobby: DriverLobby) => outcome(joiner.lobbies.join(lobby.id));
    const list = (player: Player, wanted?: Record<string, string>) => outcome(player.lobbies.list(wanted));
    const listedIds = async (player: Player) => (await list(player)).map(({ id }) => id);

    /** Every one of them sees exactly these members, and the first of them as the owner. */
    const agreeOn = (lobbies: DriverLobby[], members: Player[]) =>
      until(() =>
        lobbies.every(
          (lobby) =>
            lobby.owner() === members[0]?.id &&
            lobby.memberCount === members.length &&
            sameMembers(
              lobby.members(),
              members.map(({ id }) => id),
            ),
        ),
      );

    /** A lobby of the first, with all the others in it, and everybody knows it. */
    async function together(type: LobbyType, ...players: [Player, ...Player[]]): Promise<[DriverLobby, ...DriverLobby[]]> {
      const [owner, ...others] = players;
      const lobbies: [DriverLobby, ...DriverLobby[]] = [await create(owner, type, Math.max(4, players.length))];
      for (const other of others) lobbies.push(await join(other, lobbies[0]));
      await agreeOn(lobbies, players);
      await carried();
      for (const player of players) player.changed.length = 0;
      return lobbies;
    }

    describe('create', () => {
      test.each(Object.entries(LobbyType))('%s: the creator owns it, and is in it', async (_name, type) => {
        const a = await player();
        const lobby = await create(a, type, 3);
        expect(isLobbyId(lobby.id)).toBe(true);
        expect([lobby.memberCount, lobby.memberLimit]).toEqual([1, 3]);
        expect(lobby.members()).toEqual([a.id]);
        expect(lobby.owner()).toBe(a.id);
        expect(lobby.data()).toEqual({});
      });

      test('takes 1 to 250 members and a known type; anything else throws at once', async () => {
        const a = await player();
        for (const maxMembers of [0, -1, LobbyLimits.members + 1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
          expect(() => a.lobbies.create(LobbyType.Public, maxMembers)).toThrow(RangeError);
        }
        for (const type of [-1, 4, 0.5, Number.NaN]) {
          expect(() => a.lobbies.create(type as LobbyType, 2)).toThrow(RangeError);
        }
        for (const maxMembers of [1, LobbyLimits.members]) {
          const lobby = await create(a, LobbyType.Public, maxMembers);
          expect(lobby.memberLimit).toBe(maxMembers);
          lobby.leave();
        }
      });

      test('works before the driver is started, and while it is', async () => {
        const [a, b] = [await player(), await player()];
        const lobby = await create(a);
        a.driver.start(silent);
        expect(lobby.setData({ started: 'yes' })).toBe(true);
        b.driver.start(silent);
        const joined = await join(b, lobby);
        await until(() => joined.data().started === 'yes');
        await agreeOn([lobby, joined], [a, b]);
      });

      test('one regular lobby a user, and two invisible ones beside it', async () => {
        const a = await player();
        const regular = await create(a, LobbyType.Private);
        for (const type of [LobbyType.Private, LobbyType.FriendsOnly, LobbyType.Public]) {
          await expectRefused(a.lobbies.create(type, 4), LobbyEnterResponse.Error);
        }
        const invisible = [await create(a, LobbyType.Invisible), await create(a, LobbyType.Invisible)];
        await expectRefused(a.lobbies.create(LobbyType.Invisible, 4), LobbyEnterResponse.Error);
        expect([regular, ...invisible].map((lobby) => lobby.members())).toEqual([[a.id], [a.id], [a.id]]);
        regular.leave();
        expect((await create(a, LobbyType.Public)).owner()).toBe(a.id);
      });
    });

    describe('join', () => {
      test('when it resolves, data and members are there; the others learn of it', async () => {
        const [a, b, c] = [await player(), await player(), await player()];
        const lobby = await create(a, LobbyType.Public, 3);
        lobby.setData({ map: 'dust', mode: 'duel' });
        await carried();
        const joined = await join(b, lobby);
        expect(joined.id).toBe(lobby.id);
        expect(joined.data()).toEqual({ map: 'dust', mode: 'duel' });
        expect(joined.owner()).toBe(a.id);
        expect(sameMembers(joined.members(), [a.id, b.id])).toBe(true);
        expect([joined.memberCount, joined.memberLimit]).toEqual([2, 3]);
        const last = await join(c, lobby);
        await agreeOn([lobby, joined, last], [a, b, c]);
        if (!harness.features.hintsMembers) return;
        await until(() => a.changed.length > 0 && b.changed.length > 0);
        expect(new Set([...a.changed, ...b.changed])).toEqual(new Set([lobby.id]));
      });

      test('an id that is no lobby’s throws at once', async () => {
        const a = await player();
        for (const id of NO_LOBBIES) expect(() => a.lobbies.join(id)).toThrow(RangeError);
      });

      test('a lobby that never was, and one that everybody left, do not exist', async () => {
        const [a, b] = [await player(), await player()];
        await expectRefused(b.lobbies.join(NOWHERE), LobbyEnterResponse.DoesntExist);
        const lobby = await create(a);
        lobby.leave();
        await carried();
        await expectRefused(b.lobbies.join(lobby.id), LobbyEnterResponse.DoesntExist);
        await expectRefused(a.lobbies.join(lobby.id), LobbyEnterResponse.DoesntExist);
      });

      test('a full lobby lets nobody in, until somebody leaves', async () => {
        const [a, b, c] = [await player(), await player(), await player()];
        const lobby = await create(a, LobbyType.Public, 2);
        const joined = await join(b, lobby);
        await expectRefused(c.lobbies.join(lobby.id), LobbyEnterResponse.Full);
        expect(await listedIds(c)).not.toContain(lobby.id);
        joined.leave();
        await agreeOn([lobby], [a]);
        await agreeOn([lobby, await join(c, lobby)], [a, c]);
      });

      test('a lobby that is not joinable lets nobody in, and is in no list', async () => {
        const [a, b] = [await player(), await player()];
        const lobby = await create(a);
        expect(lobby.setJoinable(false)).toBe(true);
        await carried();
        expect(await listedIds(b)).not.toContain(lobby.id);
        await expectRefused(b.lobbies.join(lobby.id), LobbyEnterResponse.NotAllowed);
        expect(lobby.setJoinable(true)).toBe(true);
        await carried();
        expect(await listedIds(b)).toContain(lobby.id);
        const joined = await join(b, lobby);
        expect(joined.setJoinable(false)).toBe(false);
        await agreeOn([lobby, joined], [a, b]);
      });

      test('a second regular lobby is refused, and the first one stays', async () => {
        const [a, b] = [await player(), await player()];
        const first = await create(a);
        const second = await create(b);
        await expectRefused(b.lobbies.join(first.id), LobbyEnterResponse.Error);
        expect(second.members()).toEqual([b.id]);
        expect(first.members()).toEqual([a.id]);
        second.leave();
        await agreeOn([first, await join(b, first)], [a, b]);
      });

      test('a private lobby is not secret: who has the id can join', async () => {
        const [a, b] = [await player(), await player()];
        const lobby = await create(a, LobbyType.Private);
        await agreeOn([lobby, await join(b, lobby)], [a, b]);
      });

      unless(impossible.befriend)('a lobby for friends: a friend may enter, a stranger may not', async () => {
        const befriend = given(harness.features.befriend);
        const [a, b, c] = [await player(), await player(), await player()];
        const lobby = await create(a, LobbyType.FriendsOnly);
        await befriend(a.driver, b.driver);
        await expectRefused(c.lobbies.join(lobby.id), LobbyEnterResponse.NotAllowed);
        await agreeOn([lobby, await join(b, lobby)], [a, b]);
      });

      unless(impossible.invite)('a lobby for friends: whoever is invited may enter', async () => {
        const invite = given(harness.features.invite);
        const [a, b] = [await player(), await player()];
        const lobby = await create(a, LobbyType.FriendsOnly);
        await expectRefused(b.lobbies.join(lobby.id), LobbyEnterResponse.NotAllowed);
        await invite(a.driver, b.driver, lobby.id);
        await agreeOn([lobby, await join(b, lobby)], [a, b]);
      });
    });

    describe('leave', () => {
      test('who leaves is out at once; the others learn of it', async () => {
        const [a, b] = [await player(), await player()];
        const [lobby, joined] = await together(LobbyType.Public, a, b);
        joined?.leave();
        expectLeft(joined);
        joined?.leave();
        expectLeft(joined);
        await agreeOn([lobby], [a]);
        if (harness.features.hintsMembers) {
          await until(() => a.changed.length > 0);
          expect(new Set(a.changed)).toEqual(new Set([lobby.id]));
        }
        expect(joined?.setData({ key: 'value' })).toBe(false);
        expect(joined?.setJoinable(false)).toBe(false);
        expect(lobby.data()).toEqual({});
        await carried();
        expectLeft(joined);
      });

      test('when the owner leaves another member owns it, and may do what owners may', async () => {
        const [a, b] = [await player(), await player()];
        const [lobby, joined] = await together(LobbyType.Public, a, b);
        lobby.setData({ map: 'dust' });
        await until(() => joined?.data().map === 'dust');
        lobby.leave();
        await agreeOn([joined as DriverLobby], [b]);
        expect(joined?.data()).toEqual({ map: 'dust' });
        expect(joined?.setData({ map: '', owner: 'b' })).toBe(true);
        expect(joined?.setJoinable(true)).toBe(true);
        expect(lobby.setData({ map: 'office' })).toBe(false);
        await carried();
        const again = await join(a, lobby);
        expect(again.data()).toEqual({ owner: 'b' });
        await agreeOn([again, joined as DriverLobby], [b, a]);
      });

      test('of one turn with a join: he is in it', async () => {
        const [a, b] = [await player(), await player()];
        const [lobby, joined] = await together(LobbyType.Public, a, b);
        lobby.setData({ turn: '1' });
        joined?.leave();
        const again = await join(b, lobby);
        expect(sameMembers(again.members(), [a.id, b.id])).toBe(true);
        await carried();
        await agreeOn([lobby, again], [a, b]);
        expect(again.data()).toEqual({ turn: '1' });
      });

      unless(impossible.kill)('whose process dies is taken out, and another member is owner', async () => {
        const kill = given(harness.features.kill);
        const [a, b] = [await player(), await player()];
        const [, joined] = await together(LobbyType.Public, a, b);
        await kill(a.driver);
        await agreeOn([joined as DriverLobby], [b]);
        if (harness.features.hintsMembers) await until(() => b.changed.length > 0);
        expect(joined?.setData({ owner: 'b' })).toBe(true);
      });

      unless(impossible.drop)('whom Steam drops hears nothing, and sees nobody', async () => {
        const drop = given(harness.features.drop);
        const [a, b] = [await player(), await player()];
        const [lobby, joined] = await together(LobbyType.Public, a, b);
        await drop(b.driver);
        await until(() => joined?.memberCount === 0);
        expectLeft(joined);
        await agreeOn([lobby], [a]);
        expect(b.changed).toEqual([]);
        joined?.leave();
        await agreeOn([lobby, await join(b, lobby)], [a, b]);
      });

      unless(impossible.losingSteam)('without Steam there are no lobbies; with it there may be again', async () => {
        const loseSteam = given(harness.features.loseSteam);
        const restoreSteam = given(harness.features.restoreSteam);
        const [a, b] = [await player(), await player()];
        const [lobby, joined] = await together(LobbyType.Public, a, b);
        await loseSteam(a.driver);
        await until(() => lobby.memberCount === 0);
        expectLeft(lobby);
        await expect(outcome(a.lobbies.create(LobbyType.Public, 4))).rejects.toBeInstanceOf(LobbyError);
        await expect(outcome(a.lobbies.join(lobby.id))).rejects.toBeInstanceOf(LobbyError);
        await expect(outcome(a.lobbies.list())).rejects.toBeInstanceOf(LobbyError);
        await agreeOn([joined as DriverLobby], [b]);
        await restoreSteam(a.driver);
        await carried();
        await agreeOn([joined as DriverLobby, await join(a, lobby)], [b, a]);
      });
    });

    describe('data', () => {
      test('is seen by the owner at once, and by the others when Steam has carried it', async () => {
        const [a, b] = [await player(), await player()];
        const [lobby, joined] = await together(LobbyType.Public, a, b);
        expect(lobby.setData({ map: 'dust', mode: 'duel' })).toBe(true);
        expect(lobby.data()).toEqual({ map: 'dust', mode: 'duel' });
        expect(lobby.setData({ map: 'office', 'ключ €': 'значение 😀\n' })).toBe(true);
        expect(lobby.setData({})).toBe(true);
        const expected = { map: 'office', mode: 'duel', 'ключ €': 'значение 😀\n' };
        expect(lobby.data()).toEqual(expected);
        await until(() => Object.keys(joined?.data() ?? {}).length === 3);
        expect(joined?.data()).toEqual(expected);
        await until(() => b.changed.length > 0);
        expect(new Set(b.changed)).toEqual(new Set([lobby.id]));
        await carried();
        expect(lobby.data()).toEqual(expected);
      });

      test('an empty value deletes its key', async () => {
        const [a, b] = [await player(), await player()];
        const [lobby, joined] = await together(LobbyType.Public, a, b);
        lobby.setData({ map: 'dust', mode: 'duel' });
        await until(() => joined?.data().mode === 'duel');
        expect(lobby.setData({ map: '', unknown: '' })).toBe(true);
        expect(lobby.data()).toEqual({ mode: 'duel' });
        await until(() => !('map' in (joined?.data() ?? {})));
        expect(joined?.data()).toEqual({ mode: 'duel' });
      });

      test('what data() gave does not change, and changing it changes nothing', async () => {
        const a = await player();
        const lobby = await create(a);
        lobby.setData({ map: 'dust' });
        const before = lobby.data();
        lobby.setData({ map: 'office' });
        expect(before).toEqual({ map: 'dust' });
        before.map = 'nuke';
        expect(lobby.data()).toEqual({ map: 'office' });
      });

      test('is the owner’s to set', async () => {
        const [a, b] = [await player(), await player()];
        const [lobby, joined] = await together(LobbyType.Public, a, b);
        lobby.setData({ map: 'dust' });
        await until(() => joined?.data().map === 'dust');
        expect(joined?.setData({ map: 'office' })).toBe(false);
        expect(joined?.setData({ map: '' })).toBe(false);
        await carried();
        expect([lobby.data(), joined?.data()]).toEqual([{ map: 'dust' }, { map: 'dust' }]);
      });

      test('takes keys and values up to their limits, in bytes of UTF-8', async () => {
        const [a, b] = [await player(), await player()];
        const [lobby, joined] = await together(LobbyType.Public, a, b);
        const data = {
          ['k'.repeat(LobbyLimits.keyBytes)]: 'v'.repeat(LobbyLimits.valueBytes),
          [textOf(LobbyLimits.keyBytes)]: textOf(LobbyLimits.valueBytes),
        };
        expect(lobby.setData(data)).toBe(true);
        expect(lobby.data()).toEqual(data);
        await until(() => Object.keys(joined?.data() ?? {}).length === 2);
        expect(joined?.data()).toEqual(data);
      });

      test('over the limits, without a key or with a NUL it throws, and nothing is set', async () => {
        const a = await player();
        const lobby = await create(a);
        const wrong: [string, string][] = [
          ['k'.repeat(LobbyLimits.keyBytes + 1), 'value'],
          [textOf(LobbyLimits.keyBytes + 1), 'value'],
          ['', 'value'],
          ['', ''],
          ['key\0', 'value'],
          ['\0', ''],
          ['key', 'v'.repeat(LobbyLimits.valueBytes + 1)],
          ['key', textOf(LobbyLimits.valueBytes + 1)],
          ['key', 'va\0lue'],
        ];
        for (const [key, value] of wrong) {
          expect(() => lobby.setData({ first: '1', [key]: value, last: '2' })).toThrow(RangeError);
        }
        expect(lobby.data()).toEqual({});
        lobby.leave();
        expect(() => lobby.setData({ '': 'value' })).toThrow(RangeError);
      });

      test('has keys that an object has by itself, too', async () => {
        const [a, b] = [await player(), await player()];
        const [lobby, joined] = await together(LobbyType.Public, a, b);
        const data = JSON.parse('{ "__proto__": "a", "constructor": "b", "toString": "c" }');
        expect(lobby.setData(data)).toBe(true);
        if (harness.features.losesProtoKey) Reflect.deleteProperty(data, '__proto__');
        await until(() => Object.keys(joined?.data() ?? {}).length === Object.keys(data).length);
        for (const one of [lobby, joined]) expect(Object.entries(one?.data() ?? {}).sort()).toEqual(Object.entries(data).sort());
      });
    });

    describe('list', () => {
      test('shows public and invisible lobbies, with their data and counts, and without their members', async () => {
        const owners = [await player(), await player(), await player(), await player()];
        const lobbies: DriverLobby[] = [];
        for (const [i, type] of Object.values(LobbyType).entries()) {
          const lobby = await create(owners[i] as Player, type, 2 + i);
          lobby.setData({ type: String(type) });
          lobbies.push(lobby);
        }
        await carried();
        const seen = await list(await player());
        const expected = [LobbyType.Public, LobbyType.Invisible].map((type) => lobbies[type] as DriverLobby);
        expect(seen.map(({ id }) => id).sort()).toEqual(expected.map(({ id }) => id).sort());
        for (const lobby of seen) {
          const type = lobby.id === lobbies[LobbyType.Public]?.id ? LobbyType.Public : LobbyType.Invisible;
          expect(lobby.data()).toEqual({ type: String(type) });
          expect([lobby.memberCount, lobby.memberLimit]).toEqual([1, 2 + type]);
          expect(lobby.members()).toEqual([]);
          expect(lobby.owner()).toBeUndefined();
          expect(lobby.setData({ type: 'mine' })).toBe(false);
          expect(lobby.setJoinable(false)).toBe(false);
        }
      });

      test('is empty where there is nothing', async () => {
        expect(await list(await player())).toEqual([]);
      });

      test('what it showed can be entered, and is the same lobby', async () => {
        const [a, b] = [await player(), await player()];
        const lobby = await create(a);
        await carried();
        const [listed] = await list(b);
        expect(listed?.id).toBe(lobby.id);
        const joined = await join(b, lobby);
        await agreeOn([lobby, joined, listed as DriverLobby], [a, b]);
      });

      test('of a lobby that is not in the last one, nothing is known', async () => {
        const [a, b] = [await player(), await player()];
        const lobby = await create(a);
        lobby.setData({ map: 'dust' });
        await carried();
        const [listed] = await list(b);
        expect(listed?.memberCount).toBe(1);
        lobby.leave();
        await carried();
        expect(await list(b)).toEqual([]);
        expectLeft(listed);
      });

      test('with wanted data: a filter where the binding has one, else the same list', async () => {
        const [a, b, c] = [await player(), await player(), await player()];
        const ours = await create(a);
        ours.setData({ game: 'ours', map: 'dust' });
        const theirs = await create(b);
        theirs.setData({ game: 'theirs' });
        await carried();
        const ids = (await list(c, { game: 'ours' })).map(({ id }) => id);
        expect(ids.sort()).toEqual(harness.features.filtersInSteam ? [ours.id] : [ours.id, theirs.id].sort());
      });

      test('wanted data that no lobby can have throws at once', async () => {
        const a = await player();
        expect(() => a.lobbies.list({ '': 'value' })).toThrow(RangeError);
        expect(() => a.lobbies.list({ key: 'va\0lue' })).toThrow(RangeError);
        expect(() => a.lobbies.list({ key: 'v'.repeat(LobbyLimits.valueBytes + 1) })).toThrow(RangeError);
      });

      unless(impossible.addForeign)('has 50 lobbies at the most', async () => {
        const addForeign = given(harness.features.addForeign);
        const a = await player();
        await addForeign(LobbyLimits.listed + 10);
        const ids = await listedIds(a);
        expect(new Set(ids).size).toBe(LobbyLimits.listed);
        expect(ids.every(isLobbyId)).toBe(true);
      });
    });

    describe('events', () => {
      test('come to every subscriber, until he unsubscribes, and never from inside a call', async () => {
        const [a, b] = [await player(), await player()];
        const [lobby] = await together(LobbyType.Public, a, b);
        let isInside = false;
        const told: string[] = [];
        const events = (name: string): LobbyEvents => ({ onLobbyChanged: () => told.push(isInside ? `${name}, inside` : name) });
        const unsubscribes = [a, b].flatMap((player) => [
          player.lobbies.subscribe(events('first')),
          player.lobbies.subscribe(events('second')),
        ]);
        isInside = true;
        lobby.setData({ map: 'dust' });
        lobby.members();
        isInside = false;
        await until(() => told.includes('first') && told.includes('second') && b.changed.length > 0);
        await carried();
        for (const unsubscribe of unsubscribes) unsubscribe();
        expect(new Set(told)).toEqual(new Set(['first', 'second']));
        told.length = 0;
        b.changed.length = 0;
        lobby.setData({ map: 'office' });
        await until(() => b.changed.length > 0);
        await carried();
        expect(told).toEqual([]);
        b.unsubscribe();
        b.changed.length = 0;
        lobby.setData({ map: 'nuke' });
        await carried();
        expect(b.changed).toEqual([]);
      });

      test('a subscriber need not want all of them', async () => {
        const [a, b] = [await player(), await player()];
        const [lobby, joined] = await together(LobbyType.Public, a, b);
        b.lobbies.subscribe({});
        lobby.setData({ map: 'dust' });
        await until(() => joined?.data().map === 'dust' && b.changed.length > 0);
      });

      unless(impossible.requestJoin)('the player asks for a lobby in the overlay', async () => {
        const requestJoin = given(harness.features.requestJoin);
        const [a, b] = [await player(), await player()];
        const lobby = await create(a, LobbyType.Private);
        await requestJoin(b.driver, lobby.id, a.id);
        await until(() => b.requested.length === 1);
        await requestJoin(b.driver, lobby.id);
        await until(() => b.requested.length === 2);
        expect(b.requested).toEqual([
          [lobby.id, a.id],
          [lobby.id, undefined],
        ]);
        expect(a.requested).toEqual([]);
        await agreeOn([lobby, await join(b, lobby)], [a, b]);
      });

      test('the dialog of invites opens without a word', async () => {
        const lobby = await create(await player());
        expect(lobby.openInviteDialog()).toBeUndefined();
        lobby.leave();
        expect(lobby.openInviteDialog()).toBeUndefined();
      });
    });

    describe('a friend’s lobby', () => {
      unless(impossible.befriend)('is known where the binding tells, and only of friends', async () => {
        const befriend = given(harness.features.befriend);
        const [a, b] = [await player(), await player()];
        if (!harness.features.lobbyOfFriend) {
          expect(a.lobbies.lobbyOfFriend).toBeUndefined();
          return;
        }
        const lobby = await create(a, LobbyType.FriendsOnly);
        expect(b.lobbies.lobbyOfFriend?.(a.id)).toBeUndefined();
        await befriend(a.driver, b.driver);
        expect(b.lobbies.lobbyOfFriend?.(a.id)).toBe(lobby.id);
        lobby.leave();
        await until(() => b.lobbies.lobbyOfFriend?.(a.id) === undefined);
      });
    });

    describe('rich presence', () => {
      unless(impossible.richPresenceOf)('is what friends see, until it is taken away', async () => {
        const richPresenceOf = given(harness.features.richPresenceOf);
        const { driver } = await player();
        const { keyBytes, valueBytes } = RichPresenceLimits;
        driver.setRichPresence?.('connect', '+connect_lobby 1');
        driver.setRichPresence?.(textOf(keyBytes), textOf(valueBytes));
        driver.setRichPresence?.('status', 'in the menu');
        driver.setRichPresence?.('status', 'in a match');
        driver.setRichPresence?.('a', 'taken');
        driver.setRichPresence?.('a', undefined);
        driver.setRichPresence?.('never was', undefined);
        await carried();
        expect(await richPresenceOf(driver)).toEqual({
          connect: '+connect_lobby 1',
          status: 'in a match',
          [textOf(keyBytes)]: textOf(valueBytes),
        });
      });

      test('over its limits or with a NUL it throws', async () => {
        const { driver } = await player();
        const { keyBytes, valueBytes } = RichPresenceLimits;
        const set = (key: string, value: string | undefined) => () => given(driver.setRichPresence?.bind(driver))(key, value);
        expect(set('k'.repeat(keyBytes), 'v'.repeat(valueBytes))).not.toThrow();
        expect(set('k'.repeat(keyBytes + 1), 'value')).toThrow(RangeError);
        expect(set('k'.repeat(keyBytes + 1), undefined)).toThrow(RangeError);
        expect(set(textOf(keyBytes + 1), 'value')).toThrow(RangeError);
        expect(set('key', 'v'.repeat(valueBytes + 1))).toThrow(RangeError);
        expect(set('key', textOf(valueBytes + 1))).toThrow(RangeError);
        expect(set('k\0y', 'value')).toThrow(RangeError);
        expect(set('key', 'va\0lue')).toThrow(RangeError);
      });
    });

    describe('tickets', () => {
      test('have bytes, and may be cancelled twice', async () => {
        const { driver } = await player();
        const ticket = await outcome(given(driver.createTicket?.bind(driver))('a service'));
        expect(ticket.bytes).toBeInstanceOf(Uint8Array);
        expect(ticket.bytes.length).toBeGreaterThan(0);
        ticket.cancel();
        ticket.cancel();
      });

      unless(impossible.verifyTicket)('prove a user to the service that they name, until they are cancelled', async () => {
        const verifyTicket = given(harness.features.verifyTicket);
        const [a, b] = [(await player()).driver, (await player()).driver];
        const first = await outcome(given(a.createTicket?.bind(a))('a service'));
        const second = await outcome(given(b.createTicket?.bind(b))('a service'));
        const third = await outcome(given(a.createTicket?.bind(a))('a service'));
        expect(await verifyTicket(first.bytes, 'a service')).toBe(a.steamId);
        expect(await verifyTicket(second.bytes, 'a service')).toBe(b.steamId);
        expect(await verifyTicket(first.bytes, 'another service')).toBeUndefined();
        expect(await verifyTicket(Uint8Array.of(1, 2, 3), 'a service')).toBeUndefined();
        first.cancel();
        await carried();
        expect(await verifyTicket(first.bytes, 'a service')).toBeUndefined();
        expect(await verifyTicket(third.bytes, 'a service')).toBe(a.steamId);
      });
    });
  });
}

/** We are not in it, and do not know of it from a list. */
function expectLeft(lobby: DriverLobby | undefined): void {
  expect(lobby?.members()).toEqual([]);
  expect(lobby?.owner()).toBeUndefined();
  expect(lobby?.memberCount).toBe(0);
}

/** A text of so many bytes of UTF-8, and about a quarter as many characters. */
function textOf(bytes: number): string {
  return '😀'.repeat(Math.floor(bytes / 4)) + 'x'.repeat(bytes % 4);
}

function sameMembers(a: readonly bigint[], b: readonly bigint[]): boolean {
  return a.length === b.length && new Set([...a, ...b]).size === a.length;
}

/** The owner of a driver whom P2P does not interest. */
const silent = {
  onSessionRequest() {},
  onSessionFailed() {},
  onPacket() {},
  onSteamLost() {},
  onSteamRestored() {},
};

function leftOut(_name: string, _test: () => Promise<void>): void {}

function given<T>(feature: T | undefined): T {
  if (feature === undefined) throw new Error('the harness neither has this feature nor says why it is impossible');
  return feature;
}
