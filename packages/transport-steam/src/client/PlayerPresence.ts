import { RichPresenceLimits, type SteamDriver } from '../driver/SteamDriver.ts';
import type { GameListing } from '../lobby/GameListing.ts';
import { utf8, utf8Text, utf8Truncated } from '../wire/bytes.ts';

/** What friends see of a player in a lobby: always the same, or made of what the lobby says, and again when that changes. */
export type LobbyStatus = string | ((listing: GameListing) => string);

/** @throws TypeError | RangeError saying what it must be */
export function checkStatus(status: unknown): LobbyStatus | undefined {
  if (status === undefined || typeof status === 'function') return status as LobbyStatus | undefined;
  if (typeof status !== 'string')
    throw new TypeError(`option status must be a string, or a function that returns one, not ${String(status)}`);
  const bytes = utf8(status).length;
  if (bytes > RichPresenceLimits.valueBytes || status.includes('\0')) {
    throw new RangeError(
      `option status has ${bytes} bytes of UTF-8; Steam's limit is ${RichPresenceLimits.valueBytes}, without a NUL character`,
    );
  }
  return status;
}

/** Shows friends which lobby leads to the player: "Join game", in the overlay and in the friends list. */
export class PlayerPresence {
  readonly #driver: SteamDriver;
  readonly #status: LobbyStatus | undefined;
  readonly #shown = new Map<string, string>();

  constructor(driver: SteamDriver, status: LobbyStatus | undefined) {
    this.#driver = driver;
    this.#status = status;
  }

  show(lobby: bigint, listing: GameListing): void {
    // As at the host: where friends may see it, and would get in.
    this.#set('connect', listing.isForFriends && !listing.isLocked ? `+connect_lobby ${lobby}` : undefined);
    const status = this.#statusOf(listing);
    if (status !== undefined) this.#set('status', status);
  }

  /** Takes away what {@link show} showed. */
  clear(): void {
    for (const key of this.#shown.keys()) this.#driver.setRichPresence?.(key, undefined);
    this.#shown.clear();
  }

  #set(key: string, value: string | undefined): void {
    if (this.#shown.get(key) === value) return;
    if (value === undefined) this.#shown.delete(key);
    else this.#shown.set(key, value);
    this.#driver.setRichPresence?.(key, value);
  }

  /** Of game code, and of what a host says: what Steam does not take is cut. */
  #statusOf(listing: GameListing): string | undefined {
    if (typeof this.#status !== 'function') return this.#status;
    try {
      const status = String(this.#status(listing)).replaceAll('\0', '');
      return utf8Text(utf8Truncated(status, RichPresenceLimits.valueBytes));
    } catch (error) {
      // Its mistake is the game's to see, and none of the lobby.
      queueMicrotask(() => {
        throw error;
      });
      return undefined;
    }
  }
}
