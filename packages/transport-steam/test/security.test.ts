import { describe, expect, test } from '@jest/globals';
import { defaultEndpointOptions } from '../src/connection/options.ts';
import { commandsIn, constantIn, Document, isCommand, number } from './helpers/Document.ts';

// SECURITY.md: its limits are those of the source, and its commands are there.

const document = new Document('SECURITY.md');
const limits = document.table('Limits').map(([what, value, where]) => ({ what, value: value!, where: where! }));

const options: Readonly<Record<string, unknown>> = defaultEndpointOptions;
const units: Readonly<Record<string, number>> = { B: 1, KiB: 1_024, MiB: 1_048_576, ms: 1, s: 1_000, min: 60_000 };

/** How often we say something ourselves: no limit of a peer. */
const ours = ['helloRetryMs', 'heartbeatMs'];

interface Named {
  readonly name: string;
  /** Of a constant. */
  readonly file: string | undefined;
}

describe('the limits of SECURITY.md', () => {
  test.each(limits)('$what: $value', async ({ value, where }) => {
    const values = namedIn(where).map(({ name, file }) => (file === undefined ? options[name] : constantIn(file, name)));
    expect(quantitiesIn(value)).toEqual(await Promise.all(values));
    expect(values).not.toEqual([]);
  });

  test('have every option that is one', () => {
    const numeric = Object.keys(options).filter((name) => typeof options[name] === 'number');
    const named = limits.flatMap(({ where }) => namedIn(where)).filter(({ file }) => file === undefined);
    expect(new Set([...named.map(({ name }) => name), ...ours])).toEqual(new Set(numeric));
  });
});

test.each(commandsIn(document.text))('SECURITY.md: %s is there', (command) => {
  expect(isCommand(command)).toBe(true);
});

/** "`maxOption`; `ONE`, `OTHER`, connection/File.ts": constants stand before their file. */
function namedIn(where: string): Named[] {
  return where.split(';').flatMap((part) => {
    const file = /[\w/]+\.ts$/.exec(part)?.[0];
    return [...part.matchAll(/`(\w+)`/g)].map(([, name]) => ({ name: name!, file }));
  });
}

/** "8, for 2 s; 1 MiB in all": each number, in bytes or ms where it has a unit. */
function quantitiesIn(text: string): number[] {
  const found = text.matchAll(/(\d+(?: \d{3})*)(?: (B|KiB|MiB|ms|s|min)\b)?/g);
  return [...found].map(([, digits, unit]) => number(digits!) * (unit === undefined ? 1 : units[unit]!));
}
