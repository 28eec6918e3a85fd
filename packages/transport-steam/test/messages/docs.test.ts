import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { varToBytes } from '../../bench/encodingGodot.ts';
import { SteamTransport } from '../../src/index.ts';
import { bytes, defineMessages, message } from '../../src/messages.ts';
import { SimulatedSteam } from '../../src/sim.ts';
import { muteConsole } from '../helpers/muteConsole.ts';

// MESSAGES.md: its code is files, and what it says they print is what they print.

const packageDirectory = join(import.meta.dirname, '..', '..');
const examples = join(packageDirectory, 'examples', 'messages');
const document = readFileSync(join(packageDirectory, 'MESSAGES.md'), 'utf8');

/** A temporary directory of its own: no other hub is found there. */
const directory = mkdtempSync(join(tmpdir(), 'steam-messages-'));
const running = new Set<ChildProcess>();

afterAll(async () => {
  for (const child of running) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  rmSync(directory, { recursive: true, force: true });
});

function start(file: string, ...args: string[]): ChildProcess {
  const env = { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', TMPDIR: directory, TEMP: directory };
  const child = spawn(process.execPath, ['--conditions=steam-source', join(examples, file), ...args], { env });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** What an example that ends by itself prints. */
async function outputOf(file: string, ...args: string[]): Promise<{ output: string; code: number | null }> {
  const child = start(file, ...args);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output += chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  return { output, code };
}

/** A block of the document that is no code, which must be there. */
function quoted(text: string): string {
  expect(document).toContain(`\n\`\`\`\n${text}\`\`\`\n`);
  return text;
}

test('its code is these files, word for word', () => {
  for (const file of readdirSync(examples))
    expect(document).toContain(`\`\`\`ts\n${readFileSync(join(examples, file), 'utf8')}\`\`\``);
});

test('its table of bytes is that of these packets', async () => {
  muteConsole(); // it prints as it is imported
  const { packets } = await import('../../examples/messages/sizes.ts');
  jest.restoreAllMocks();
  const { output } = await outputOf('sizes.ts');
  for (const [name, payload] of Object.entries(packets)) {
    const dictionary = varToBytes({ message: name, ...payload });
    const ours = new RegExp(`^${name}: (\\d+) bytes undeclared, (\\d+) declared$`, 'm').exec(output) ?? [];
    const row = new RegExp(`^\\| \`${name}\`[^|]* \\| (\\d+) \\| (\\d+) \\| (\\d+) \\| (\\d+) \\|$`, 'm').exec(document) ?? [];
    const [, godot, gzip, ...others] = row.map(Number);
    expect([name, godot, ...others]).toEqual([name, dictionary.length, ...ours.slice(1).map(Number)]);
    // Another zlib may do a little better or worse.
    expect(Math.abs(gzipSync(dictionary).length - (gzip as number))).toBeLessThan(5);
  }
  expect(document).toContain(`makes ${varToBytes({ message: 'shoot', ...packets.shoot }).length} bytes of it`);
}, 30_000);

test.each([
  ['undeclared.ts', /^\{ angle: 0\.5, power: 80 \}\n/m],
  ['tuned.ts', /^200 items; 1 frame of voice\ncompressed: \d{3} bytes in the place of 3\d{3}\n/m],
])(
  '%s runs, prints what is said, and ends by itself',
  async (file, expected) => {
    expect(await outputOf(file)).toEqual({ output: expect.stringMatching(expected), code: 0 });
  },
  60_000,
);

test('statistics.ts prints what is said', async () => {
  const expected = quoted(`{ messages: 3, packets: 3, bytes: 24 }
5
colyseus_steam_type_received_bytes_total{peer="76561198000000002",type="shoot"} 24
`);
  expect(await outputOf('statistics.ts')).toEqual({ output: expect.stringContaining(`\n${expected}`), code: 0 });
}, 60_000);

test('webSocket.ts says hello over WebSocket', async () => {
  const probe = createServer().listen(0);
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  expect(await outputOf('webSocket.ts', String(port))).toEqual({
    output: expect.stringMatching(/^hello over WebSocket\n/m),
    code: 0,
  });
}, 60_000);

describe('with its host', () => {
  let hostOutput = '';

  beforeAll(async () => {
    const host = start('host.ts');
    for (const stream of [host.stdout, host.stderr]) stream?.on('data', (chunk: Buffer) => (hostOutput += chunk));
    while (!/hosting at/.test(hostOutput)) await once(host.stdout as NonNullable<typeof host.stdout>, 'data');
  }, 60_000);

  test('a player prints what is said, and ends by himself', async () => {
    const lines = ['1 in the table', 'hello', 'the host has us at 1.5, 2'];
    quoted(`${lines.join('\n')}\n`);
    const { output, code } = await outputOf('player.ts');
    expect({ lines: output.trim().split('\n').sort(), code }).toEqual({ lines: [...lines].sort(), code: 0 });
  }, 60_000);

  test('a player with an older declaration reads what is said', async () => {
    const expected = quoted(
      'schema-mismatch: the message definitions of Steam user 76561198000000001 are not those of this side: ' +
        'message shoot: field power is uint16 here, uint8 there; both sides need the same: update the older one of the two games\n',
    );
    expect(await outputOf('olderPlayer.ts')).toEqual({ output: expected, code: 0 });
  }, 60_000);

  test('one without a declaration, too', async () => {
    const expected = quoted(
      'Steam user 76561198000000001 has message definitions, and this side has none (option messages); ' +
        'both sides need the same: update the older one of the two games\n',
    );
    const { output, code } = await outputOf('../player.ts');
    expect({ output, code }).toEqual({ output: expect.stringContaining(expected.trim()), code: 1 });
  }, 60_000);

  test('mistakes throw what is said', async () => {
    const expected = quoted(`shoot: power must be an integer of uint8 (0 to 255), not 300
chat: text must be at most 400 bytes of UTF-8, not 401
shoot: weapon is not declared (there are angle, power), but is "bow"
`);
    expect(await outputOf('mistakes.ts')).toEqual({ output: expected, code: 0 });
  }, 60_000);

  test('which says nothing of all this', () => {
    expect(hostOutput.split('\n').at(-2)).toBe('hosting at steam://76561198000000001; Ctrl-C ends it');
  });
});

test('a channel that there is not is refused with what is said', () => {
  const expected = quoted(
    'RangeError: message voice is unreliable on channel voice, which is no unreliable one; those are state (option channels adds others)\n',
  );
  const voice = message({ frame: bytes(400) }, { delivery: 'unreliable', channel: 'voice' });
  const driver = new SimulatedSteam().user();
  expect(() => new SteamTransport({ driver, messages: defineMessages({ voice }) })).toThrow(
    new RangeError(expected.trim().replace('RangeError: ', '')),
  );
});
