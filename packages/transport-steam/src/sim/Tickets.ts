import type { DriverTicket } from '../driver/SteamDriver.ts';
import { isIndividualSteamId } from '../driver/steamId.ts';

/** What is in the bytes of a simulated ticket. */
export interface SimulatedTicket {
  readonly steamId: bigint;
  /** What the service calls itself that it is for. */
  readonly identity: string;
  /** No two tickets of one simulation have the same. */
  readonly serial: number;
}

/**
 * The tickets that a simulated Steam gave, and which of them are good. They are JSON, so that a test's web API can read them: no
 * secret.
 */
export class Tickets {
  readonly #good = new Map<number, bigint>();
  #lastSerial = 0;

  create(steamId: bigint, identity: string): DriverTicket {
    const serial = ++this.#lastSerial;
    this.#good.set(serial, steamId);
    const bytes = Buffer.from(JSON.stringify({ steamId: String(steamId), identity, serial }));
    return { bytes: new Uint8Array(bytes), cancel: () => this.#good.delete(serial) };
  }

  /**
   * Whose ticket it is, as the web API tells the service that calls itself so. Undefined: of nobody, for another service, or not
   * good any more.
   */
  verify(bytes: Uint8Array, identity: string): bigint | undefined {
    const ticket = readSimulatedTicket(bytes);
    if (ticket === undefined || ticket.identity !== identity) return undefined;
    return this.#good.get(ticket.serial) === ticket.steamId ? ticket.steamId : undefined;
  }

  cancelAll(steamId: bigint): void {
    for (const [serial, owner] of this.#good) if (owner === steamId) this.#good.delete(serial);
  }
}

/** What a ticket says, whether it is good or not. Undefined for bytes that are none. */
export function readSimulatedTicket(bytes: Uint8Array): SimulatedTicket | undefined {
  try {
    const { steamId, identity, serial } = JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown>;
    const id = BigInt(steamId as string);
    if (!isIndividualSteamId(id) || typeof identity !== 'string' || !Number.isSafeInteger(serial)) return undefined;
    return { steamId: id, identity, serial: serial as number };
  } catch {
    return undefined;
  }
}
