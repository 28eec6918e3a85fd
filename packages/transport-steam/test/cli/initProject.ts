import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach } from '@jest/globals';
import { runCommand } from '../../src/cli/runCommand.ts';

/** Files of a project, by their paths. */
export type Files = Readonly<Record<string, string>>;

export interface Outcome {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
  /** What stands there afterwards. */
  readonly files: Files;
}

export interface RunOptions {
  readonly args?: readonly string[];
  /** What is typed; without it there is no terminal. */
  readonly answer?: string | (() => string);
  readonly colours?: boolean;
}

/** A manifest with all that both sides need. */
export const manifest = `{
  "name": "game",
  "dependencies": {
    "@colyseus/core": "^0.18.17",
    "@colyseus/sdk": "^0.18.4",
    "@colyseus/ws-transport": "^0.18.4",
    "colyseus-transport-steam": "^0.1.0",
    "steamworks.js": "^0.4.0"
  },
  "scripts": {
    "doctor": "colyseus-transport-steam doctor"
  }
}
`;

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A folder of a test, which goes with it. */
export function makeFolder(files: Files): string {
  const folder = mkdtempSync(join(tmpdir(), 'init-'));
  folders.push(folder);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  return folder;
}

/** Runs `init` in a folder. */
export async function runInit(folder: string, { args = ['--yes'], answer, colours = false }: RunOptions = {}): Promise<Outcome> {
  let [out, err] = ['', ''];
  const ask = async (question: string) => {
    out += question;
    return typeof answer === 'function' ? answer() : String(answer);
  };
  const exitCode = await runCommand(['init', ...args], {
    cwd: folder,
    env: {},
    write: (text) => (out += text),
    complain: (text) => (err += text),
    colours,
    columns: 80,
    ask: answer === undefined ? undefined : ask,
  });
  return { exitCode, out, err, files: filesIn(folder) };
}

/** Runs `init` in a project of these files. A `package.json` and a `steam_appid.txt` that are good are there, unless they are given. */
export function init(files: Files, options?: RunOptions): Promise<Outcome> {
  return runInit(makeFolder({ 'package.json': manifest, 'steam_appid.txt': '480\n', ...files }), options);
}

/** What `--yes` makes of one file, by which all is as it should be. */
export async function changed(text: string, file = 'server.ts'): Promise<string> {
  const { exitCode, out, err, files } = await init({ [file]: text });
  if (exitCode !== 0 || err !== '') throw new Error(`init ended with ${exitCode}:\n${out}${err}`);
  return files[file] ?? '';
}

function filesIn(folder: string): Files {
  const files: Record<string, string> = {};
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (statSync(join(folder, name)).isFile()) files[name.replaceAll('\\', '/')] = readFileSync(join(folder, name), 'utf8');
  }
  return files;
}
