import { isIndividualSteamId } from '../driver/steamId.ts';

const EXPECTED = 'expected steam:// and the SteamID64 of the user who hosts, as in steam://76561197960265729';

/**
 * The host in an endpoint `steam://<steamid64>`.
 *
 * @throws TypeError naming the value and what is expected, for anything that is not the SteamID of a person.
 */
export function hostOfEndpoint(endpoint: unknown): bigint {
  const digits = typeof endpoint === 'string' ? /^steam:\/\/(\d{1,20})\/?$/.exec(endpoint)?.[1] : undefined;
  if (digits === undefined) throw new TypeError(`endpoint ${show(endpoint)} is not a Steam endpoint: ${EXPECTED}`);
  const id = BigInt(digits);
  if (!isIndividualSteamId(id)) {
    throw new TypeError(
      `endpoint ${show(endpoint)} does not name a person (a lobby, a group, a game server, or a typing error?): ${EXPECTED}`,
    );
  }
  return id;
}

/**
 * The user, and what is asked of him, in a URL that the SDK built: `steam://<id>/<processId>/<roomId>?…` or `http://<id>.steam/…`,
 * since a host name that is only a number is not valid in an http URL.
 *
 * @throws TypeError for a host that is no Steam user, such as a `publicAddress` of a server that is not on Steam.
 */
export function parseSteamUrl(url: string): { host: bigint; target: string } {
  // As http, whose host every browser finds: Chromium before 130 finds none in a scheme that it does not know.
  const { hostname, pathname, search } = new URL(url.replace(/^steam:\/\/(\d+)(?=[/?]|$)/, 'http://$1.steam'));
  const digits = /^(\d{1,20})(?:\.steam)?$/.exec(hostname)?.[1];
  if (digits === undefined || !isIndividualSteamId(BigInt(digits))) {
    throw new TypeError(`${url} does not lead to a Steam user: a SteamSDK reaches people only, by their SteamID64`);
  }
  return { host: BigInt(digits), target: `${pathname || '/'}${search}` };
}

function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
