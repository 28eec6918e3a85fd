import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from '../compliance/transport/waiting.ts';

/** What is in a ticket, as the one who made it says. */
export interface TicketContent {
  readonly steamId: bigint;
  readonly identity: string;
  readonly appId: number;
  readonly ownerSteamId?: bigint;
  readonly vacBanned?: boolean;
  readonly publisherBanned?: boolean;
}

export interface FakeWebApi {
  /** For the option `url`. */
  readonly url: string;
  readonly requests: URL[];
  close(): Promise<void>;
}

export const PUBLISHER_KEY = '0123456789ABCDEF0123456789ABCDEF';
export const APP_ID = 480;

/**
 * Steam's web API on this machine, as far as `AuthenticateUserTicket` goes: the method, path, parameters and success that Valve documents, and
 * the errors that games have been given. `readTicket` says what is in a ticket, or undefined when it is none.
 */
export function fakeWebApi(readTicket: (ticket: Uint8Array) => TicketContent | undefined): Promise<FakeWebApi> {
  return serve((request, response, url) => {
    if (request.method !== 'GET' || url.pathname !== '/ISteamUserAuth/AuthenticateUserTicket/v1/') {
      page(response, 404, 'Not Found');
    } else if (!['key', 'appid', 'ticket'].every((name) => url.searchParams.has(name))) {
      page(response, 400, 'Bad Request', 'Please verify that all required parameters are being sent');
    } else if (url.searchParams.get('key') !== PUBLISHER_KEY) {
      page(response, 403, 'Forbidden', 'Access is denied. Retrying will not help. Please verify your <pre>key=</pre> parameter.');
    } else {
      json(response, { response: authenticate(url.searchParams, readTicket) });
    }
  });
}

/** A server that answers every request with `answer`. */
export function fakeServer(answer: (response: ServerResponse, request: IncomingMessage) => void): Promise<FakeWebApi> {
  return serve((request, response) => answer(response, request));
}

export function json(response: ServerResponse, value: unknown): void {
  response.setHeader('content-type', 'application/json; charset=UTF-8').end(JSON.stringify(value));
}

export function page(response: ServerResponse, status: number, title: string, text = ''): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=UTF-8' });
  response.end(`<html><head><title>${title}</title></head><body><h1>${title}</h1>${text}</body></html>`);
}

function authenticate(parameters: URLSearchParams, readTicket: (ticket: Uint8Array) => TicketContent | undefined): object {
  const hex = parameters.get('ticket') ?? '';
  if (!/^(?:[0-9a-f]{2})+$/i.test(hex)) return { error: { errorcode: 3, errordesc: 'Invalid parameter' } };
  const ticket = readTicket(new Uint8Array(Buffer.from(hex, 'hex')));
  const identity = parameters.get('identity');
  if (ticket === undefined || (identity !== null && identity !== ticket.identity)) {
    return { error: { errorcode: 101, errordesc: 'Invalid ticket' } };
  }
  if (String(ticket.appId) !== parameters.get('appid')) return { error: { errorcode: 102, errordesc: 'Ticket for other app' } };
  const { steamId, ownerSteamId = steamId, vacBanned = false, publisherBanned = false } = ticket;
  return {
    params: {
      result: 'OK',
      steamid: String(steamId),
      ownersteamid: String(ownerSteamId),
      vacbanned: vacBanned,
      publisherbanned: publisherBanned,
    },
  };
}

async function serve(handle: (request: IncomingMessage, response: ServerResponse, url: URL) => void): Promise<FakeWebApi> {
  const requests: URL[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    requests.push(url);
    handle(request, response, url);
  });
  await once((listening) => server.listen(0, '127.0.0.1', listening as () => void));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: async () => {
      server.closeAllConnections();
      await once((closed) => server.close(closed as () => void));
    },
  };
}
