import type { Client } from '@colyseus/core';
import type { Endpoint } from '../connection/Endpoint.ts';
import { ticketIdentity, ticketRequest } from '../connection/ticketRequest.ts';
import type { SteamResponse } from '../connection/types.ts';
import { describe } from '../driver/describe.ts';
import { SteamError } from '../driver/SteamError.ts';
import { checkSteamId } from '../driver/steamId.ts';
import { MAX_TICKET_BYTES } from '../driver/ticket.ts';
import { utf8Text } from '../wire/bytes.ts';
import { steamIdOf } from './SteamClient.ts';
import { TicketError } from './TicketError.ts';
import { checkVerifyTicketOptions, type VerifiedTicket, type VerifyTicketOptions, verifyTicket } from './verifyTicket.ts';

/** Who the ticket is for is no question here: this host. */
export type VerifyPlayerOptions = Omit<VerifyTicketOptions, 'identity'>;

/** Of a player's own words, in a message of ours. */
const MAX_QUOTED_CHARACTERS = 200;

/** Asks a player over the session that there is with him. See `SteamTransport.ticketOf`. */
export async function ticketOf(endpoint: Endpoint, player: Client | bigint, signal?: AbortSignal): Promise<Uint8Array> {
  const steamId = steamIdFrom(player);
  if (!endpoint.stats().some(({ peer, state }) => peer === steamId && state === 'established')) {
    throw new TicketError('no-ticket', `there is no session with Steam user ${steamId}: ask for his ticket while he plays`);
  }
  const { status, body } = await endpoint.request(steamId, ticketRequest, signal).catch((error) => {
    if (!(error instanceof SteamError)) throw error;
    throw new TicketError('no-ticket', `Steam user ${steamId} gives no ticket: ${reasonOf(error)}`);
  });
  if (status !== 200) throw new TicketError('no-ticket', `Steam user ${steamId} gives no ticket (${status}): ${reasonIn(body)}`);
  if (body.length === 0 || body.length > MAX_TICKET_BYTES) {
    throw new TicketError(
      'invalid-ticket',
      `Steam user ${steamId} gives ${body.length} bytes for a ticket: from 1 to ${MAX_TICKET_BYTES} may be one`,
    );
  }
  return body;
}

/** See `SteamTransport.verifyPlayer`. */
export async function verifyPlayer(
  endpoint: Endpoint,
  player: Client | bigint,
  options: VerifyPlayerOptions,
): Promise<VerifiedTicket> {
  const steamId = steamIdFrom(player);
  const verifyOptions = { ...options, identity: ticketIdentity(endpoint.steamId) };
  // Before the player is asked for something that nobody could use.
  checkVerifyTicketOptions(verifyOptions);
  const verified = await verifyTicket(await ticketOf(endpoint, steamId, verifyOptions.signal), verifyOptions);
  if (verified.steamId !== steamId) {
    throw new TicketError('wrong-player', `Steam user ${steamId} gave the ticket of Steam user ${verified.steamId}`);
  }
  return verified;
}

function steamIdFrom(player: Client | bigint): bigint {
  if (typeof player === 'bigint') return checkSteamId(player);
  const isClient = typeof (player as Partial<Client> | null | undefined)?.ref === 'object';
  const steamId = isClient ? steamIdOf(player) : undefined;
  if (steamId !== undefined) return steamId;
  throw new TypeError(`a player is a client of a room that came over Steam, or a SteamID (bigint), not ${describe(player)}`);
}

function reasonOf({ code, message }: SteamError): string {
  // That is: there is nobody at all to answer.
  return code === 'not-hosting' ? 'option tickets of his SteamSDK is false' : message;
}

/** What he says, who may say anything. */
function reasonIn(body: SteamResponse['body']): string {
  try {
    const { error } = JSON.parse(utf8Text(body) ?? '') as { error?: unknown };
    // JSON leaves some of them as they are, one that begins a terminal's commands among them.
    return JSON.stringify(String(error).slice(0, MAX_QUOTED_CHARACTERS)).replaceAll(/\p{Cc}/gu, '');
  } catch {
    return 'no reason';
  }
}
