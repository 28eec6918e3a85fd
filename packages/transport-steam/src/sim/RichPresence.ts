import { RichPresenceLimits } from '../driver/SteamDriver.ts';

/** What friends see of one process. */
export class RichPresence {
  readonly #values = new Map<string, string>();

  /** No value, or an empty one, takes the key away. A key more than Steam has room for is refused in silence, as the binding does. */
  set(key: string, value: string | undefined): void {
    if (value === undefined || value === '') this.#values.delete(key);
    else if (this.#values.has(key) || this.#values.size < RichPresenceLimits.keys) this.#values.set(key, value);
  }

  toRecord(): Record<string, string> {
    return Object.fromEntries(this.#values);
  }

  clear(): void {
    this.#values.clear();
  }
}
