import { Compression } from '../wire/compression.ts';

/** What large messages are compressed with. */
export type CompressionAlgorithm = 'none' | 'deflate' | 'brotli';

/** Whether, with what and from which size on messages are compressed. Both ends must name the same algorithm: else nothing is. */
export interface CompressionOptions {
  /** `deflate` takes the least time; `brotli` makes less of it, in about twice the time. */
  algorithm: CompressionAlgorithm;
  /**
   * Messages, requests and responses of fewer bytes go as they are. Unit: bytes.
   * @default 1_024
   */
  thresholdBytes?: number;
  /**
   * Unreliable messages, too: for large ones, that travel as fragments of which none may be lost.
   * @default false
   */
  unreliable?: boolean;
}

export type ResolvedCompression = Readonly<Required<CompressionOptions>>;

export const defaultCompressionOptions: ResolvedCompression = Object.freeze({
  algorithm: 'none',
  thresholdBytes: 1_024,
  unreliable: false,
});

/** On the wire. */
export const compressionCode = {
  none: Compression.None,
  deflate: Compression.Deflate,
  brotli: Compression.Brotli,
} as const satisfies Record<CompressionAlgorithm, Compression>;

/** Below, the header of a compressed frame eats up what is saved. */
const LEAST_THRESHOLD_BYTES = 64;

const MOST_THRESHOLD_BYTES = 268_435_456;

/**
 * Fills in the defaults and checks the rest.
 *
 * @throws TypeError | RangeError that names the option, the value and what is allowed
 */
export function resolveCompression(value: unknown): ResolvedCompression {
  const given = typeof value === 'string' ? { algorithm: value } : value;
  if (typeof given !== 'object' || given === null) {
    throw new TypeError(`option compression must be an algorithm or { algorithm, … }, not ${String(value)}`);
  }
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(defaultCompressionOptions, name)) {
      const names = Object.keys(defaultCompressionOptions).join(', ');
      throw new TypeError(`unknown option compression.${name}; the options of compression are ${names}`);
    }
  }
  const {
    algorithm,
    thresholdBytes = defaultCompressionOptions.thresholdBytes,
    unreliable = false,
  } = given as CompressionOptions;
  if (typeof algorithm !== 'string' || !Object.hasOwn(compressionCode, algorithm)) {
    const names = Object.keys(compressionCode).join(', ');
    throw new RangeError(`option compression must be one of ${names}, not ${String(algorithm)}`);
  }
  checkThreshold(thresholdBytes);
  if (typeof unreliable !== 'boolean') {
    throw new TypeError(`option compression.unreliable must be true or false, not ${String(unreliable)}`);
  }
  return Object.freeze({ algorithm, thresholdBytes, unreliable });
}

function checkThreshold(value: unknown): void {
  const bounds = `from ${LEAST_THRESHOLD_BYTES} to ${MOST_THRESHOLD_BYTES}`;
  if (typeof value !== 'number' || Number.isNaN(value)) {
    throw new TypeError(`option compression.thresholdBytes must be a number ${bounds}, not ${String(value)}`);
  }
  if (value < LEAST_THRESHOLD_BYTES || value > MOST_THRESHOLD_BYTES) {
    throw new RangeError(`option compression.thresholdBytes must be ${bounds}, not ${value}`);
  }
  if (!Number.isInteger(value)) throw new RangeError(`option compression.thresholdBytes must be a whole number, not ${value}`);
}
