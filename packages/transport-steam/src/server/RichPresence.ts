import { logger } from '@colyseus/core';
import type { SteamDriver } from '../driver/SteamDriver.ts';

/** Keys of Steam's rich presence (Valve) that a lobby sets. The other 28 are the game's. */
export type PresenceKey = 'connect' | 'status';

/** What friends read of the host. Only what changes is given to Steam, and what it does not take is logged once. */
export class RichPresence {
  readonly #driver: SteamDriver;
  readonly #shown = new Map<PresenceKey, string>();
  #isComplaining = false;

  constructor(driver: SteamDriver) {
    this.#driver = driver;
  }

  /** `undefined` takes it away; what was never shown here stays as the game has it. */
  show(key: PresenceKey, value: string | undefined): void {
    if (this.#shown.get(key) === value) return;
    if (value === undefined) this.#shown.delete(key);
    else this.#shown.set(key, value);
    try {
      this.#driver.setRichPresence?.(key, value);
    } catch (error) {
      if (!this.#isComplaining) logger.error(`colyseus-transport-steam: rich presence '${key}': ${(error as Error).message}`);
      this.#isComplaining = true;
    }
  }

  /** Steam may have been away, and with it what it showed. */
  repeat(): void {
    for (const [key, value] of [...this.#shown]) {
      this.#shown.delete(key);
      this.show(key, value);
    }
  }

  clear(): void {
    for (const key of [...this.#shown.keys()]) this.show(key, undefined);
  }
}
