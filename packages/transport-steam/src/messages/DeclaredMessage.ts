import type { MessageDelivery } from './travel.ts';

/** One message of a {@link Messages}, at runtime. */
export interface DeclaredMessage {
  /** Place in the order of names, from 0: the same on both ends when their fingerprints are the same. */
  readonly id: number;
  readonly name: string;
  readonly delivery: MessageDelivery;
  readonly channel: string;
  /** By which a newer one replaces an older one that is queued: the message, or a field of it. */
  readonly latest: boolean | string;
  /** False: the payload is `undefined`, and its bytes are none. */
  readonly hasPayload: boolean;

  /**
   * The payload as bytes, after `head` if one is given; what is returned is the caller's to keep.
   * Throws a {@link MessageError} when it does not fit its declaration.
   */
  encode(payload: unknown, head?: Uint8Array): Uint8Array;

  /**
   * The payload of all bytes after the first `from`. It may keep views of them.
   * Throws a {@link MessageError} when they are anything but what `encode` writes.
   */
  decode(bytes: Uint8Array, from?: number): unknown;
}
