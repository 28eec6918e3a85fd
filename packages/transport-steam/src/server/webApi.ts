import { TicketError } from './TicketError.ts';

/** What Steam's web API answers with (Valve: Error Codes & Responses), as far as it matters here. */
export const HttpStatus = {
  Ok: 200,
  Unauthorized: 401,
  Forbidden: 403,
  TooManyRequests: 429,
  /** And above. */
  ServerError: 500,
} as const;

export interface WebAnswer {
  readonly status: number;
  /** Empty when the status is not 200: what comes then is a page for people. */
  readonly body: Uint8Array;
}

interface Limits {
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * One question to Steam's web API. The key is in the URL, as Valve documents it: so a redirect is not followed, as it would take the key
 * elsewhere, and no error says more than a host and a code.
 *
 * @throws TicketError (rejects) `unavailable`, `timed-out` or `bad-answer`; the signal's reason
 */
export async function askSteam(url: URL, { timeoutMs, maxBytes, signal }: Limits): Promise<WebAnswer> {
  signal?.throwIfAborted();
  const stop = new AbortController();
  const late = () => stop.abort(new TicketError('timed-out', `no answer from ${url.host} within ${timeoutMs} ms (timeoutMs)`));
  const giveUp = () => stop.abort(signal?.reason);
  const timer = setTimeout(late, timeoutMs);
  signal?.addEventListener('abort', giveUp);
  try {
    const response = await fetch(url, { redirect: 'manual', signal: stop.signal });
    const { status } = response;
    if (status === HttpStatus.Ok) return { status, body: await readBounded(response, maxBytes, url.host) };
    await response.body?.cancel();
    return { status, body: new Uint8Array() };
  } catch (error) {
    if (stop.signal.aborted) throw stop.signal.reason;
    if (error instanceof TicketError) throw error;
    throw new TicketError('unavailable', `Steam's web API was not reached at ${url.host}: ${codeOf(error)}`);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', giveUp);
  }
}

async function readBounded(response: Response, maxBytes: number, host: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    // Leaving the loop ends the connection.
    if (length > maxBytes) throw new TicketError('bad-answer', `the answer of ${host} is over ${maxBytes} bytes: not Steam's`);
    chunks.push(chunk);
  }
  const body = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
  }
  return body;
}

/** `ECONNREFUSED`, `ENOTFOUND`, `CERT_HAS_EXPIRED`. The words beside it may have the URL in them. */
function codeOf(error: unknown): string {
  const { cause } = error as { cause?: { code?: unknown } };
  return typeof cause?.code === 'string' ? cause.code : 'no reason known';
}
