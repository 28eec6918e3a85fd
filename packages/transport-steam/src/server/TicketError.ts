import { ErrorCode, ServerError } from '@colyseus/core';

/** Why nobody can say that a player is who he says he is. */
export const ticketErrorReasons = [
  /** There is no ticket: the player gives none. */
  'no-ticket',
  /** It is no ticket, or Steam does not take it: forged, cancelled, too old, for another app or another identity. */
  'invalid-ticket',
  /** The ticket is good, but somebody else's. */
  'wrong-player',
  /** Steam does not take the publisher's key: for any ticket. */
  'key-refused',
  /** Steam's web API was not reached, or has no time (429, 5xx): the same ticket may be good in a moment. */
  'unavailable',
  /** No whole answer within `timeoutMs`. */
  'timed-out',
  /** An answer that is none of Steam's: a proxy, another address, a new version of the API. */
  'bad-answer',
] as const;
export type TicketErrorReason = (typeof ticketErrorReasons)[number];

/**
 * `reason` says which, `message` says what happened. Neither it nor the stack has the publisher's key or the ticket.
 *
 * A room's `onAuth` may throw it as it is: `code` is Colyseus' own for that (525), with which the player gets the message. Core makes a
 * status of whatever `code` an error has: of a word, a success with nothing in it ("seat reservation expired").
 */
export class TicketError extends ServerError {
  override readonly name = 'TicketError';
  readonly reason: TicketErrorReason;
  /** Steam's own number for it (`errorcode`), as 102 for the ticket of another app. */
  readonly steamCode: number | undefined;

  constructor(reason: TicketErrorReason, message: string, steamCode?: number) {
    super(ErrorCode.AUTH_FAILED, message);
    this.reason = reason;
    this.steamCode = steamCode;
  }
}
