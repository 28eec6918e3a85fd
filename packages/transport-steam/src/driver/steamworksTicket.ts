import { wordsOf } from './describe.ts';
import type { DriverTicket } from './SteamDriver.ts';
import type { SteamworksAuth, SteamworksTicket } from './steamworksClient.ts';

/** Steam's servers make a ticket; who waits for one that never comes keeps everybody behind him waiting. Unit: s. */
const PATIENCE_S = 10;

/** On steamworks.js itself, so that the ESM and the CommonJS copy of this module are one line. */
const LAST = Symbol.for('colyseus-transport-steam.lastTicket');

/** One after the other: of two that steamworks.js waits for at once, the first rejects. */
export function createSteamworksTicket(auth: SteamworksAuth, identity: string): Promise<DriverTicket> {
  const line: SteamworksAuth & { [LAST]?: Promise<unknown> } = auth;
  const ticket = (line[LAST] ?? Promise.resolve()).then(() => request(auth, identity));
  const over = ticket.catch(() => {});
  Object.defineProperty(line, LAST, { value: over, configurable: true });
  return ticket;
}

async function request(auth: SteamworksAuth, identity: string): Promise<DriverTicket> {
  let ticket: SteamworksTicket;
  try {
    ticket = await auth.getAuthTicketForWebApi(identity, PATIENCE_S);
  } catch (cause) {
    throw new Error(`Steam gave no ticket for '${identity}': ${wordsOf(cause)}`, { cause });
  }
  let isCancelled = false;
  return {
    bytes: new Uint8Array(ticket.getBytes()),
    cancel: () => {
      if (!isCancelled) ticket.cancel();
      isCancelled = true;
    },
  };
}
