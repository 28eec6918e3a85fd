import { LobbyEnterResponse, type LobbyType } from '../driver/LobbyDriver.ts';
import type { ScheduledEvent } from './EventQueue.ts';
import type { LobbyDirectory } from './LobbyDirectory.ts';
import type { LobbyUplink } from './LocalLobbies.ts';
import type { LobbyData, LobbyNews, LobbyView } from './lobbyPort.ts';
import type { LobbySeat, SimulatedLobby } from './SimulatedLobby.ts';
import type { SteamProcess } from './SteamProcess.ts';

/** Steam's side of one process's lobbies: carries out what it asks when it is due, and tells it what it may know. */
export class LobbyDesk implements LobbyUplink, LobbySeat {
  /** The process. Nobody listens before it is set, and after the process's end. */
  news: LobbyNews | undefined;

  readonly #process: SteamProcess;
  readonly #directory: LobbyDirectory;
  readonly #user: bigint;
  /** Counts up when Steam is lost: what was asked before is not carried out. */
  #era = 0;
  #exit: ScheduledEvent | undefined;

  constructor(process: SteamProcess) {
    this.#process = process;
    this.#directory = process.simulation.lobbies;
    this.#user = process.user.steamId;
    // Whoever is back is no longer where his former process was.
    for (const lobby of this.#directory.of(this.#user)) this.#directory.leave(this.#user, lobby);
  }

  get isUp(): boolean {
    return this.#process.isReachable;
  }

  runDue(): void {
    this.#process.simulation.runDue();
  }

  create(call: number, type: LobbyType, maxMembers: number): void {
    this.#answer(this.#process.simulation.options.lobbyCallMs, () => {
      const lobby = this.#directory.create(this.#user, this, type, maxMembers);
      return this.#entered(call, lobby === undefined ? LobbyEnterResponse.Error : LobbyEnterResponse.Success, lobby?.id ?? 0n);
    });
  }

  join(call: number, lobby: bigint): void {
    this.#answer(this.#process.simulation.options.lobbyCallMs, () =>
      this.#entered(call, this.#directory.enter(this.#user, this, lobby), lobby),
    );
  }

  list(call: number, wanted: LobbyData): void {
    this.#answer(this.#process.simulation.options.lobbyListMs, () => {
      const lobbies = this.#directory.list(wanted);
      for (const lobby of lobbies) this.tell(lobby.viewOf(this.#user));
      return (news) =>
        news.listed(
          call,
          lobbies.map(({ id }) => id),
        );
    });
  }

  leave(lobby: bigint): void {
    const left = this.#directory.get(lobby);
    if (left?.seatOf(this.#user) === this) this.#directory.leave(this.#user, left);
    this.tellOut(lobby);
  }

  setData(lobby: bigint, changes: LobbyData): void {
    if (this.isUp) this.#directory.get(lobby)?.setData(this.#user, changes);
  }

  setJoinable(lobby: bigint, joinable: boolean): void {
    const owned = this.#directory.get(lobby);
    if (this.isUp && owned?.owner === this.#user) owned.isJoinable = joinable;
  }

  openInviteDialog(lobby: bigint): void {
    if (this.#directory.get(lobby)?.has(this.#user)) this.#directory.inviteDialogs.push({ user: this.#user, lobby });
  }

  lobbyOfFriend(friend: bigint): bigint | undefined {
    return this.isUp ? this.#directory.lobbyOfFriend(this.#user, friend) : undefined;
  }

  tell(view: LobbyView): void {
    if (this.isUp) this.news?.state(view);
  }

  tellOut(lobby: bigint): void {
    const gone = { lobby, isMember: false, owner: 0n, members: [], memberCount: 0, memberLimit: 0, data: new Map() };
    this.news?.state(this.#directory.get(lobby)?.viewOf(this.#user) ?? gone);
  }

  /** Steam takes him out, and says nothing. */
  drop(): void {
    for (const lobby of this.#directory.of(this.#user)) {
      lobby.forgetUnsent(this.#user);
      this.leave(lobby.id);
    }
  }

  /** The process has ended, or its connection to Steam has. Steam's servers find out in a while. */
  end(reason: string): void {
    this.#era++;
    this.news?.lost(reason);
    const { simulation } = this.#process;
    const lobbies = this.#directory.of(this.#user);
    for (const lobby of lobbies) lobby.forgetUnsent(this.#user);
    const leave = (): void => this.#leaveAll(lobbies);
    if (simulation.options.lobbyExitMs === 0) leave();
    else this.#exit = simulation.after(simulation.options.lobbyExitMs, leave);
  }

  /** The connection to Steam is back: what was before it is over now, if it was not. */
  restored(): void {
    this.#process.simulation.cancel(this.#exit);
    this.#leaveAll(this.#directory.of(this.#user));
  }

  /** A lobby that a later process of his has entered again stays. */
  #leaveAll(lobbies: readonly SimulatedLobby[]): void {
    for (const lobby of lobbies) if (lobby.seatOf(this.#user) === this) this.#directory.leave(this.#user, lobby);
  }

  /** Does `act` in its time, and hands over its answer, unless that is one of those that are lost. */
  #answer(delayMs: number, act: () => (news: LobbyNews) => void): void {
    if (!this.isUp) return;
    const { simulation } = this.#process;
    const isLost = this.#directory.takeLoss(this.#user);
    const era = this.#era;
    const carryOut = (): void => {
      if (era !== this.#era) return;
      const answer = act();
      if (!isLost && this.news !== undefined) answer(this.news);
    };
    if (delayMs === 0) carryOut();
    else simulation.after(delayMs, carryOut);
  }

  /** Tells what he may know of a lobby that he is in now, in front of the answer. */
  #entered(call: number, response: LobbyEnterResponse, lobby: bigint): (news: LobbyNews) => void {
    const entered = this.#directory.get(lobby);
    if (response === LobbyEnterResponse.Success && entered !== undefined) this.tell(entered.viewOf(this.#user));
    return (news) => news.entered(call, response, lobby);
  }
}
