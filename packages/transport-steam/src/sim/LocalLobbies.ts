import { checkLobbyData, checkLobbyId, checkNewLobby } from '../driver/checkLobby.ts';
import {
  type DriverLobby,
  type LobbyDriver,
  LobbyEnterResponse,
  LobbyError,
  type LobbyEvents,
  type LobbyType,
} from '../driver/LobbyDriver.ts';
import { KnownLobby } from './KnownLobby.ts';
import { isDataWithinLimit, type LobbyData, type LobbyNews, type LobbyRequests, type LobbyView, mergeData } from './lobbyPort.ts';

/** Where Steam is. */
export interface LobbyUplink extends LobbyRequests {
  /** Whether Steam can be asked now. */
  readonly isUp: boolean;
  /** Does what is due, where nobody else sees to it. Called before whatever is asked or read. */
  runDue(): void;
  lobbyOfFriend?(friend: bigint): bigint | undefined;
}

interface Call {
  readonly what: string;
  resolve(lobbies: readonly bigint[]): void;
  reject(error: Error): void;
}

/**
 * The process's side of its lobbies: what the local Steam client knows of them, for reads that never wait. Steam is behind a
 * {@link LobbyUplink}, in the same process or beyond a socket: nothing here relies on an answer coming at once, or at all.
 */
export class LocalLobbies implements LobbyDriver, LobbyNews {
  /** Only where Steam is near enough to be asked. */
  declare readonly lobbyOfFriend?: (friend: bigint) => bigint | undefined;

  readonly #steamId: bigint;
  readonly #uplink: LobbyUplink;
  readonly #joined = new Map<bigint, LobbyView>();
  /** What the last list showed of lobbies that he was not in. */
  #listed = new Map<bigint, LobbyView>();
  /** What was told of such lobbies since. */
  readonly #shown = new Map<bigint, LobbyView>();
  /** Lobbies that he left, until Steam says so: what it says before that is of a time when he was in them. */
  readonly #leaving = new Set<bigint>();
  readonly #calls = new Map<number, Call>();
  #lastCall = 0;
  readonly #subscribers = new Set<{ readonly events: LobbyEvents }>();
  readonly #changed = new Set<bigint>();
  #notices: ((events: LobbyEvents) => void)[] = [];
  #turn: NodeJS.Immediate | undefined;

  constructor(steamId: bigint, uplink: LobbyUplink) {
    this.#steamId = steamId;
    this.#uplink = uplink;
    if (uplink.lobbyOfFriend !== undefined) this.lobbyOfFriend = (friend) => uplink.lobbyOfFriend?.(friend);
  }

  create(type: LobbyType, maxMembers: number): Promise<DriverLobby> {
    checkNewLobby(type, maxMembers);
    return this.#enter('Steam did not make a lobby', (call) => this.#uplink.create(call, type, maxMembers));
  }

  join(lobby: bigint): Promise<DriverLobby> {
    checkLobbyId(lobby);
    return this.#enter(`Steam did not let us into lobby ${lobby}`, (call) => this.#uplink.join(call, lobby));
  }

