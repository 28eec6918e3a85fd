import { LobbyType } from '../driver/LobbyDriver.ts';
import type { ScheduledEvent } from './EventQueue.ts';
import { type LobbyData, type LobbyView, mergeData } from './lobbyPort.ts';
import type { Random } from './Random.ts';
import type { Simulation } from './Simulation.ts';

/** Steam's side of one member's process. */
export interface LobbySeat {
  tell(view: LobbyView): void;
  /** He is out of it, and was not asked. */
  tellOut(lobby: bigint): void;
}

/** One lobby as Steam's servers have it. */
export class SimulatedLobby {
  readonly id: bigint;
  readonly type: LobbyType;
  readonly memberLimit: number;
  isJoinable = true;
  /** Who was asked in by a member. */
  readonly invited = new Set<bigint>();

  readonly #simulation: Simulation;
  readonly #random: Random;
  /** Members in the order of their coming. Strangers, of whom no process is simulated, have no seat. */
  readonly #members = new Map<bigint, LobbySeat | undefined>();
  #owner = 0n;
  #data: LobbyData = new Map();
  /** The data as its owner has it, who alone sets it, while his Steam client has not sent that. */
  #unsent: LobbyData | undefined;
  #update: ScheduledEvent | undefined;

  constructor(simulation: Simulation, random: Random, id: bigint, type: LobbyType, memberLimit: number) {
    this.#simulation = simulation;
    this.#random = random;
    this.id = id;
    this.type = type;
    this.memberLimit = memberLimit;
  }

  get owner(): bigint {
    return this.#owner;
  }

  get members(): bigint[] {
    return [...this.#members.keys()];
  }

  get memberCount(): number {
    return this.#members.size;
  }

  get hasRoom(): boolean {
    return this.#members.size < this.memberLimit;
  }

  /** What everybody may know of it: without what its owner has not sent yet. */
  get data(): LobbyData {
    return this.#data;
  }

  get isListed(): boolean {
    return (this.type === LobbyType.Public || this.type === LobbyType.Invisible) && this.isJoinable && this.hasRoom;
  }

  has(user: bigint): boolean {
    return this.#members.has(user);
  }

  seatOf(user: bigint): LobbySeat | undefined {
    return this.#members.get(user);
  }

  /** The first one owns it. */
  add(user: bigint, seat: LobbySeat | undefined): void {
    if (this.#members.size === 0) this.#owner = user;
    this.#members.set(user, seat);
    this.#changed();
  }

  /** When the owner goes, any of the others is owner: Valve does not say who. */
  remove(user: bigint): void {
    if (!this.#members.has(user)) return;
    if (user === this.#owner) this.send();
    this.#members.delete(user);
    if (user === this.#owner && this.#members.size > 0) {
      this.#owner = this.members[Math.floor(this.#random.next() * this.#members.size)] as bigint;
    }
    this.#changed();
  }

  /** False: he does not own it, or it is too much. */
  setData(user: bigint, changes: LobbyData): boolean {
    if (user !== this.#owner || !this.#members.has(user)) return false;
    const data = mergeData(this.#unsent ?? this.#data, changes);
    if (data === undefined) return false;
    this.#unsent = data;
    this.#changed();
    return true;
  }

  /** What the owner has set leaves his Steam client. */
  send(): void {
    this.#data = this.#unsent ?? this.#data;
    this.#unsent = undefined;
  }

  /** His Steam client is gone, with what it had not sent. */
  forgetUnsent(user: bigint): void {
    if (user === this.#owner) this.#unsent = undefined;
  }

  /** What this user may know of it. */
  viewOf(user: bigint): LobbyView {
    const isMember = this.#members.has(user);
    return {
      lobby: this.id,
      isMember,
      owner: isMember ? this.#owner : 0n,
      members: isMember ? this.members : [],
      memberCount: this.#members.size,
      memberLimit: this.memberLimit,
      data: (isMember && user === this.#owner ? this.#unsent : undefined) ?? this.#data,
    };
  }

  /** Changes within `lobbyUpdateMs` travel together: Steam sends data in batches (Valve). */
  #changed(): void {
    const { lobbyUpdateMs } = this.#simulation.options;
    if (lobbyUpdateMs === 0) this.#tellAll();
    else this.#update ??= this.#simulation.after(lobbyUpdateMs, () => this.#tellAll());
  }

  #tellAll(): void {
    this.#update = undefined;
    this.send();
    for (const [user, seat] of this.#members) seat?.tell(this.viewOf(user));
  }
}
