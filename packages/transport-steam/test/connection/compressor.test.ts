import { expect, test } from '@jest/globals';
import { Compressor } from '../../src/connection/Compressor.ts';
import { resolveCompression } from '../../src/connection/compressionOptions.ts';
import { Compression, decodeCompressed } from '../../src/wire/compression.ts';
import { pattern } from '../wire/support.ts';

function compressor(algorithm: Compression = Compression.Deflate): Compressor {
  const made = new Compressor(resolveCompression('deflate'));
  made.agree(algorithm);
  return made;
}

const plainOf = (payload: Uint8Array, algorithm: Compression = Compression.Deflate) =>
  decodeCompressed(algorithm, payload, 1_048_576);

test('what is shared is compressed once for all sessions, each with the code of its own connection', () => {
  const payload = pattern(4_000).fill(7, 100);
  const before = payload.slice();
  const first = compressor().pack(0x11, payload, 'reliable', true);
  expect(plainOf(first.payload)).toEqual({ code: 0x11, payload: before });
  // Against the promise, to see that nobody looks at it again.
  payload.fill(9, 200);
  const second = compressor().pack(0x02, payload, 'reliable', true);
  expect(plainOf(second.payload)).toEqual({ code: 0x02, payload: before });
  // Another algorithm, and who did not promise anything, compress anew.
  const brotli = compressor(Compression.Brotli).pack(0x02, payload, 'reliable', true);
  expect(plainOf(brotli.payload, Compression.Brotli)).toEqual({ code: 0x02, payload });
  const own = compressor().pack(0x02, payload, 'reliable');
  expect(plainOf(own.payload)).toEqual({ code: 0x02, payload });
});
