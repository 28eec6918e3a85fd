import { LobbyError } from '../../src/driver/LobbyDriver.ts';
import type { RemoteError } from './messages.ts';

/** What is left of an error on its way to another process. */
export function describeError(error: unknown): RemoteError {
  const { name, message, stack, code, response } = error as Error & { code?: unknown; response?: unknown };
  return { name, message, stack, code, response };
}

/** The error over there, as one of this realm. */
export function reviveError({ name, message, code, response, stack }: RemoteError): Error {
  if (name === 'LobbyError') return new LobbyError(message, response as number | undefined, { cause: stack });
  const Class = { RangeError, TypeError }[name] ?? Error;
  const error = new Class(message, { cause: stack });
  return code === undefined ? error : Object.assign(error, { code });
}
