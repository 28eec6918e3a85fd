import type { FetchFn } from '@colyseus/sdk';
import { OFFER_HEADER } from '../connection/offerHeader.ts';
import type { SteamResponse } from '../connection/types.ts';
import type { PlayerLink } from './PlayerLink.ts';
import { parseSteamUrl } from './steamAddress.ts';

/** Answers that have no body by definition: `new Response()` throws when they are given one. */
const NO_BODY = [204, 205, 304];

/**
 * `fetch` over Steam: matchmaking, `client.http` and `client.auth` all go through it. Rejects as fetch does: with the signal's reason
 * when it is aborted, else with a TypeError, whose `cause` is the SteamError.
 *
 * @param statusTexts of each status, in words, where somebody has them: Steam does not carry them
 */
export function steamFetch(link: PlayerLink, statusTexts: Readonly<Record<number, string | undefined>> = {}): FetchFn {
  return async (input, init) => {
    const { isMatchmaking } = link; // first: it holds for this turn only
    const signal = link.signalFor(init?.signal ?? undefined);
    const request = new Request(input, init);
    if (isMatchmaking) request.headers.set(OFFER_HEADER, '1');
    const { host, target } = parseSteamUrl(request.url);
    const body = new Uint8Array(await request.arrayBuffer());
    let response: SteamResponse;
    try {
      response = await link.request(host, { method: request.method, path: target, headers: [...request.headers], body }, signal);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw new TypeError((error as Error).message, { cause: error });
    }
    const { status, headers } = response;
    if (status < 200 || status > 599) throw new TypeError(`Steam user ${host} answered with status ${status}, which is none`);
    return new Response(NO_BODY.includes(status) ? null : new Uint8Array(response.body), {
      status,
      statusText: statusTexts[status] ?? '',
      headers: headers.map(([name, value]): [string, string] => [name, value]),
    });
  };
}
