import type { AccessAnswer } from './access.ts';
import type { FaultLog } from './FaultLog.ts';

type Ask = (steamId: bigint) => AccessAnswer | Promise<AccessAnswer>;

/** The game's `onSessionRequest`, with its mistakes logged and taken for a no: one player must not end the server for all others. */
export function carefully(ask: Ask, faults: FaultLog): Ask {
  return (steamId) => {
    const refused = (error: unknown): false => {
      faults.add(steamId, error);
      return false;
    };
    try {
      const answer: unknown = ask(steamId);
      if (!isThenable(answer)) return checked(answer, steamId, refused);
      return Promise.resolve(answer).then((later) => checked(later, steamId, refused), refused);
    } catch (error) {
      return refused(error);
    }
  };
}

function checked(answer: unknown, steamId: bigint, refused: (error: unknown) => false): boolean | string {
  if (typeof answer === 'boolean' || typeof answer === 'string') return answer;
  return refused(new TypeError(`onSessionRequest(${steamId}) must answer true, false or a reason, not ${String(answer)}`));
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as Partial<PromiseLike<unknown>> | null | undefined)?.then === 'function';
}
