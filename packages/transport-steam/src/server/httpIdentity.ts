import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/** Says over P2P who asks. */
const STEAM_ID_HEADER = 'x-steam-id';

/** What core takes `context.ip` of `onAuth` from, which is the SteamID over P2P. Genuine ones are a proxy's. */
const ADDRESS_HEADERS = ['x-real-ip', 'x-forwarded-for', 'x-client-ip'];

/**
 * Over plain HTTP anybody can write any header: beside Steam, one that names a Steam user must not get through, or `onAuth`
 * would believe it. To be called before every other listener of the server's `'request'`.
 */
export function withoutClaimedIdentity(request: IncomingMessage): void {
  remove(request, STEAM_ID_HEADER);
  for (const name of ADDRESS_HEADERS) {
    const value = request.headers[name];
    if (value !== undefined && !String(value).split(',').every(isAddress)) remove(request, name);
  }
}

/** An IP address, with or without a port. */
function isAddress(text: string): boolean {
  const address = text.trim();
  const host = /^\[(.*)\](?::\d+)?$/.exec(address)?.[1] ?? /^([\d.]+):\d+$/.exec(address)?.[1] ?? address;
  return isIP(host) !== 0;
}

function remove(request: IncomingMessage, header: string): void {
  delete request.headers[header];
  delete request.headersDistinct[header];
  for (let i = request.rawHeaders.length - 2; i >= 0; i -= 2) {
    if (request.rawHeaders[i]?.toLowerCase() === header) request.rawHeaders.splice(i, 2);
  }
}
