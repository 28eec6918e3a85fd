import type { Quantized } from './FieldType.ts';
import { Fault } from './MessageError.ts';
import { type Codec, write16, write32 } from './primitives.ts';

/**
 * `t.quantized()` and `t.angle()`, to the bit as @colyseus/schema has them: a value beyond its walls becomes the nearest end, one of
 * a circle comes round. Only what is no number at all is refused.
 */
export function quantizedCodec(type: Quantized): Codec {
  const { bits, wrap, span, min, range } = type;
  const highest = wrap ? span - 1 : span;
  return {
    minBits: bits,
    write(to, value) {
      if (typeof value !== 'number' || Number.isNaN(value) || (wrap && !Number.isFinite(value))) {
        throw Fault.misfit(wrap ? 'a finite number' : 'a number', value);
      }
      const step = wrap ? wrapped(type, value) : clamped(type, value);
      if (bits === 8) to.u8(step);
      else if (bits === 16) write16(to, step);
      else write32(to, step | 0);
    },
    read(from) {
      const step = bits === 8 ? from.u8() : bits === 16 ? from.u16() : from.i32() >>> 0;
      if (step > highest) throw new Fault(`is step ${step}, of ${highest}`);
      return min + (step / span) * range;
    },
  };
}

function wrapped({ min, range, span }: Quantized, value: number): number {
  let part = (value - min) % range;
  if (part < 0) part += range;
  return Math.floor((part / range) * span + 0.5) % span;
}

function clamped({ min, max, range, span }: Quantized, value: number): number {
  const within = value < min ? min : value > max ? max : value;
  return Math.floor(((within - min) / range) * span + 0.5);
}
