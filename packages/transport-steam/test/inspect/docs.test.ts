import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, jest, test } from '@jest/globals';
import { defaultInspectorOptions } from '../../src/inspect.ts';
import { Program } from '../servers/Program.ts';
import { nextSnapshot } from './snapshots.ts';

// INSPECT.md: its code is files, and does what it says.

jest.setTimeout(60_000);

const packageDirectory = join(import.meta.dirname, '..', '..');
const examples = join(packageDirectory, 'examples', 'inspect');
const document = readFileSync(join(packageDirectory, 'INSPECT.md'), 'utf8');
/** A temporary directory of its own: no other hub is found there. */
const directory = mkdtempSync(join(tmpdir(), 'steam-inspect-'));
const programs: Program[] = [];

afterAll(async () => {
  for (const program of programs) await program.kill();
  rmSync(directory, { recursive: true, force: true });
});

/** Starts an example as a user would. Returns the URL that it prints. */
async function start(file: string): Promise<string> {
  const program = new Program(examples, file, { TMPDIR: directory, TEMP: directory });
  programs.push(program);
  const expected = /to be seen at (http:\S+);/;
  await program.says(expected);
  return expected.exec(program.output)?.[1] ?? '';
}

test('its TypeScript is the files of examples/inspect, word for word, and its three lines are in the first', () => {
  const blocks = (document.match(/```ts\n.*?```/gs) ?? []).toSorted();
  const files = readdirSync(examples).map((file) => readFileSync(join(examples, file), 'utf8'));
  expect(blocks).toEqual(files.map((file) => `\`\`\`ts\n${file}\`\`\``).toSorted());
  const added = [...document.matchAll(/^\+ (.*)$/gm)].map(([, line]) => line as string);
  expect(added).toHaveLength(3);
  const host = readFileSync(join(examples, 'host.ts'), 'utf8');
  for (const line of added) expect(host.split('\n')).toContain(line);
  // The rest is the host of the README, to which they are added.
  const own = readFileSync(join(packageDirectory, 'examples', 'host.ts'), 'utf8').replace(/^console.log\(.*\n/m, '');
  const lines = (text: string) => text.split('\n').filter((line) => line !== '' && !added.includes(line));
  expect(lines(host)).toEqual(lines(own));
});

test('it has every option with its default, and every field and event', () => {
  for (const [name, value] of Object.entries(defaultInspectorOptions)) {
    expect(document).toMatch(new RegExp(`^\\| \`${name}\` \\| \`?${value}\`? \\|`, 'm'));
  }
  const source = (file: string) => readFileSync(join(packageDirectory, 'src', file), 'utf8');
  const options = /interface InspectorOptions \{(.*?)^\}/ms.exec(source('inspect/options.ts'))?.[1] ?? '';
  const fields = /interface Inspection \{(.*?)^\}/ms.exec(source('connection/inspection.ts'))?.[1] ?? '';
  const events = /type EventName =(.*?');/s.exec(source('connection/EventLog.ts'))?.[1] ?? '';
  const names = [
    ...[options, fields].flatMap((text) => [...text.matchAll(/^ {2}readonly (\w+)/gm)]),
    ...events.matchAll(/'(\S+)'/g),
  ];
  expect(names.length).toBeGreaterThan(35);
  for (const [, name] of names) expect(document).toContain(`\`${name}\``);
});

test('the host and the two players are seen, each by the page that its program serves', async () => {
  const host = await start('host.ts');
  const players = await start('players.ts');
  expect(players).toMatch(/#ben$/);
  const ofPlayers = await nextSnapshot(players.replace(/#.*/, ''));
  expect(ofPlayers).toMatchObject({
    title: 'Chat',
    network: { latencyMs: 40, jitterMs: 5, loss: 0.01, bandwidthBitsPerSecond: null },
    sources: [
      { name: 'ann', inspection: { personaName: 'Ann', host: '76561198000000001' } },
      { name: 'ben', inspection: { personaName: 'Ben' } },
    ],
  });
  const { sources } = await nextSnapshot(host);
  expect(sources).toMatchObject([{ name: 'host', inspection: { isHosting: true, rooms: [{ name: 'chat', clients: 2 }] } }]);
});
