import type { HubControl } from 'colyseus-transport-steam/sim';
import type { Machine } from './Machine.ts';

/** How often to look whether a game has opened the dialog. Unit: ms. */
const LOOK_MS = 250;

/** What the Steam client shows over a game. */
export interface Shown {
  /** The player is to choose whom to invite to this lobby. */
  dialog?: bigint | undefined;
  /** A friend invites him. */
  invite?: { readonly from: Machine; readonly lobby: bigint } | undefined;
}

/** The part of the Steam client that the simulated Steam has not: its overlay, on each machine. */
export class Overlay {
  readonly #network: HubControl;
  readonly #machines: readonly Machine[];
  readonly #onChange: () => void;
  readonly #shown = new Map<Machine, Shown>();
  readonly #timer: NodeJS.Timeout;
  #seen = 0;

  constructor(network: HubControl, machines: readonly Machine[], onChange: () => void) {
    this.#network = network;
    this.#machines = machines;
    this.#onChange = onChange;
    for (const machine of machines) this.#shown.set(machine, {});
    this.#timer = setInterval(() => void this.#look().catch(() => {}), LOOK_MS); // the hub may end before us
  }

  on(machine: Machine): Shown {
    return this.#shown.get(machine) ?? {};
  }

  /** `from` has chosen `to` in his dialog. */
  async invite(from: Machine, to: Machine): Promise<void> {
    const { dialog } = this.on(from);
    if (dialog === undefined) return;
    await this.#network.lobbies.invite(steamIdOf(from), steamIdOf(to), dialog);
    this.on(to).invite = { from, lobby: dialog };
    this.close(from);
  }

  /** The player accepts the invite: his game is told, or started. */
  async accept(machine: Machine): Promise<void> {
    const { invite } = this.on(machine);
    if (invite === undefined) return;
    this.close(machine);
    await this.#requestJoin(machine, invite.lobby, invite.from);
  }

  /** The player chooses "Join game" in the list of friends. */
  async join(machine: Machine, friend: Machine): Promise<void> {
    const lobby = friend.invitation?.at(-1);
    if (lobby !== undefined) await this.#requestJoin(machine, BigInt(lobby), friend);
  }

  close(machine: Machine): void {
    this.#shown.set(machine, {});
    this.#onChange();
  }

  end(): void {
    clearInterval(this.#timer);
  }

  /** Steam starts a game that does not run. */
  async #requestJoin(machine: Machine, lobby: bigint, friend: Machine): Promise<void> {
    if (machine.pid === undefined) void machine.start(['+connect_lobby', String(lobby)]);
    else await this.#network.lobbies.requestJoin(steamIdOf(machine), lobby, steamIdOf(friend));
  }

  async #look(): Promise<void> {
    const dialogs = await this.#network.lobbies.inviteDialogs();
    for (const { user, lobby } of dialogs.slice(this.#seen)) {
      const machine = this.#machines.find(({ steamId }) => steamId === user);
      if (machine !== undefined) this.on(machine).dialog = lobby;
    }
    if (dialogs.length > this.#seen) this.#onChange();
    this.#seen = dialogs.length;
  }
}

function steamIdOf({ name, steamId }: Machine): bigint {
  if (steamId === undefined) throw new Error(`${name} has not been on Steam yet`);
  return steamId;
}
