import { checkDriver } from '../driver/checkDriver.ts';
import { checkTimeoutMs } from '../driver/checkTimeout.ts';
import { wordsOf } from '../driver/describe.ts';
import type { DriverTicket, SteamDriver } from '../driver/SteamDriver.ts';
import { SteamError } from '../driver/SteamError.ts';
import { checkService, ticketHex } from '../driver/ticket.ts';
import { abortable } from './abortable.ts';

/** Proves who we are, and that we own the app, to the service that it was made for: see {@link createTicket}. */
export interface Ticket {
  /** As a server's `verifyTicket` takes it. */
  readonly hex: string;
  /** It is not good any more. To be called when the service has seen it, or when we leave; may be called twice. */
  cancel(): void;
}

export interface CreateTicketOptions {
  /** How long Steam may take. @default 15 000 */
  timeoutMs?: number;
}

/** Steam asks its servers, and may never answer. Unit: ms. */
const TIMEOUT_MS = 15_000;

/**
 * Has Steam make a ticket for a service that calls itself `identity`: for no other is it good.
 *
 * @throws TypeError, RangeError (rejects) for a bad driver, one without tickets, a bad identity or time-out; SteamError (rejects) `timed-out`, or
 *   `steam-failed` when Steam makes none
 */
export async function createTicket(driver: SteamDriver, identity: string, options: CreateTicketOptions = {}): Promise<Ticket> {
  const timeoutMs = checkTimeoutMs(options.timeoutMs ?? TIMEOUT_MS);
  const ticket = await driverTicket(checkDriver(driver), checkService(identity), timeoutMs);
  return { hex: ticketHex(ticket.bytes), cancel: () => ticket.cancel() };
}

/** A driver's promise, which may never settle, with an end. A ticket that comes after it is cancelled. */
export async function driverTicket(driver: SteamDriver, identity: string, timeoutMs = TIMEOUT_MS): Promise<DriverTicket> {
  if (driver.createTicket === undefined) throw new TypeError(`the driver of Steam user ${driver.steamId} makes no tickets`);
  const stop = new AbortController();
  const late = () => stop.abort(new SteamError('timed-out', `Steam made no ticket for ${identity} within ${timeoutMs} ms`));
  const timer = setTimeout(late, timeoutMs);
  try {
    return await abortable(driver.createTicket(identity), stop.signal, (ticket) => ticket.cancel());
  } catch (error) {
    if (error instanceof SteamError) throw error;
    throw new SteamError('steam-failed', `Steam made no ticket for ${identity}: ${wordsOf(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
