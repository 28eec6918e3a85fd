import { checkLobbyData, checkLobbyId } from '../driver/checkLobby.ts';
import { LobbyType } from '../driver/LobbyDriver.ts';
import { STEAM_ID_BASE } from '../driver/steamId.ts';
import { checkNumber } from './checks.ts';
import type { Simulation } from './Simulation.ts';
import type { SteamProcess } from './SteamProcess.ts';
import { idOf, type UserRef } from './userRef.ts';

/** A lobby as Steam's servers have it. */
export interface LobbyInspection {
  readonly id: bigint;
  readonly type: LobbyType;
  readonly owner: bigint;
  /** In the order of their coming. */
  readonly members: readonly bigint[];
  readonly memberLimit: number;
  readonly joinable: boolean;
  /** Without what the owner set less than `lobbyUpdateMs` ago. */
  readonly data: Readonly<Record<string, string>>;
}

/** Account of the first owner of a foreign lobby: far from those that are given to users. */
const FIRST_STRANGER = STEAM_ID_BASE + 3_000_000_000n;
const FOREIGN_MEMBERS = 4;
const MOST_FOREIGN = 100_000;

/** What people and Steam do to the lobbies of a simulated Steam: `SimulatedSteam.lobbies`. */
export class LobbyControls {
  readonly #simulation: Simulation;
  #nextStranger = FIRST_STRANGER;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  /** All lobbies that there are, the oldest first. */
  get ids(): bigint[] {
    this.#simulation.runDue();
    return [...this.#simulation.lobbies.all].map(({ id }) => id);
  }

  /** The dialogs that players opened to invite friends, in their order. */
  get inviteDialogs(): readonly { readonly user: bigint; readonly lobby: bigint }[] {
    return this.#simulation.lobbies.inviteDialogs;
  }

  /** Undefined: there is no such lobby, or nobody is in it any more. */
  inspect(lobby: bigint): LobbyInspection | undefined {
    this.#simulation.runDue();
    const found = this.#simulation.lobbies.get(lobby);
    if (found === undefined) return undefined;
    const { id, type, owner, members, memberLimit, isJoinable: joinable } = found;
    return { id, type, owner, members, memberLimit, joinable, data: Object.fromEntries(found.data) };
  }

  /** They are friends from now on. */
  befriend(a: UserRef, b: UserRef): void {
    this.#simulation.lobbies.befriend(idOf(a), idOf(b));
  }

  /**
   * `from`, who is in the lobby, invites `to`, who may enter it then. {@link requestJoin} is his accepting it.
   *
   * @throws Error when `from` is not in it
   */
  invite(from: UserRef, to: UserRef, lobby: bigint): void {
    this.#simulation.runDue();
    const inviter = idOf(from);
    const found = this.#simulation.lobbies.get(lobby);
    if (found?.has(inviter) !== true) throw new Error(`${inviter} is not in lobby ${lobby}, and cannot invite to it`);
    found.invited.add(idOf(to));
  }

  /**
   * The user accepts an invite, or clicks "Join game" of a friend, in the overlay: his process hears `onJoinRequested`. When none
   * of his runs, Steam starts the game, with the arguments that this returns.
   *
   * @throws Error when his connection to Steam is lost: he has no overlay
   */
  requestJoin(user: UserRef, lobby: bigint, friend?: UserRef): readonly string[] | undefined {
    checkLobbyId(lobby);
    const process = this.#process(user);
    if (process === undefined) return ['+connect_lobby', String(lobby)];
    if (!process.isReachable) throw new Error(`${process.user.steamId} has no connection to Steam, and so no overlay`);
    process.lobbies.news?.joinRequested(lobby, friend === undefined ? 0n : idOf(friend));
    return undefined;
  }

  /** Steam drops the user out of his lobbies and tells him nothing; P2P goes on. */
  drop(user: UserRef): void {
    this.#process(user)?.lobbies.drop();
  }

  /**
   * So many public lobbies of strangers who play something else with the same app id, as 480 is full of. Each has one member and
   * room for three. Returns their ids.
   *
   * @throws RangeError, TypeError naming what is wrong
   */
  addForeign(count: number, data: Readonly<Record<string, string>> = { name: "Somebody's lobby" }): bigint[] {
    checkNumber('count', count, 0, MOST_FOREIGN);
    checkLobbyData(data);
    return Array.from({ length: count }, () => {
      const stranger = this.#nextStranger++;
      const lobby = this.#simulation.lobbies.make(stranger, undefined, LobbyType.Public, FOREIGN_MEMBERS);
      lobby.setData(stranger, new Map(Object.entries(data)));
      lobby.send();
      return lobby.id;
    });
  }

  /** The next `count` of his calls of `create`, `join` and `list` are carried out, but their promises never settle. */
  losePromises(user: UserRef, count: number): void {
    this.#simulation.lobbies.losePromises(idOf(user), checkNumber('count', count, 0, Number.MAX_SAFE_INTEGER));
  }

  /** What friends see of what he does. */
  richPresenceOf(user: UserRef): Record<string, string> {
    return this.#process(user)?.richPresence.toRecord() ?? {};
  }

  /** All lobbies are gone, foreign ones too. Who was in them is told no more than by {@link drop}. */
  clear(): void {
    this.#simulation.runDue();
    this.#simulation.lobbies.clear();
  }

  #process(user: UserRef): SteamProcess | undefined {
    this.#simulation.runDue();
    return this.#simulation.user(idOf(user)).process;
  }
}
