import { Protocol, ProtocolModifier } from '@colyseus/core';

const UNRELIABLE_PATCH = Protocol.ROOM_STATE_PATCH | ProtocolModifier.UNRELIABLE;

/** `[15 | 0x40][sequence, u16 little-endian]`, see `ProtocolModifier.UNRELIABLE` in `@colyseus/shared-types`. */
const HEADER_BYTES = 3;

/** What is stamped, of all links: whoever sends it has copied it when the next one comes. */
let scratch = new Uint8Array(1_200);

/**
 * Numbers the unreliable patches of one link from 1.
 *
 * Core counts them for the whole room, while an SDK that joins begins at 0 and takes only what is newer by less than 32768: who
 * joins or reconnects in the second half of the count gets no unreliable update until it wraps (0.18.17; at 20 Hz from the 27th to
 * the 55th minute of a room). Each link having its own count, nobody does.
 */
export class UnreliableSequence {
  #count = 0;

  /**
   * The frame with its number in this link's count. Frames of another kind are returned as they are; a patch comes in a scratch
   * buffer that the next call, of any link, overwrites, because core sends one buffer to all clients.
   */
  stamp(frame: Uint8Array): Uint8Array {
    if (frame[0] !== UNRELIABLE_PATCH || frame.length < HEADER_BYTES) return frame;
    if (scratch.length < frame.length) scratch = new Uint8Array(frame.length * 2);
    this.#count = (this.#count + 1) & 0xffff;
    scratch.set(frame);
    scratch[1] = this.#count & 0xff;
    scratch[2] = this.#count >> 8;
    return scratch.subarray(0, frame.length);
  }
}
