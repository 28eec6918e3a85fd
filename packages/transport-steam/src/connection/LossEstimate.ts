import { Lane, SEQUENCE_MASK, sequenceDistance } from '../wire/packet.ts';

/** The weight of one packet: at 60 a second the estimate follows within about two seconds. */
const WEIGHT = 1 / 128;

/** Packets behind the newest of which it is known whether they came. */
const WINDOW = 32;

/** After so long without a packet the numbers may have gone half way round: what is missing is not known. */
const SILENCE_MS = 1_000;

/**
 * The share of the peer's unreliable packets that do not arrive: gaps in their numbers, smoothed.
 *
 * A packet that comes late was taken for lost, and is taken back. What the peer himself threw away, because his Steam took none, has a
 * number as well and counts; a lost fragment does not, for the others have the same number.
 */
export class LossEstimate {
  /** From 0 to 1; -1 before the first packet. */
  loss = -1;
  #newest = 0;
  #receivedAt = 0;
  /** Bit i: the packet with the newest number less i came. */
  #came = 0;

  /** Any packet of the session, of either lane. */
  receive(packet: Uint8Array, now: number): void {
    if (((packet[0] as number) & Lane.Unreliable) === 0) return;
    const sequence = (((packet[1] as number) << 8) | (packet[2] as number)) & SEQUENCE_MASK;
    const ahead = sequenceDistance(sequence, this.#newest);
    const isUnknown = this.loss < 0 || now - this.#receivedAt >= SILENCE_MS;
    this.#receivedAt = now;
    if (isUnknown) {
      if (this.loss < 0) this.loss = 0;
      this.#newest = sequence;
      // What is behind cannot be told from what came before the silence.
      this.#came = -1;
    } else if (ahead > 0) {
      this.loss = 1 - (1 - this.loss) * (1 - WEIGHT) ** (ahead - 1);
      this.loss -= this.loss * WEIGHT;
      this.#newest = sequence;
      this.#came = ahead < WINDOW ? (this.#came << ahead) | 1 : 1;
    } else if (ahead > -WINDOW && (this.#came & (1 << -ahead)) === 0) {
      this.loss = Math.max(0, this.loss - WEIGHT);
      this.#came |= 1 << -ahead;
    }
  }
}
