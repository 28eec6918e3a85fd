import type { Socket } from 'node:net';
import { SimulatedSteam } from '../SimulatedSteam.ts';
import type { HubSteamOptions } from './dial.ts';
import { HubClient } from './HubClient.ts';

/** How long a hub without clients goes on: long enough for the next terminal. Unit: ms. */
const IDLE_END_MS = 3_000;
/** A timer of Node's cannot be longer. Unit: ms. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Lobbies take their time between processes, as on Steam, so that a game is seen to wait for them. Unit: ms. */
export const hubLobbyDelays = {
  lobbyCallMs: 100,
  lobbyListMs: 300,
  lobbyUpdateMs: 100,
  lobbyExitMs: 1_000,
} as const satisfies HubSteamOptions;

/** One simulated Steam on the real clock, for the processes that are connected. */
export class Hub {
  readonly steam: SimulatedSteam;
  readonly #clients = new Set<HubClient>();
  readonly #onIdle: () => void;
  #idleTimer: NodeJS.Timeout | undefined;
  #eventTimer: NodeJS.Timeout | undefined;
  #eventAt = Number.POSITIVE_INFINITY;
  #turn: NodeJS.Immediate | undefined;

  /** `onIdle` is called once, when nobody has been connected for a few seconds. */
  constructor(steam: HubSteamOptions, onIdle: () => void) {
    this.steam = new SimulatedSteam({ ...hubLobbyDelays, ...steam, clock: 'real' });
    this.#onIdle = onIdle;
    this.#waitForClients();
  }

  /** SteamIDs that are logged in. */
  get users(): bigint[] {
    return [...this.#clients].flatMap((client) => client.steamId ?? []);
  }

  accept(socket: Socket): void {
    clearTimeout(this.#idleTimer);
    this.#clients.add(new HubClient(this, socket));
  }

  remove(client: HubClient): void {
    if (this.#clients.delete(client) && this.#clients.size === 0) this.#waitForClients();
  }

  /** Has everybody get what there is for him, once, when this turn's frames are all read. */
  wake(): void {
    this.#turn ??= setImmediate(() => {
      this.#turn = undefined;
      this.steam.runDue();
      for (const client of this.#clients) client.pump();
      this.#setTimer();
    });
  }

  /** The core has no timer: the hub is its timer. */
  #setTimer(): void {
    const at = this.steam.nextEventAt ?? Number.POSITIVE_INFINITY;
    if (at === this.#eventAt) return;
    clearTimeout(this.#eventTimer);
    this.#eventAt = at;
    if (at === Number.POSITIVE_INFINITY) return;
    const delay = Math.min(Math.max(0, Math.ceil(at - this.steam.now)), LONGEST_TIMER_MS);
    this.#eventTimer = setTimeout(() => {
      this.#eventAt = Number.POSITIVE_INFINITY;
      this.wake();
    }, delay);
  }

  #waitForClients(): void {
    this.#idleTimer = setTimeout(() => {
      clearTimeout(this.#eventTimer);
      this.#onIdle();
    }, IDLE_END_MS);
  }
}
