import type { Router } from '@colyseus/core';
import { OFFER_HEADER } from '../connection/offerHeader.ts';
import type { SteamRequest, SteamResponse } from '../connection/types.ts';
import { faultOfJson } from './jsonBody.ts';

/** What a player could claim about himself: the verified SteamID takes the place of all of it. */
const IDENTITY_HEADERS = ['x-steam-id', 'x-real-ip', 'x-forwarded-for', 'x-client-ip'];

/**
 * Pages for the one who runs the server: @colyseus/monitor, @colyseus/playground, @colyseus/admin, and core's own (`/__healthcheck`,
 * `/__apidocs`). Over P2P every player could open them.
 */
const OPERATOR_ROUTE = /^\/+(?:monitor|playground|admin|__[^/]*)(?:\/|$)/i;

/** Answers a player's request from the routes of the Colyseus server. */
export async function answerRequest(
  router: Router,
  steamId: bigint,
  request: SteamRequest,
  exposeRoute: (path: string) => boolean,
): Promise<SteamResponse> {
  const webRequest = toWebRequest(steamId, request);
  if (webRequest === undefined) return jsonResponse(400, 'malformed request');
  const fault = webRequest.body !== null && isJson(webRequest) ? faultOfJson(request.body) : undefined;
  if (fault !== undefined) return jsonResponse(400, fault);
  const path = decodedPath(webRequest.url);
  if (path === undefined) return jsonResponse(400, 'malformed path');
  if (OPERATOR_ROUTE.test(path) && !exposeRoute(path)) {
    return jsonResponse(
      404,
      `${path} is not served over Steam, where every player could open it; the host's option exposeRoute allows it`,
    );
  }
  return await fromWebResponse(await router.handler(webRequest));
}

export function jsonResponse(status: number, error: string): SteamResponse {
  return { status, headers: [['content-type', 'application/json']], body: new TextEncoder().encode(JSON.stringify({ error })) };
}

/** Undefined when no such request can be: a method or a header that HTTP does not know. */
function toWebRequest(steamId: bigint, { method, path, headers, body }: SteamRequest): Request | undefined {
  if (!path.startsWith('/')) return undefined;
  try {
    const identity = String(steamId);
    const own = new Headers(headers.map(([name, value]): [string, string] => [name, value]));
    for (const name of [...IDENTITY_HEADERS, OFFER_HEADER]) own.delete(name);
    own.set('x-steam-id', identity);
    // `context.ip` of onAuth is a string on every transport; core takes it from here.
    own.set('x-real-ip', identity);
    const mayHaveBody = method !== 'GET' && method !== 'HEAD';
    return new Request(`http://${identity}.steam${path}`, {
      method,
      headers: own,
      ...(mayHaveBody && body.length > 0 && { body: new Uint8Array(body) }),
    });
  } catch {
    return undefined;
  }
}

/** As the router decides it. */
function isJson({ headers }: Request): boolean {
  return /^application\/([a-z0-9.+-]*\+)?json/i.test(headers.get('content-type') ?? '');
}

/** As routes see it, but with nothing hidden behind an escape. */
function decodedPath(url: string): string | undefined {
  try {
    return decodeURIComponent(new URL(url).pathname);
  } catch {
    return undefined;
  }
}

async function fromWebResponse(response: Response): Promise<SteamResponse> {
  return {
    status: response.status,
    headers: [...response.headers],
    body: new Uint8Array(await response.arrayBuffer()),
  };
}
