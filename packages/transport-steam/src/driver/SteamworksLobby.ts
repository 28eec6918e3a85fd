import { checkLobbyData } from './checkLobby.ts';
import type { DriverLobby } from './LobbyDriver.ts';
import { isIndividualSteamId } from './steamId.ts';
import type { SteamworksLobbyHandle } from './steamworksClient.ts';

/**
 * A lobby of steamworks.js, which is an id and nothing more: each function asks Steam about that id, also after we left, and may be asked
 * of a lobby that was never ours.
 */
export class SteamworksLobby implements DriverLobby {
  readonly id: bigint;
  readonly #handle: SteamworksLobbyHandle;
  readonly #self: bigint;
  readonly #onLeave: () => void;

  /** `self`: the local user. */
  constructor(handle: SteamworksLobbyHandle, self: bigint, onLeave: () => void) {
    this.id = BigInt(handle.id);
    this.#handle = handle;
    this.#self = self;
    this.#onLeave = onLeave;
  }

  get memberCount(): number {
    return Number(this.#handle.getMemberCount());
  }

  get memberLimit(): number {
    return Number(this.#handle.getMemberLimit() ?? 0);
  }

  members(): bigint[] {
    const members = this.#handle.getMembers().map(({ steamId64 }) => BigInt(steamId64));
    // Of a lobby that we are not in, it lists as many as there are, and each is 0.
    return members.filter(isIndividualSteamId);
  }

  owner(): bigint | undefined {
    const owner = BigInt(this.#handle.getOwner().steamId64);
    return isIndividualSteamId(owner) ? owner : undefined;
  }

  /** Never by `getData(key)`: a value that is not UTF-8, which an owner with other software may set, aborts the process there. */
  data(): Record<string, string> {
    const data = Object.entries(this.#handle.getFullData());
    // A key that was reset may still be counted (Valve: "to reset a key, just set it to ''").
    return Object.fromEntries(data.filter(([, value]) => value !== ''));
  }

  setData(changes: Readonly<Record<string, string>>): boolean {
    checkLobbyData(changes);
    // Steam says true to a member who does not own the lobby, too, and changes nothing (reported).
    if (this.owner() !== this.#self) return false;
    // All, whatever becomes of one: `mergeFullData` stops at the first that is refused, and in no order. Steam sends them in one batch.
    const answers = Object.entries(changes).map(([key, value]) => this.#handle.setData(key, value));
    return !answers.includes(false);
  }

  setJoinable(joinable: boolean): boolean {
    return this.#handle.setJoinable(joinable);
  }

  openInviteDialog(): void {
    this.#handle.openInviteDialog();
  }

  leave(): void {
    this.#handle.leave();
    this.#onLeave();
  }
}
