import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fromHex } from '../../wire/support.ts';

const folder = fileURLToPath(new URL('../corpus', import.meta.url));

/** Bytes that are worth trying, and what is worth it about them. */
export interface Seed {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Whether there is something in it: a decoder takes it, and it is harmless. */
  readonly isTaken: boolean;
}

/**
 * The standing corpus of one decoder: a file each, named for what it is. Its first line says `# taken` or `# refused`, and
 * perhaps why; behind it stand bytes in hex as in PROTOCOL.md (`61*3` is `61 61 61`). What a run finds is added here: every run
 * begins with them.
 */
export function corpusOf(decoder: string): Seed[] {
  const files = globSync('*.hex', { cwd: join(folder, decoder) }).sort();
  return files.map((file) => seedOf(basename(file, '.hex'), readFileSync(join(folder, decoder, file), 'utf8')));
}

function seedOf(name: string, text: string): Seed {
  const [, verdict, hex = ''] = /^# (taken|refused).*?\n(.*)$/s.exec(text) ?? [];
  if (verdict === undefined) throw new Error(`corpus file ${name} must begin with # taken or # refused`);
  return { name, bytes: hex.trim() === '' ? new Uint8Array() : fromHex(hex), isTaken: verdict === 'taken' };
}