  list(wanted: Readonly<Record<string, string>> = {}): Promise<DriverLobby[]> {
    checkLobbyData(wanted);
    const all = new Map(Object.entries(wanted));
    const data: LobbyData = isDataWithinLimit(all) ? all : new Map(); // more than a lobby has: the caller filters, too
    return this.#ask('Steam gave no list of lobbies', (call) => this.#uplink.list(call, data)).then((ids) =>
      ids.map((id) => new KnownLobby(this, id)),
    );
  }

  subscribe(events: LobbyEvents): () => void {
    const subscriber = { events };
    this.#subscribers.add(subscriber);
    return () => this.#subscribers.delete(subscriber);
  }

  /** What is known of a lobby now. Undefined: he is not in it, and it was not in his last list. */
  view(lobby: bigint): LobbyView | undefined {
    this.#uplink.runDue();
    return this.#joined.get(lobby) ?? this.#listed.get(lobby);
  }

  setData(lobby: bigint, changes: Readonly<Record<string, string>>): boolean {
    checkLobbyData(changes);
    const view = this.#owned(lobby);
    if (view === undefined) return false;
    const changed = new Map(Object.entries(changes));
    const data = mergeData(view.data, changed);
    if (data === undefined) return false;
    this.#joined.set(lobby, { ...view, data });
    if (changed.size > 0) this.#uplink.setData(lobby, changed);
    return true;
  }

  setJoinable(lobby: bigint, joinable: boolean): boolean {
    const isOurs = this.#owned(lobby) !== undefined;
    if (isOurs) this.#uplink.setJoinable(lobby, joinable);
    return isOurs;
  }

  openInviteDialog(lobby: bigint): void {
    if (this.#joined.has(lobby)) this.#uplink.openInviteDialog(lobby);
  }

  leave(lobby: bigint): void {
    this.#uplink.runDue();
    if (!this.#joined.delete(lobby)) return;
    this.#leaving.add(lobby);
    this.#uplink.leave(lobby);
  }

  state(view: LobbyView): void {
    const { lobby } = view;
    if (!view.isMember) {
      if (!this.#leaving.delete(lobby) && !this.#joined.delete(lobby)) this.#shown.set(lobby, view);
      return;
    }
    if (this.#leaving.has(lobby)) return;
    const before = this.#joined.get(lobby);
    // Only the owner sets data, so what he has is the newest there is: what is on its way to him may not have his last changes.
    const isOwn = before?.owner === this.#steamId && view.owner === this.#steamId;
    const after = isOwn ? { ...view, data: before.data } : view;
    this.#joined.set(lobby, after);
    if (before === undefined || differ(before, after)) this.#hint(lobby);
  }

  entered(call: number, response: LobbyEnterResponse, lobby: bigint): void {
    const { what, resolve, reject } = this.#take(call) ?? {};
    if (response === LobbyEnterResponse.Success) resolve?.([lobby]);
    else reject?.(new LobbyError(`${what}: ${nameOf(response)} (EChatRoomEnterResponse ${response})`, response));
  }

  listed(call: number, lobbies: readonly bigint[]): void {
    const shown = lobbies.flatMap((id) => this.#shown.get(id) ?? []);
    this.#listed = new Map(shown.map((view) => [view.lobby, view]));
    this.#shown.clear();
    this.#take(call)?.resolve(lobbies);
  }

  joinRequested(lobby: bigint, friend: bigint): void {
    this.#notify((events) => events.onJoinRequested?.(lobby, friend === 0n ? undefined : friend));
  }

  lost(reason: string): void {
    for (const known of [this.#joined, this.#listed, this.#shown, this.#leaving]) known.clear();
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const { what, reject } of calls) reject(new LobbyError(`${what}: ${reason}`));
  }

  #enter(what: string, ask: (call: number) => void): Promise<DriverLobby> {
    return this.#ask(what, ask).then(([lobby]) => new KnownLobby(this, lobby as bigint));
  }

  #ask(what: string, ask: (call: number) => void): Promise<readonly bigint[]> {
    this.#uplink.runDue();
    if (!this.#uplink.isUp) return Promise.reject(new LobbyError(`${what}: there is no connection to Steam`));
    return new Promise((resolve, reject) => {
      const call = this.#nextCall();
      this.#calls.set(call, { what, resolve, reject });
      ask(call);
    });
  }

  #take(call: number): Call | undefined {
    const taken = this.#calls.get(call);
    this.#calls.delete(call);
    return taken;
  }

  /** A number that fits a frame, and that no call has which still waits. */
  #nextCall(): number {
    do this.#lastCall = (this.#lastCall + 1) >>> 0;
    while (this.#calls.has(this.#lastCall));
    return this.#lastCall;
  }

  /** What he knows of a lobby that he owns. */
  #owned(lobby: bigint): LobbyView | undefined {
    this.#uplink.runDue();
    const view = this.#joined.get(lobby);
    return this.#uplink.isUp && view?.owner === this.#steamId ? view : undefined;
  }

  /** Many changes of one turn are one hint. */
  #hint(lobby: bigint): void {
    if (this.#changed.has(lobby)) return;
    this.#changed.add(lobby);
    this.#notify((events) => {
      if (this.#joined.has(lobby)) events.onLobbyChanged?.(lobby);
    });
  }

  /** On a later turn of the event loop, so that nobody is called from inside what he does. */
  #notify(notice: (events: LobbyEvents) => void): void {
    this.#notices.push(notice);
    this.#turn ??= setImmediate(() => {
      this.#turn = undefined;
      this.#changed.clear();
      for (const notice of this.#notices.splice(0)) {
        for (const subscriber of [...this.#subscribers]) if (this.#subscribers.has(subscriber)) notice(subscriber.events);
      }
    });
  }
}

function differ(a: LobbyView, b: LobbyView): boolean {
  return (
    a.owner !== b.owner ||
    a.members.length !== b.members.length ||
    a.members.some((member, i) => member !== b.members[i]) ||
    a.data.size !== b.data.size ||
    [...a.data].some(([key, value]) => b.data.get(key) !== value)
  );
}

function nameOf(response: number): string {
  return Object.entries(LobbyEnterResponse).find(([, value]) => value === response)?.[0] ?? 'refused';
}
