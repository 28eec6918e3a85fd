import type { Inspection } from '../connection/inspection.ts';
import { describe } from '../driver/describe.ts';

/** What the page reads of a snapshot, and what it must be. With `?`: it may be missing. */
const INSPECTION: Shape<Inspection> = {
  steamId: 'string',
  personaName: 'string',
  now: 'number',
  steam: 'string',
  isHosting: 'boolean',
  peers: 'array',
  strangers: 'object',
  faults: 'object',
  bans: 'number',
  foreignPackets: 'number',
  events: 'array',
  host: 'string?',
  rooms: 'array?',
  lobby: 'object?',
};

const PEER: Shape<Inspection['peers'][number]> = {
  peer: 'string',
  personaName: 'string',
  sent: 'object',
  received: 'object',
  channels: 'object',
  types: 'object',
  connections: 'array',
};

const LOBBY: Shape<NonNullable<Inspection['lobby']>> = { members: 'array', data: 'object' };

type Shape<T> = { readonly [Field in keyof T]?: string };

/** Of another process, or of another version, may come what is no snapshot. @throws TypeError naming the field and what it is */
export function checkInspection(given: Inspection): void {
  if (typeof given !== 'object' || given === null) throw new TypeError(`gave ${describe(given)}, and not what inspect() returns`);
  check('', given, INSPECTION);
  for (const [at, peer] of given.peers.entries()) check(`peers[${at}].`, peer, PEER);
  if (given.lobby !== undefined) check('lobby.', given.lobby, LOBBY);
}

function check<T>(where: string, given: T, shape: Shape<T>): void {
  for (const [field, expected] of Object.entries(shape) as [keyof T & string, string][]) {
    const value = given?.[field];
    const type = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
    if (type === expected || expected === `${type}?` || (value === undefined && expected.endsWith('?'))) continue;
    const wanted = expected.replace('?', '');
    throw new TypeError(`gave no snapshot of inspect(): ${where}${field} must be of type ${wanted}, not ${describe(value)}`);
  }
}
