import type { Endpoint } from '../connection/Endpoint.ts';
import type { SteamResponse } from '../connection/types.ts';
import { SteamError } from '../driver/SteamError.ts';
import { isLobbyId } from '../driver/steamId.ts';
import { utf8 } from '../wire/bytes.ts';
import { Deadlines } from './Deadlines.ts';

// Both halves of one exchange: a player asks his host which lobby the game is in now. Steam drops lobbies, and sessions live on.

/** Answered by whoever hosts a game with a lobby. */
export const LOBBY_PATH = '/.steam/lobby';

/** For the answer of somebody who is there: far less than the time-out of any request. Unit: ms. */
const ANSWER_MS = 10_000;

/** An answer has some 30. */
const MAX_BYTES = 1_024;

/** The answer of a host: his lobby, or that he has none just now. */
export function lobbyAnswer(lobby: bigint | undefined): SteamResponse {
  const answer = { lobby: lobby === undefined ? null : String(lobby) };
  return { status: 200, headers: [['content-type', 'application/json']], body: utf8(JSON.stringify(answer)) };
}

/**
 * The lobby that a host says he is in; undefined when he names none.
 *
 * @throws SteamError (rejects) when he does not answer; the signal's reason
 */
export async function askForLobby(endpoint: Endpoint, host: bigint, signal?: AbortSignal): Promise<bigint | undefined> {
  const late = new AbortController();
  const signals = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]);
  const request = { method: 'GET', path: LOBBY_PATH, headers: [], body: new Uint8Array() } as const;
  const tooLate = () => {
    late.abort();
    return new SteamError('timed-out', `Steam user ${host} did not say within ${ANSWER_MS} ms which lobby he is in`);
  };
  const asked = endpoint.request(host, request, signals);
  const { status, body, offer } = await new Deadlines(endpoint).within(asked, ANSWER_MS, tooLate, signal);
  // Nobody asked for one.
  offer?.connection.close();
  return status === 200 ? lobbyIn(body) : undefined;
}

/** Anything may come. */
function lobbyIn(body: Uint8Array): bigint | undefined {
  if (body.length > MAX_BYTES) return undefined;
  try {
    const { lobby } = Object(JSON.parse(new TextDecoder().decode(body))) as { lobby?: unknown };
    if (typeof lobby !== 'string' || !/^\d{1,20}$/.test(lobby)) return undefined;
    const id = BigInt(lobby);
    return isLobbyId(id) ? id : undefined;
  } catch {
    return undefined;
  }
}
