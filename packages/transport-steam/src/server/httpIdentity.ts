import type { IncomingMessage } from 'node:http';

/** Says over P2P who asks. */
const STEAM_ID_HEADER = 'x-steam-id';

/**
 * Over plain HTTP anybody can write any header: beside Steam, the one that names a Steam user must not get through, or `onAuth`
 * would believe it. To be called before every other listener of the server's `'request'`.
 */
export function withoutClaimedIdentity(request: IncomingMessage): void {
  delete request.headers[STEAM_ID_HEADER];
  delete request.headersDistinct[STEAM_ID_HEADER];
  for (let i = request.rawHeaders.length - 2; i >= 0; i -= 2) {
    if (request.rawHeaders[i]?.toLowerCase() === STEAM_ID_HEADER) request.rawHeaders.splice(i, 2);
  }
}
