import { logger } from '@colyseus/core';
import { type GameIdentity, type GameListing, LobbyKey, listingData } from '../lobby/GameListing.ts';

/**
 * The data of a lobby for what its room is at the moment. Metadata that Steam would not take keeps nothing else from being shown:
 * what was good last stays, until there is something that fits again.
 */
export class Publication {
  readonly #identity: GameIdentity;
  #metadata = '';
  #isComplaining = false;

  constructor(identity: GameIdentity) {
    this.#identity = identity;
  }

  data(listing: GameListing): Readonly<Record<string, string>> {
    try {
      const data = listingData(this.#identity, listing);
      this.#metadata = data[LobbyKey.Metadata] ?? '';
      this.#isComplaining = false;
      return data;
    } catch (error) {
      // Once: it is looked at again in a moment.
      if (!this.#isComplaining) logger.error(`colyseus-transport-steam: room ${listing.roomId}: ${(error as Error).message}`);
      this.#isComplaining = true;
      return { ...listingData(this.#identity, { ...listing, metadata: undefined }), [LobbyKey.Metadata]: this.#metadata };
    }
  }
}

/** What of `wanted` is not so in `present`; empty and absent are the same. */
export function changesOf(
  present: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(Object.entries(wanted).filter(([key, value]) => (present[key] ?? '') !== value));
}
