import { checkFields, checkNumber } from './checks.ts';

/**
 * What the network does to packets on their way from one user to another: one direction of one link.
 * Reliable packets suffer the same, but come late where unreliable ones are lost.
 */
export interface LinkConditions {
  /**
   * One way, half of a ping. Unit: ms.
   * @default 0
   */
  latencyMs?: number;
  /**
   * Added to the latency or taken from it, evenly spread from -jitterMs to +jitterMs. Alone it does not change the order of
   * packets: that is {@link reorder}. Unit: ms.
   * @default 0
   */
  jitterMs?: number;
  /**
   * Share of packets that are lost, 0 to 1.
   * @default 0
   */
  loss?: number;
  /**
   * Mean number of packets lost in one go, for the same `loss` (Gilbert-Elliott). 1: each packet is lost or not by itself.
   * @default 1
   */
  lossBurst?: number;
  /**
   * Share of unreliable packets that are held back by `reorderMs`, so that later ones overtake them, 0 to 1.
   * @default 0
   */
  reorder?: number;
  /**
   * How long such a packet is held back. Unit: ms.
   * @default 20
   */
  reorderMs?: number;
  /**
   * Share of unreliable packets that arrive twice, 0 to 1.
   * @default 0
   */
  duplicate?: number;
  /**
   * What the line carries; packets wait for each other. What is under way when it changes arrives at the pace of before, and what is sent
   * later behind it. Unit: bits per second of payload.
   * @default Infinity
   */
  bandwidthBitsPerSecond?: number;
  /**
   * What may wait for the line; an unreliable packet that finds the queue full is lost. Reliable ones wait. Unit: bytes.
   * @default 65_536
   */
  bandwidthQueueBytes?: number;
}

/** A perfect network. */
export const perfectConditions: Required<LinkConditions> = {
  latencyMs: 0,
  jitterMs: 0,
  loss: 0,
  lossBurst: 1,
  reorder: 0,
  reorderMs: 20,
  duplicate: 0,
  bandwidthBitsPerSecond: Number.POSITIVE_INFINITY,
  bandwidthQueueBytes: 65_536,
};

/** Largest duration that a condition or a knob may have: an hour. Unit: ms. */
export const MAX_DURATION_MS = 3_600_000;

/** Fills what is left out from {@link perfectConditions}. @throws RangeError, TypeError naming what is wrong */
export function resolveConditions(given: LinkConditions): Required<LinkConditions> {
  checkFields('LinkConditions', given, perfectConditions);
  const conditions = { ...perfectConditions };
  for (const [field, value] of Object.entries(given) as [keyof LinkConditions, number | undefined][]) {
    if (value !== undefined) conditions[field] = value;
  }
  checkNumber('latencyMs', conditions.latencyMs, 0, MAX_DURATION_MS);
  checkNumber('jitterMs', conditions.jitterMs, 0, MAX_DURATION_MS);
  checkNumber('loss', conditions.loss, 0, 1);
  checkNumber('lossBurst', conditions.lossBurst, 1, 1_000_000);
  checkNumber('reorder', conditions.reorder, 0, 1);
  checkNumber('reorderMs', conditions.reorderMs, 0, MAX_DURATION_MS);
  checkNumber('duplicate', conditions.duplicate, 0, 1);
  checkNumber('bandwidthBitsPerSecond', conditions.bandwidthBitsPerSecond, 1, Number.POSITIVE_INFINITY);
  checkNumber('bandwidthQueueBytes', conditions.bandwidthQueueBytes, 0, Number.POSITIVE_INFINITY);
  return conditions;
}
