import type { SteamRequest } from '../connection/types.ts';
import type { Cluster } from './Cluster.ts';
import { pathname, textFields } from './seats.ts';

/** `POST /matchmake/reconnect/<roomId>`, also where the router would not take it for that. */
const RETURN_PATH = /^\/+matchmake\/+reconnect\/+(.*?)\/*$/;
const JSON_TYPE = /^application\/json *(;|$)/i;

/**
 * Whether core may see this request: it comes back to a seat of his own, or is about something else. With the token of another
 * player core would end that player's link first, and only then find out that it has no seat for the one who asks.
 *
 * @throws UnreachableHost (rejects) when the process that has the room does not say
 */
export async function mayAskToReturn(request: SteamRequest, steamId: bigint, cluster: Cluster): Promise<boolean> {
  // It makes no URL, and gets its answer where the router is asked.
  if (!request.path.startsWith('/')) return true;
  const roomId = RETURN_PATH.exec(decoded(pathname(request)))?.[1];
  if (roomId === undefined || request.method !== 'POST') return true;
  // Of a form the router would read something else than we do here. The SDK sends none.
  if (!request.headers.every(([name, value]) => name.toLowerCase() !== 'content-type' || JSON_TYPE.test(value))) return false;
  const { reconnectionToken } = textFields(request.body);
  return reconnectionToken === undefined || (await cluster.mayReturn(roomId, reconnectionToken, steamId));
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
