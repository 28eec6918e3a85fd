import { pack } from 'msgpackr';
import { concat } from '../wire/support.ts';

/** Codes of Colyseus' frames. */
export const DATA = 13;
export const BYTES = 17;
export const REQUEST = 21;

/** A frame of Colyseus that carries a message, of any type that fits one byte of length. */
export function messageFrame(type: string, payload?: unknown, code = DATA): Uint8Array {
  const name = new TextEncoder().encode(type);
  const head = name.length < 32 ? [0xa0 | name.length] : [0xd9, name.length];
  const number = code === REQUEST ? [7] : [];
  return concat([code], number, head, name, payload === undefined ? [] : pack(payload));
}
