import type { DriverLobby } from './LobbyDriver.ts';

/** Between two looks at the members of our lobbies. One of 8 takes 15 µs, one of 250 a third of a millisecond. Unit: ms. */
const LOOK_MS = 250;

const NOBODY = '';

/**
 * Looks who is in our lobbies, and who owns them. Steam would tell, by LobbyChatUpdate, but the binding aborts the process when that says
 * two things at once; and of an owner who changes, nothing tells.
 */
export class SteamworksLobbyWatch {
  readonly #lobbies: ReadonlyMap<bigint, DriverLobby>;
  readonly #onChanged: (lobby: bigint) => void;
  readonly #timer: NodeJS.Timeout;
  /** What was seen last, as one text to compare. */
  readonly #seen = new WeakMap<DriverLobby, string>();

  /** `lobbies`: those that we are in, now and later. */
  constructor(lobbies: ReadonlyMap<bigint, DriverLobby>, onChanged: (lobby: bigint) => void) {
    this.#lobbies = lobbies;
    this.#onChanged = onChanged;
    for (const lobby of lobbies.values()) this.see(lobby);
    // Whoever watches is not what the process lives for.
    this.#timer = setInterval(() => this.#look(), LOOK_MS).unref();
  }

  /** Starts with what there is now. To be called for each lobby that we enter, at once: whoever entered has just read it, too. */
  see(lobby: DriverLobby): void {
    this.#seen.set(lobby, describeMembers(lobby));
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    for (const lobby of [...this.#lobbies.values()]) {
      const now = describeMembers(lobby);
      // Steam has dropped us: it is not ours any more.
      if (now === NOBODY || this.#seen.get(lobby) === now) continue;
      this.#seen.set(lobby, now);
      this.#onChanged(lobby.id);
    }
  }
}

function describeMembers(lobby: DriverLobby): string {
  const members = lobby.members();
  return members.length === 0 ? NOBODY : `${lobby.owner()}:${members.sort()}`;
}
