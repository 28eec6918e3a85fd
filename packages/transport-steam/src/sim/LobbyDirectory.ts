import { LobbyEnterResponse, LobbyLimits, LobbyType } from '../driver/LobbyDriver.ts';
import type { LobbyData } from './lobbyPort.ts';
import { Random } from './Random.ts';
import { type LobbySeat, SimulatedLobby } from './SimulatedLobby.ts';
import type { Simulation } from './Simulation.ts';

/**
 * The SteamID of lobby 0: public universe, account type chat, and the flags that Steam's lobbies have today,
 * `k_EChatInstanceFlagLobby` and `k_EChatInstanceFlagMMSLobby`.
 */
const LOBBY_ID_BASE = (1n << 56n) | (8n << 52n) | (0x6_0000n << 32n);
/** Invisible lobbies that a user may be in beside his regular one (Valve). */
const INVISIBLE_PER_USER = 2;
/** Has lists in an order of their own, so that a list changes nothing about the network. */
const LIST_SEED = 0x10bb_1e5;

/** The lobbies of one app on Steam's servers, and who may be in which. */
export class LobbyDirectory {
  readonly #simulation: Simulation;
  readonly #random: Random;
  readonly #lobbies = new Map<bigint, SimulatedLobby>();
  readonly #friends = new Map<bigint, Set<bigint>>();
  /** How many of his next answers a user does not get. */
  readonly #losses = new Map<bigint, number>();
  #lastId = LOBBY_ID_BASE;
  /** Dialogs that users have opened to invite friends. */
  readonly inviteDialogs: { readonly user: bigint; readonly lobby: bigint }[] = [];

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
    this.#random = new Random(simulation.options.seed ^ LIST_SEED);
  }

  get(lobby: bigint): SimulatedLobby | undefined {
    return this.#lobbies.get(lobby);
  }

  get all(): Iterable<SimulatedLobby> {
    return this.#lobbies.values();
  }

  /** The lobbies that a user is in. */
  of(user: bigint): SimulatedLobby[] {
    return [...this.#lobbies.values()].filter((lobby) => lobby.has(user));
  }

  /** Undefined: he is in as many as he may be. */
  create(user: bigint, seat: LobbySeat | undefined, type: LobbyType, memberLimit: number): SimulatedLobby | undefined {
    return this.#mayEnterAnother(user, type) ? this.make(user, seat, type, memberLimit) : undefined;
  }

  /** As {@link create}, for somebody who is in no lobby yet. */
  make(user: bigint, seat: LobbySeat | undefined, type: LobbyType, memberLimit: number): SimulatedLobby {
    const lobby = new SimulatedLobby(this.#simulation, this.#random, ++this.#lastId, type, memberLimit);
    this.#lobbies.set(lobby.id, lobby);
    lobby.add(user, seat);
    return lobby;
  }

  enter(user: bigint, seat: LobbySeat, id: bigint): LobbyEnterResponse {
    const lobby = this.#lobbies.get(id);
    if (lobby === undefined) return LobbyEnterResponse.DoesntExist;
    if (lobby.has(user)) return LobbyEnterResponse.Success;
    if (!lobby.isJoinable) return LobbyEnterResponse.NotAllowed;
    if (lobby.type === LobbyType.FriendsOnly && !this.#isAskedIn(user, lobby)) return LobbyEnterResponse.NotAllowed;
    if (!lobby.hasRoom) return LobbyEnterResponse.Full;
    if (!this.#mayEnterAnother(user, lobby.type)) return LobbyEnterResponse.Error;
    lobby.add(user, seat);
    return LobbyEnterResponse.Success;
  }

  leave(user: bigint, lobby: SimulatedLobby): void {
    lobby.remove(user);
    if (lobby.memberCount === 0) this.#lobbies.delete(lobby.id);
  }

  /** At most as many as Steam lists, drawn from all that it would, so that nobody is in front for being older. */
  list(wanted: LobbyData): SimulatedLobby[] {
    const found = [...this.#lobbies.values()].filter((lobby) => lobby.isListed && this.#isWanted(lobby, wanted));
    const count = Math.min(found.length, LobbyLimits.listed);
    for (let i = 0; i < count; i++) {
      const drawn = i + Math.floor(this.#random.next() * (found.length - i));
      [found[i], found[drawn]] = [found[drawn] as SimulatedLobby, found[i] as SimulatedLobby];
    }
    return found.slice(0, count);
  }

  befriend(a: bigint, b: bigint): void {
    for (const [user, friend] of [
      [a, b],
      [b, a],
    ] as const) {
      const friends = this.#friends.get(user) ?? new Set();
      this.#friends.set(user, friends.add(friend));
    }
  }

  areFriends(a: bigint, b: bigint): boolean {
    return this.#friends.get(a)?.has(b) === true;
  }

  /** The lobby that friends see: neither a private one, nor one in which he wants not to be seen (Valve). */
  lobbyOfFriend(user: bigint, friend: bigint): bigint | undefined {
    if (!this.areFriends(user, friend)) return undefined;
    return this.of(friend).find(({ type }) => type === LobbyType.FriendsOnly || type === LobbyType.Public)?.id;
  }

  losePromises(user: bigint, count: number): void {
    this.#losses.set(user, count);
  }

  /** Whether the answer to what this user asks now is lost. */
  takeLoss(user: bigint): boolean {
    const left = this.#losses.get(user) ?? 0;
    if (left > 0) this.#losses.set(user, left - 1);
    return left > 0;
  }

  clear(): void {
    const lobbies = [...this.#lobbies.values()];
    this.#lobbies.clear();
    for (const lobby of lobbies) {
      for (const member of lobby.members) {
        const seat = lobby.seatOf(member);
        lobby.forgetUnsent(member);
        lobby.remove(member);
        seat?.tellOut(lobby.id);
      }
    }
  }

  #mayEnterAnother(user: bigint, type: LobbyType): boolean {
    const isInvisible = type === LobbyType.Invisible;
    const alike = this.of(user).filter((lobby) => (lobby.type === LobbyType.Invisible) === isInvisible);
    return alike.length < (isInvisible ? INVISIBLE_PER_USER : 1);
  }

  #isAskedIn(user: bigint, lobby: SimulatedLobby): boolean {
    return lobby.invited.has(user) || lobby.members.some((member) => this.areFriends(user, member));
  }

  #isWanted(lobby: SimulatedLobby, wanted: LobbyData): boolean {
    if (!this.#simulation.options.lobbyFilters) return true;
    for (const [key, value] of wanted) if ((lobby.data.get(key) ?? '') !== value) return false;
    return true;
  }
}
