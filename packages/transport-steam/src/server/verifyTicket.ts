import { isAppId, MAX_APP_ID } from '../driver/appId.ts';
import { checkTimeoutMs } from '../driver/checkTimeout.ts';
import { describe } from '../driver/describe.ts';
import { isIndividualSteamId } from '../driver/steamId.ts';
import { checkService, MAX_TICKET_BYTES, ticketHex } from '../driver/ticket.ts';
import { utf8Text } from '../wire/bytes.ts';
import { TicketError } from './TicketError.ts';
import { askSteam, HttpStatus } from './webApi.ts';

export interface VerifyTicketOptions {
  /**
   * The Steamworks web API key of the app's publisher. Anybody who has it acts for the publisher: it belongs on a server of his, and never into
   * a game that players get (Valve).
   */
  publisherKey: string;
  appId: number;
  /** Whom the ticket must be for: what the player gave to `createTicket`. A ticket for anybody else is refused. */
  identity: string;
  /**
   * Where the web API is. `https://api.steampowered.com` takes a user's key instead of the publisher's, and limits the rate (Valve).
   * @default 'https://partner.steam-api.com'
   */
  url?: string;
  /** From the question to the whole answer. @default 10 000 */
  timeoutMs?: number;
  /** Gives up; the promise rejects with its reason. */
  signal?: AbortSignal;
}

/**
 * What Steam says of a ticket that is good. No result for `onAuth` as it is: core writes that as JSON, which knows no bigint, and the player is
 * told that the room is full.
 */
export interface VerifiedTicket {
  /** Who has it. */
  readonly steamId: bigint;
  /** Who owns the app: another one when it is borrowed from the family. */
  readonly ownerSteamId: bigint;
  /** A VAC ban for this app. */
  readonly vacBanned: boolean;
  /** A ban by the publisher. */
  readonly publisherBanned: boolean;
}

export const defaultVerifyTicketOptions = { url: 'https://partner.steam-api.com', timeoutMs: 10_000 } as const;

/** Interface, method and version of Steam's web API (Valve). */
const METHOD_PATH = '/ISteamUserAuth/AuthenticateUserTicket/v1/';

/** Steam's answers have a few hundred bytes. */
const MAX_ANSWER_BYTES = 65_536;

/** Of Steam's words in a message of ours. */
const MAX_QUOTED_CHARACTERS = 200;

/**
 * Asks Steam whose ticket this is: `ISteamUserAuth/AuthenticateUserTicket`. Bans are told, not judged: look at them.
 *
 * @param ticket what the player sent: the bytes, or their hexadecimal digits. Whatever else he sent in its place is an `invalid-ticket`.
 * @throws TicketError (rejects) when nobody can say, and why; TypeError, RangeError (rejects) for bad options, naming the option;
 *   the signal's reason (rejects)
 */
export async function verifyTicket(ticket: Uint8Array | string, options: VerifyTicketOptions): Promise<VerifiedTicket> {
  const { publisherKey, appId, identity, url, ...limits } = checkVerifyTicketOptions(options);
  const hex = hexOf(ticket);
  const query = new URLSearchParams({ key: publisherKey, appid: String(appId), ticket: hex, identity });
  const { status, body } = await askSteam(new URL(`?${query}`, url), { ...limits, maxBytes: MAX_ANSWER_BYTES });
  if (status !== HttpStatus.Ok) throw refusal(status, url.host, appId);
  return readAnswer(body, url.host, [publisherKey, hex]);
}

interface CheckedOptions {
  readonly publisherKey: string;
  readonly appId: number;
  readonly identity: string;
  readonly url: URL;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

const NAMES: readonly string[] = ['publisherKey', 'appId', 'identity', 'url', 'timeoutMs', 'signal'];

/** @throws TypeError, RangeError naming the option */
export function checkVerifyTicketOptions(options: VerifyTicketOptions): CheckedOptions {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(
      `verifyTicket(ticket, options) needs options, at least { publisherKey, appId, identity }, not ${describe(options)}`,
    );
  }
  for (const name of Object.keys(options)) {
    if (!NAMES.includes(name)) throw new TypeError(`unknown option ${name}; the options of verifyTicket are ${NAMES.join(', ')}`);
  }
  const { publisherKey, appId, identity, signal } = options;
  const { url = defaultVerifyTicketOptions.url, timeoutMs = defaultVerifyTicketOptions.timeoutMs } = options;
  // What it is instead is not told: half a key is a secret, too.
  if (typeof publisherKey !== 'string') throw new TypeError(`option publisherKey must be a string, not ${typeof publisherKey}`);
  if (!/^[\x21-\x7e]+$/.test(publisherKey)) {
    throw new RangeError('option publisherKey is empty, or has spaces or characters that no key has');
  }
  if (!isAppId(appId))
    throw new RangeError(`option appId must be a whole number from 1 to ${MAX_APP_ID}, not ${describe(appId)}`);
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(`option signal must be an AbortSignal, not ${describe(signal)}`);
  }
  return {
    publisherKey,
    appId,
    identity: checkService(identity),
    url: methodUrl(url),
    timeoutMs: checkTimeoutMs(timeoutMs),
    signal,
  };
}

