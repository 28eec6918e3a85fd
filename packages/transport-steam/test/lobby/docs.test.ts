import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { steamErrorCodes } from '../../src/driver/SteamError.ts';

// LOBBIES.md, the player's part and the mesh: its code is files, and does what it says.

const packageDirectory = join(import.meta.dirname, '..', '..');
const examples = join(packageDirectory, 'examples', 'lobbies');
const document = readFileSync(join(packageDirectory, 'LOBBIES.md'), 'utf8');

const HOST = '76561198000000001';
const INVITED = '76561198000000002';

/** Temporary directories: a hub for each test. */
const directories: string[] = [];
let directory: string;
const running = new Set<Program>();

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'steam-lobbies-'));
  directories.push(directory);
});

afterEach(async () => {
  for (const program of [...running]) await program.kill();
});

afterAll(() => {
  for (const path of directories) rmSync(path, { recursive: true, force: true });
});

/** A program that runs, and all that it printed. */
class Program {
  output = '';
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;

  constructor(file: string, ...args: string[]) {
    const env = { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', TMPDIR: directory, TEMP: directory };
    this.#child = spawn(process.execPath, ['--conditions=steam-source', file, ...args], { env });
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream?.on('data', (chunk: Buffer) => (this.output += chunk));
    this.#ended = once(this.#child, 'close').then(([code]) => code as number | null);
    running.add(this);
    void this.#ended.then(() => running.delete(this));
  }

  /** Waits until it has printed that. */
  async prints(expected: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = expected.exec(this.output);
      if (found !== null) return found;
      const more = once(this.#child.stdout as NonNullable<ChildProcess['stdout']>, 'data').then(() => true);
      if (!(await Promise.race([more, this.#ended.then(() => false)])) && !expected.test(this.output)) {
        throw new Error(`it ended before it printed ${expected}:\n${this.output}`);
      }
    }
  }

  /** Its exit code, when it ends by itself. */
  get ended(): Promise<number | null> {
    return this.#ended;
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

function example(file: string, ...args: string[]): Program {
  return new Program(join(examples, file), ...args);
}

async function host(): Promise<void> {
  await example('host.ts').prints(/friends find it: lobby \d{18}\n/);
}

test.each(['player.ts', 'invited.ts', 'overlay.ts', 'friend.ts', 'mesh.ts'])('%s is in it, word for word', (file) => {
  expect(document).toContain(`\`\`\`ts\n${readFileSync(join(examples, file), 'utf8')}\`\`\``);
});

test('every code that its table has is one', () => {
  const [, table = ''] = /\n\| code \| what to tell the player \|\n\|---\|---\|\n((?:\|.*\n)+)/.exec(document) ?? [];
  const codes = [...table.matchAll(/^\| (.*?) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code),
  );
  expect(codes.length).toBeGreaterThanOrEqual(8);
  expect(codes.filter((code) => !(steamErrorCodes as readonly string[]).includes(String(code)))).toEqual([]);
});

describe('its programs', () => {
  test('a player finds the host, joins, leaves, and ends by himself', async () => {
    await host();
    const player = example('player.ts');
    expect(await player.ended).toBe(0);
    expect(document).toContain(`\n\`\`\`\n${player.output}\`\`\`\n`);
    expect(player.output).toContain('in room arena');
  }, 60_000);

  test('and finds nothing where nobody hosts', async () => {
    const player = example('player.ts');
    expect([await player.ended, player.output]).toEqual([0, '']);
  }, 60_000);

  test('a game that runs is invited', async () => {
    await host();
    const player = example('invited.ts');
    await player.prints(/^waiting for invites\n/);
    const overlay = example('overlay.ts');
    expect([await overlay.ended, overlay.output]).toEqual([0, 'the game was told\n']);
    await player.prints(/\nin room arena\n/);
  }, 60_000);

  test('a game that does not run is started with the invite', async () => {
    await host();
    const overlay = example('overlay.ts', INVITED, HOST);
    expect(await overlay.ended).toBe(0);
    const [, lobby] = /^Steam starts the game with \+connect_lobby (\d{18})\n$/.exec(overlay.output) ?? [];
    const player = example('invited.ts', '+connect_lobby', String(lobby));
    await player.prints(/^in room arena\nwaiting for invites\n/);
  }, 60_000);

  test('or says why not', async () => {
    const player = example('invited.ts', '+connect_lobby', '109775240917155376');
    await player.prints(/^The game is over\.\nwaiting for invites\n/);
  }, 60_000);

  test('a friend is joined by his SteamID', async () => {
    await host();
    const player = example('friend.ts');
    expect([await player.ended, player.output]).toEqual([0, 'in room arena\n']);
  }, 60_000);

  test('three members of a mesh hear each other, and one who is gone', async () => {
    const first = example('mesh.ts');
    const [, lobby] = await first.prints(/^in lobby (\d{18})\n/);
    const others = [example('mesh.ts'), example('mesh.ts')];
    for (const member of [first, ...others]) {
      await member.prints(new RegExp(`in lobby ${lobby}\n`));
      await member.prints(/(\d{17} is User \d+\n[\s\S]*){2}/);
      await member.prints(/turn \{ cards: \[ 3, 7 \] \}\n/);
    }
    await first.kill();
    for (const member of others) await member.prints(/\d{17} is not there any more: /);
  }, 60_000);
});
