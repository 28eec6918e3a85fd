import fc from 'fast-check';
import type { Control } from '../../src/wire/control.ts';

/** Chance is seeded; fast-check prints seed and path when a property fails. `SEED=7` runs others. */
export const SEED = Number(process.env.SEED ?? 1);

export function holds<T extends unknown[]>(property: fc.IProperty<T>, numRuns = 1000): void {
  fc.assert(property, { seed: SEED, numRuns });
}

export const u8 = fc.integer({ min: 0, max: 0xff });
export const u16 = fc.integer({ min: 0, max: 0xffff });
/** Of a packet in its lane. */
const sequence = fc.integer({ min: 0, max: 0x3ff });
export const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
export const u64 = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });
/** Code points of every kind, no lone surrogates. */
export const text = fc.string({ unit: 'binary', maxLength: 120 });
const content = fc.uint8Array({ maxLength: 200 });

export const control: fc.Arbitrary<Control> = fc.oneof(
  fc.record({
    type: fc.constant('open' as const),
    connection: u8,
    unreliableFrom: sequence,
    offerFor: fc.option(fc.integer({ min: 0, max: 0xfffe }), { nil: undefined }),
    target: text,
  }),
  fc.record({ type: fc.constant('accept' as const), connection: u8, unreliableFrom: sequence }),
  fc.record({ type: fc.constant('closed' as const), connection: u8 }),
  fc.record({ type: fc.constant('refuse' as const), connection: u8, code: u8, reason: text }),
  fc.record({ type: fc.constant('close' as const), connection: u8, code: u16, reason: text }),
  fc.record({ type: fc.constantFrom('ping', 'pong'), token: u32 }),
  fc.record({ type: fc.constant('pause' as const), ms: u32 }),
  fc.record({ type: fc.constantFrom('request', 'response'), id: u16, content }),
  fc.record({ type: fc.constant('requestFailed' as const), id: u16, code: u8, reason: text }),
);
