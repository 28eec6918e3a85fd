import { isIndividualSteamId } from '../driver/steamId.ts';
import { utf8, utf8Text } from '../wire/bytes.ts';
import type { SteamRequest, SteamResponse } from './types.ts';

// Both halves of one exchange: a player to whom a game gave a seat asks his host which Steam user has the process of its room.

const FOLDER = '/.steam/host/';

/** Core's names of processes are shorter. */
const PROCESS_ID = /^[\w-]{1,64}$/;

/** An answer has some 30. */
const MAX_BYTES = 1_024;

/** Undefined for what is no name of a process. */
export function hostRequest(processId: string): SteamRequest | undefined {
  if (!PROCESS_ID.test(processId)) return undefined;
  return { method: 'GET', path: FOLDER + processId, headers: [], body: new Uint8Array() };
}

/** The process that is asked for; undefined for any other request. */
export function processAskedFor({ path }: SteamRequest): string | undefined {
  const processId = path.startsWith(FOLDER) ? path.slice(FOLDER.length) : '';
  return PROCESS_ID.test(processId) ? processId : undefined;
}

export function hostAnswer(host: bigint): SteamResponse {
  const body = utf8(JSON.stringify({ host: String(host) }));
  return { status: 200, headers: [['content-type', 'application/json']], body };
}

/** Undefined for an answer that names nobody: anything may come. */
export function hostIn({ status, body }: SteamResponse): bigint | undefined {
  if (status !== 200 || body.length > MAX_BYTES) return undefined;
  try {
    const { host } = Object(JSON.parse(utf8Text(body) ?? '')) as { host?: unknown };
    const id = typeof host === 'string' && /^\d{1,20}$/.test(host) ? BigInt(host) : undefined;
    return isIndividualSteamId(id) ? id : undefined;
  } catch {
    return undefined;
  }
}
