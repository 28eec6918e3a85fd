import { debugAndPrintError } from '@colyseus/core';
import type { SteamTransportOptions } from './options.ts';

type Ask = NonNullable<SteamTransportOptions['onSessionRequest']>;

/** The game's `onSessionRequest`, with its mistakes logged and taken for a no: one player must not end the server for all others. */
export function carefully(ask: Ask): Ask {
  return (steamId) => {
    try {
      const answer: unknown = ask(steamId);
      if (!isThenable(answer)) return checked(answer, steamId);
      return Promise.resolve(answer).then((later) => checked(later, steamId), refused);
    } catch (error) {
      return refused(error);
    }
  };
}

function checked(answer: unknown, steamId: bigint): boolean | string {
  if (typeof answer === 'boolean' || typeof answer === 'string') return answer;
  return refused(new TypeError(`onSessionRequest(${steamId}) must answer true, false or a reason, not ${String(answer)}`));
}

function refused(error: unknown): false {
  debugAndPrintError(error as Error);
  return false;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as Partial<PromiseLike<unknown>> | null | undefined)?.then === 'function';
}