function methodUrl(base: unknown): URL {
  const expected = `a URL with https, such as ${defaultVerifyTicketOptions.url}`;
  if (typeof base !== 'string' || !URL.canParse(base))
    throw new TypeError(`option url must be ${expected}, not ${describe(base)}`);
  const url = new URL(base);
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new RangeError(`option url must be ${expected}, and nothing else: no user, password, query or hash`);
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isThisMachine(url.hostname))) {
    throw new RangeError(
      `option url must be ${expected}, not ${base}: all on the way could read the key (http: for this machine only)`,
    );
  }
  url.pathname = url.pathname.replace(/\/*$/, METHOD_PATH);
  return url;
}

function isThisMachine(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d+){3}$/.test(hostname);
}

/** It comes from a player, so that there is nothing that it cannot be. */
function hexOf(ticket: unknown): string {
  if (ticket === undefined || ticket === null) throw new TicketError('no-ticket', 'there is no ticket');
  if (typeof ticket !== 'string' && !(ticket instanceof Uint8Array)) {
    throw new TicketError('invalid-ticket', `a ticket is bytes or hexadecimal digits, not ${typeof ticket}`);
  }
  const bytes = typeof ticket === 'string' ? ticket.length / 2 : ticket.length;
  if (bytes === 0) throw new TicketError('no-ticket', 'there is no ticket: it is empty');
  if (bytes > MAX_TICKET_BYTES) {
    throw new TicketError('invalid-ticket', `the ticket has ${bytes} bytes, and Steam makes none over ${MAX_TICKET_BYTES}`);
  }
  const hex = typeof ticket === 'string' ? ticket : ticketHex(ticket);
  if (!/^(?:[0-9a-f]{2})+$/i.test(hex)) {
    throw new TicketError('invalid-ticket', 'the ticket is not in hexadecimal digits, two for each byte');
  }
  return hex;
}

function refusal(status: number, host: string, appId: number): TicketError {
  if (status === HttpStatus.Unauthorized || status === HttpStatus.Forbidden) {
    return new TicketError(
      'key-refused',
      `${host} refuses the publisher's key (status ${status}): it must be one of the publisher of app ${appId}, and allowed from this address`,
    );
  }
  if (status === HttpStatus.TooManyRequests || status >= HttpStatus.ServerError) {
    return new TicketError('unavailable', `${host} has no time for the ticket (status ${status}): try again in a moment`);
  }
  return new TicketError('bad-answer', `${host} answers with status ${status}, as Steam does not (redirects are not followed)`);
}

/** `{ response: { params } }`, or `{ response: { error } }`. Whatever does not say in so many words that the ticket is good, does not. */
function readAnswer(body: Uint8Array, host: string, secrets: readonly string[]): VerifiedTicket {
  const { params, error } = record(record(parsed(body)).response);
  if (error !== undefined && error !== null) throw refusedTicket(record(error), secrets);
  const { result, steamid, ownersteamid, vacbanned, publisherbanned } = record(params);
  const [steamId, ownerSteamId] = [steamIdFrom(steamid), steamIdFrom(ownersteamid)];
  const isBad = typeof vacbanned !== 'boolean' || typeof publisherbanned !== 'boolean';
  if (result !== 'OK' || steamId === undefined || ownerSteamId === undefined || isBad) {
    throw new TicketError('bad-answer', `${host} answers with something else than Steam does`);
  }
  return { steamId, ownerSteamId, vacBanned: vacbanned, publisherBanned: publisherbanned };
}

function refusedTicket({ errorcode, errordesc }: Readonly<Record<string, unknown>>, secrets: readonly string[]): TicketError {
  const code = typeof errorcode === 'number' ? errorcode : undefined;
  const told = typeof errordesc === 'string' ? errordesc : '';
  const words = secrets.reduce((text, secret) => text.replaceAll(secret, '…'), told).slice(0, MAX_QUOTED_CHARACTERS);
  return new TicketError(
    'invalid-ticket',
    `Steam does not take the ticket: ${JSON.stringify(words)} (${code ?? 'no code'})`,
    code,
  );
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(utf8Text(body) ?? '');
  } catch {
    return undefined;
  }
}

/** Its fields; none when it is no object. */
function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** 64-bit numbers are strings there (Valve): as a number it would not be the one that was meant. */
function steamIdFrom(value: unknown): bigint | undefined {
  const id = typeof value === 'string' && /^\d{1,20}$/.test(value) ? BigInt(value) : undefined;
  return isIndividualSteamId(id) ? id : undefined;
}
