import { addExtension } from 'msgpackr';
import { canonicalHead } from './compact.ts';
import type { DeclaredMessage } from './DeclaredMessage.ts';

/**
 * A payload that was decoded at the edge of our transport, where a fault can be counted and ends the link, on its way to the room's
 * handlers: Colyseus unpacks a frame that says "what was just handed over", always the same for a message, so nothing is encoded again.
 */
class HandedOver {}

/** `T`, beside the extension of {@link DeclaredPayload}. */
const EXTENSION_TYPE = 0x54;
/** msgpack: an extension of one byte. */
const FIXEXT1 = 0xd4;

const NOTHING = Symbol('nothing was handed over');
let handed: unknown = NOTHING;
let isAdded = false;
const frames = new WeakMap<DeclaredMessage, Uint8Array>();

/** Calls `deliver` with the frame that Colyseus unpacks as `payload`. The frame is shared: nobody may write to it. */
export function handOver(declared: DeclaredMessage, payload: unknown, deliver: (frame: Uint8Array) => void): void {
  addToMsgpackr();
  handed = payload;
  try {
    deliver(frameOf(declared));
  } finally {
    handed = NOTHING;
  }
}

function frameOf(declared: DeclaredMessage): Uint8Array {
  let frame = frames.get(declared);
  if (frame === undefined) {
    const head = canonicalHead(declared.name);
    frame = declared.hasPayload ? Uint8Array.of(...head, FIXEXT1, EXTENSION_TYPE, 0) : head;
    frames.set(declared, frame);
  }
  return frame;
}

function addToMsgpackr(): void {
  if (isAdded) return;
  isAdded = true;
  addExtension({
    Class: HandedOver,
    type: EXTENSION_TYPE,
    pack: () => new Uint8Array(1),
    unpack: () => {
      // A peer can send this frame, too, and then there is nothing.
      if (handed === NOTHING) throw new TypeError('a payload that was not handed over');
      const payload = handed;
      handed = NOTHING;
      return payload;
    },
  });
}
