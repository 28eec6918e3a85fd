import { SteamLink } from '../client/SteamLink.ts';
import { TicketAnswers } from '../client/TicketAnswers.ts';
import { guard } from '../connection/guard.ts';
import type { EndpointOptions } from '../connection/options.ts';
import type { SteamDriver } from '../driver/SteamDriver.ts';

/** Links that are kept: a page has few hosts at a time. */
const MAX_LINKS = 16;

export interface OwnerHostsOptions {
  readonly driver: SteamDriver;
  readonly endpoint: EndpointOptions;
  readonly tickets: boolean;
  /** What throws means no. */
  readonly mayReach: (host: bigint) => boolean;
}

/** The hosts that one page may reach, and what it has with each. */
export class OwnerHosts {
  readonly #options: OwnerHostsOptions;
  /** The longest unused one first. */
  readonly #links = new Map<bigint, SteamLink>();

  constructor(options: OwnerHostsOptions) {
    this.#options = options;
  }

  /** What the page has with this host; undefined when it may have nothing with him. */
  reach(host: bigint): SteamLink | undefined {
    if (!this.#mayReach(host)) return undefined;
    const { driver, endpoint, tickets } = this.#options;
    const link =
      this.#links.get(host) ??
      new SteamLink(driver, endpoint, tickets ? (held) => TicketAnswers.of(held).allow(host) : undefined);
    this.#links.delete(host);
    this.#links.set(host, link);
    for (const [former, { isIdle }] of this.#links) {
      if (this.#links.size <= MAX_LINKS) break;
      if (isIdle) this.#links.delete(former);
    }
    return link;
  }

  /** Whether the page had something with this host, and may have again. */
  has(host: bigint): boolean {
    return this.#links.has(host) && this.#mayReach(host);
  }

  /** Ends everything with all of them, by this code. */
  close(code: number): void {
    for (const link of this.#links.values()) link.close(code);
    this.#links.clear();
  }

  #mayReach(host: bigint): boolean {
    let may = false;
    guard(() => {
      may = this.#options.mayReach(host) === true;
    });
    return may;
  }
}
