import { SessionError } from '../driver/SteamDriver.ts';
import { SteamError } from '../driver/SteamError.ts';
import { utf8 } from '../wire/bytes.ts';
import { DESCRIPTION_BYTES, PROTOCOL_VERSION, RefuseCode } from '../wire/hello.ts';
import type { MessageContract } from './types.ts';

/** Of a difference that is told: the peer has a hand in its length. */
const DIFFERENCE_CHARACTERS = 500;

/** In UTF-8. */
const LONGEST_CHARACTER_BYTES = 4;

/** What a host's refusal means to the one who is refused. */
export function refusal(peer: bigint, code: number, reason: string): SteamError {
  switch (code) {
    case RefuseCode.VersionMismatch:
      return versionMismatch(peer, Number(reason));
    case RefuseCode.NotHosting:
      return new SteamError('not-hosting', `Steam user ${peer} answers, but hosts no Colyseus server`);
    case RefuseCode.Full:
      return new SteamError('full', `Steam user ${peer} has no room for another peer: ${reason}`);
    case RefuseCode.Ended:
      return connectionLost(peer, 'they ended it before we knew that it had begun, and may have done what we asked');
    default:
      return new SteamError('denied', `Steam user ${peer} refused: ${reason}`, { reason });
  }
}

/** The host's own words in what {@link refusal} says: the SDK keeps of an error of ours its message and its code only. */
export function reasonIn(message: string): string | undefined {
  return /^Steam user \d+ refused: (.*)$/s.exec(message)?.[1];
}

/** In a refusal for its version, the reason is the version of the one who refuses. */
export function versionMismatch(peer: bigint, theirs: number): SteamError {
  const who = theirs < PROTOCOL_VERSION ? 'theirs is older: they must update the game' : 'ours is older: update the game';
  return new SteamError(
    'version-mismatch',
    `Steam user ${peer} speaks version ${theirs} of the protocol, this is version ${PROTOCOL_VERSION}; ${who}`,
  );
}

/**
 * The peer's message definitions are not `ours`. `theirs` is his description of them: empty when he has none, undefined when he did
 * not tell.
 */
export function schemaMismatch(peer: bigint, ours: MessageContract | undefined, theirs: string | undefined): SteamError {
  return new SteamError(
    'schema-mismatch',
    `${difference(peer, ours, theirs)}; both sides need the same: update the older one of the two games`,
  );
}

function difference(peer: bigint, ours: MessageContract | undefined, theirs: string | undefined): string {
  if (ours === undefined || ours.fingerprint === 0n) {
    return `Steam user ${peer} has message definitions, and this side has none (option messages)`;
  }
  if (theirs === '') return `this side has message definitions, and Steam user ${peer} has none (option messages)`;
  const which = `the message definitions of Steam user ${peer} are not those of this side`;
  const first = theirs === undefined ? '' : firstDifference(ours, theirs);
  if (theirs === undefined || first === '') return which;
  return `${which}: ${first}${isCut(theirs) ? ' (or further on: their description is too long to be told whole)' : ''}`;
}

/** It is as long as it may be, or the next character did not fit. */
function isCut(description: string): boolean {
  return utf8(description).length > DESCRIPTION_BYTES - LONGEST_CHARACTER_BYTES;
}

/** The peer's text must not make us fail in another way than it should. */
function firstDifference(ours: MessageContract, theirs: string): string {
  try {
    return ours.firstDifference(theirs).slice(0, DIFFERENCE_CHARACTERS);
  } catch {
    return '';
  }
}

export function timedOut(peer: bigint, afterMs: number): SteamError {
  return new SteamError(
    'timed-out',
    `no answer from Steam user ${peer} within ${afterMs} ms (connectTimeoutMs): offline, not in this game, not hosting, ` +
      'not letting us in, or behind a firewall (Steam needs outbound UDP 3478, 4379 and 4380)',
  );
}

/** What `P2PSessionConnectFail` says of a user whom we could not reach; undefined when it is worth trying on until the time-out. */
export function connectFailure(peer: bigint, error: number): SteamError | undefined {
  switch (error) {
    case SessionError.NoRightsToApp:
      return new SteamError('no-rights', `this Steam account does not own the app, so Steam does not connect it to user ${peer}`);
    case SessionError.NotRunningApp:
      return new SteamError('timed-out', `Steam user ${peer} is not running this game`);
    case SessionError.DestinationNotLoggedIn:
      return new SteamError('timed-out', `Steam user ${peer} is not connected to Steam`);
    default:
      return undefined;
  }
}

/** An end that the peer did not announce. */
export function connectionLost(peer: bigint, how: string): SteamError {
  return new SteamError('connection-lost', `the session with Steam user ${peer} is lost: ${how}`);
}

/** An end at which nothing was left of it. */
export function endedByPeer(peer: bigint): SteamError {
  return new SteamError('closed', `the session with Steam user ${peer} is over: they ended it`);
}
