import { checkTicketIdentity } from './checkLobby.ts';

/** Largest ticket for the web API (Valve: `GetTicketForWebApiResponse_t::k_nCubTicketMaxLength`). Unit: bytes. */
export const MAX_TICKET_BYTES = 2560;

/**
 * The name of the service that a ticket is for. Steam makes tickets for nobody in particular, too: whoever gets one could use it anywhere.
 *
 * @throws TypeError, RangeError naming the value
 */
export function checkService(identity: string): string {
  checkTicketIdentity(identity);
  if (identity === '') throw new RangeError('the identity of a ticket is empty, but must say whom it is for, such as "my-game"');
  return identity;
}

/** As the web API takes it. */
export function ticketHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
