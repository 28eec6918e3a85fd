import type { Endpoint } from '../connection/Endpoint.ts';
import { guard } from '../connection/guard.ts';
import type { DriverLobby, LobbyDriver } from '../driver/LobbyDriver.ts';

/** Between two looks: Steam does not tell everything that changes in a lobby. Unit: ms. */
const LOOK_MS = 1_000;

/** While somebody waits for a member to appear. Unit: ms. */
const HURRIED_LOOK_MS = 100;

/** So long without us among its members: Steam has dropped us, though sessions may go on. Unit: ms. */
const DROPPED_MS = 1_000;

/** What happens in a lobby. Nothing is called after {@link LobbyEvents.onEnd}. */
export interface LobbyEvents {
  /** Others, and ourselves, once we see the first of them. */
  onMembers?(joined: readonly bigint[], left: readonly bigint[]): void;
  /** Another member is the owner: the former one left. */
  onOwner?(owner: bigint, former: bigint | undefined): void;
  onData?(data: Readonly<Record<string, string>>): void;
  /** We are not in it any more: we left, or Steam dropped us, which ends no session. Exactly once; from inside `leave()`. */
  onEnd?(why: 'left' | 'dropped'): void;
}

/** A lobby that we are in. Holds the endpoint until we are not. */
export class Lobby {
  readonly id: bigint;
  /** Whose lobby it is in this process. */
  readonly endpoint: Endpoint;
  readonly #handle: DriverLobby;
  readonly #watchers = new Set<LobbyEvents>();
  readonly #release: () => void;
  #members: readonly bigint[];
  #owner: bigint | undefined;
  #data: Readonly<Record<string, string>>;
  #isOver = false;
  #lookAt: number;
  #hurriedUntil = Number.NEGATIVE_INFINITY;
  #missingSince: number | undefined;

  constructor(endpoint: Endpoint, driver: LobbyDriver, handle: DriverLobby) {
    this.id = handle.id;
    this.#handle = handle;
    this.endpoint = endpoint;
    this.#members = handle.members();
    this.#owner = handle.owner();
    this.#data = handle.data();
    this.#lookAt = endpoint.now() + LOOK_MS;
    endpoint.acquire();
    const stopTicking = endpoint.onTick((now) => this.#tick(now));
    const unsubscribe = driver.subscribe({
      onLobbyChanged: (lobby) => {
        if (lobby === this.id) this.#lookAt = Number.NEGATIVE_INFINITY;
      },
    });
    this.#release = () => {
      stopTicking();
      unsubscribe();
      endpoint.release();
    };
  }

  /** Everybody in it, ourselves included: as we saw it last, a second ago at most. */
  get members(): readonly bigint[] {
    return this.#members;
  }

  get memberLimit(): number {
    return this.#handle.memberLimit;
  }

  get owner(): bigint | undefined {
    return this.#owner;
  }

  get isOwner(): boolean {
    return this.#owner === this.endpoint.steamId;
  }

  get data(): Readonly<Record<string, string>> {
    return this.#data;
  }

  /** We left, or were dropped. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Has `events` called until the returned function is. */
  watch(events: LobbyEvents): () => void {
    const own = { ...events };
    this.#watchers.add(own);
    return () => this.#watchers.delete(own);
  }

  /** Asks Steam itself, now: for a member who has just come. */
  has(member: bigint): boolean {
    return !this.#isOver && (this.#members.includes(member) || this.#handle.members().includes(member));
  }

  /** Looks ten times a second for so long: somebody waits for a member to appear. */
  hurry(ms: number): void {
    this.#hurriedUntil = Math.max(this.#hurriedUntil, this.endpoint.now() + ms);
    this.#lookAt = Math.min(this.#lookAt, this.endpoint.now() + HURRIED_LOOK_MS);
  }

  /**
   * Sets data of the lobby, and deletes what is empty. False when Steam refuses: we do not own it.
   *
   * @throws RangeError for a key or a value over `LobbyLimits`, or either with a NUL character; nothing is set then
   */
  setData(changes: Readonly<Record<string, string>>): boolean {
    if (this.#isOver) return false;
    const isSet = this.#handle.setData(changes);
    if (isSet) this.#data = this.#handle.data();
    return isSet;
  }

  /** Whether others may enter. False when Steam refuses: we do not own it. */
  setJoinable(joinable: boolean): boolean {
    return !this.#isOver && this.#handle.setJoinable(joinable);
  }

  /** Opens the overlay's dialog in which the player picks friends to invite. */
  openInviteDialog(): void {
    if (!this.#isOver) this.#handle.openInviteDialog();
  }

  /** We are out at once; another member becomes owner. May be called twice. */
  leave(): void {
    this.#end('left');
  }

  #tick(now: number): void {
    if (now < this.#lookAt) return;
    this.#lookAt = now + (now < this.#hurriedUntil ? HURRIED_LOOK_MS : LOOK_MS);
    this.#look(now);
  }

  #look(now: number): void {
    const members = this.#handle.members();
    if (!members.includes(this.endpoint.steamId)) {
      // A moment of Steam's servers is not the end; what we saw before stays.
      this.#missingSince ??= now;
      if (now - this.#missingSince >= DROPPED_MS) this.#end('dropped');
      return;
    }
    this.#missingSince = undefined;
    // Whoever is told may leave.
    this.#seeMembers(members);
    if (!this.#isOver) this.#seeOwner(this.#handle.owner());
    if (!this.#isOver) this.#seeData(this.#handle.data());
  }

  #seeMembers(members: readonly bigint[]): void {
    const before = new Set(this.#members);
    const after = new Set(members);
    const joined = members.filter((member) => !before.has(member));
    const left = this.#members.filter((member) => !after.has(member));
    this.#members = members;
    if (joined.length > 0 || left.length > 0) this.#tell((events) => events.onMembers?.(joined, left));
  }

  #seeOwner(owner: bigint | undefined): void {
    const former = this.#owner;
    if (owner === undefined || owner === former) return;
    this.#owner = owner;
    this.#tell((events) => events.onOwner?.(owner, former));
  }

  #seeData(data: Readonly<Record<string, string>>): void {
    const keys = Object.keys(data);
    const isSame = keys.length === Object.keys(this.#data).length && keys.every((key) => this.#data[key] === data[key]);
    this.#data = data;
    if (!isSame) this.#tell((events) => events.onData?.(data));
  }

  #end(why: 'left' | 'dropped'): void {
    if (this.#isOver) return;
    this.#isOver = true;
    // When Steam dropped us, too: it may think otherwise.
    this.#handle.leave();
    this.#release();
    this.#members = [];
    this.#owner = undefined;
    this.#tell((events) => events.onEnd?.(why));
    this.#watchers.clear();
  }

  #tell(call: (events: LobbyEvents) => void): void {
    for (const events of [...this.#watchers]) {
      if (this.#watchers.has(events)) guard(() => call(events));
    }
  }
}
