import { gzipSync } from 'node:zlib';
import { getMessageBytes, Protocol } from '@colyseus/core';
import { compactHead } from '../src/messages/compact.ts';
import { varToBytes } from './encodingGodot.ts';
import { messages, type Packet } from './encodingPackets.ts';

/** Bytes of a packet, whole: with what says which packet it is. */
export interface Sizes {
  readonly ours: number;
  readonly byHand: number;
  readonly msgpackr: number;
  readonly json: number;
  readonly jsonGzip: number;
  readonly godot: number;
  readonly godotGzip: number;
}

export const goals: readonly { readonly of: keyof Sizes; readonly share: number }[] = [
  { of: 'godot', share: 0.18 },
  { of: 'godotGzip', share: 0.45 },
  { of: 'msgpackr', share: 0.5 },
  { of: 'byHand', share: 1.25 },
];

export function sizesOf({ name, payload, dictionary, byHand }: Packet): Sizes {
  const declared = messages.get(name)!;
  const json = Buffer.from(JSON.stringify(dictionary, (_key, value: unknown) => jsonValue(value)));
  const godot = varToBytes(dictionary);
  return {
    ours: declared.encode(payload, compactHead(declared)).length,
    byHand: byHand().length,
    msgpackr: getMessageBytes.raw(Protocol.ROOM_DATA, name, payload).length,
    json: json.length,
    jsonGzip: gzipSync(json).length,
    godot: godot.length,
    godotGzip: gzipSync(godot).length,
  };
}

export function total(sizes: readonly Sizes[]): Sizes {
  return sizes.reduce((sum, size) => {
    const entries = Object.entries(sum).map(([key, value]) => [key, value + size[key as keyof Sizes]]);
    return Object.fromEntries(entries) as Sizes;
  });
}

/** JSON has no big integers and no bytes: text stands for both. */
function jsonValue(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
}
