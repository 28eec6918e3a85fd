import { decode } from '@colyseus/schema';
import { Protocol } from '@colyseus/sdk';

const CODE_MASK = 0x1f;

/**
 * Whether the lengths in a host's answer to a join lead to its end. False only of such an answer: what else comes is true.
 *
 * To be asked before the SDK reads it: it goes by these lengths as they are, and one that leads back is read for ever (0.18.4).
 */
export function hasSoundHandshake(frame: Uint8Array): boolean {
  const [first = 0] = frame;
  if ((first & CODE_MASK) !== Protocol.JOIN_ROOM) return true;
  // With a modifier above the code, the SDK would begin further on.
  if (first !== Protocol.JOIN_ROOM) return false;
  let at = 1;
  // Reconnection token and serializer.
  for (let texts = 0; texts < 2; texts++) at += 1 + (frame[at] ?? Number.NaN);
  const it = { offset: at };
  if (!skipPart(frame, it)) return false;
  while (it.offset < frame.length) {
    it.offset++; // what it is about
    if (!skipPart(frame, it)) return false;
  }
  return true;
}

/** A length, and as many bytes. */
function skipPart(frame: Uint8Array, it: { offset: number }): boolean {
  if (!(it.offset < frame.length)) return false;
  const length = decode.number(frame as never, it);
  it.offset += length;
  return length >= 0 && Number.isInteger(length) && it.offset <= frame.length;
}
