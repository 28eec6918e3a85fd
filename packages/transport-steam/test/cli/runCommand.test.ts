import { readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { runCommand } from '../../src/cli/runCommand.ts';
import { type Shell, shellOf } from '../../src/cli/shell.ts';

async function run(...args: string[]): Promise<{ exitCode: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const shell: Shell = {
    cwd: '/',
    env: {},
    write: (text) => (out += text),
    complain: (text) => (err += text),
    colours: false,
    columns: 80,
    ask: undefined,
  };
  return { exitCode: await runCommand(args, shell), out, err };
}

test.each([
  [[], 'which command?'],
  [['doktor'], 'there is no command "doktor"'],
  [['constructor'], 'there is no command "constructor"'],
  [['doctor', '--aap', '480'], "Unknown option '--aap'"],
  [['doctor', 'now'], "Unexpected argument 'now'"],
  [['doctor', '--app'], "'--app <value>' argument missing"],
  [['doctor', '--json=yes'], "'--json' does not take an argument"],
  [['doctor', '--app', 'spacewar'], '--app is "spacewar", but must be a number from 1 to 4294967295, such as 480'],
  [['doctor', '--app', ''], '--app is ""'],
  [['doctor', '--app', '0'], '--app is "0"'],
  [['doctor', '--app=4294967296'], '--app is "4294967296"'],
  [['doctor', '--app=-480'], '--app is "-480"'],
])('%j is refused with usage, on stderr', async (args, complaint) => {
  const { exitCode, out, err } = await run(...args);
  expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
  expect(err).toContain(complaint);
  expect(err).toContain('Usage: colyseus-transport-steam ');
});

test.each([['--help'], ['-h'], ['help'], ['doctor', '--help'], ['doctor', '--app', 'x', '-h']])(
  '%s %s %s %s helps',
  async (...args) => {
    const { exitCode, out, err } = await run(...args.filter((arg) => typeof arg === 'string'));
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
    expect(out).toContain('Usage: colyseus-transport-steam ');
    expect(out).toContain('doctor');
  },
);

test('--version prints the version of this package', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  expect(await run('--version')).toEqual({ exitCode: 0, out: `${version}\n`, err: '' });
});

describe('the shell', () => {
  const shell = (isTTY: boolean, env: Record<string, string> = {}, columns?: number) =>
    shellOf({
      stdin: { isTTY },
      stdout: { isTTY, columns, on: () => {} },
      stderr: {},
      env,
      cwd: () => '/',
    } as unknown as NodeJS.Process);

  test('has colours on a terminal only, unless they are not wanted or not known there', () => {
    expect(shell(true).colours).toBe(true);
    expect(shell(false).colours).toBe(false);
    expect(shell(true, { NO_COLOR: '' }).colours).toBe(true);
    expect(shell(true, { NO_COLOR: '1' }).colours).toBe(false);
    expect(shell(true, { TERM: 'dumb' }).colours).toBe(false);
  });

  test('is never too wide to read', () => {
    expect(shell(true, {}, 80).columns).toBe(80);
    expect(shell(true, {}, 300).columns).toBe(110);
    expect(shell(false).columns).toBe(110);
    expect(shell(true, {}, 0).columns).toBe(110);
  });

  describe('asks', () => {
    /** A terminal whose user types. */
    const terminal = () => {
      const [stdin, stdout] = [new PassThrough(), new PassThrough()].map((stream) => Object.assign(stream, { isTTY: true }));
      const { ask } = shellOf({ stdin, stdout, stderr: {}, env: {}, cwd: () => '/' } as unknown as NodeJS.Process);
      return { stdin: stdin as PassThrough, stdout: stdout as PassThrough, ask: ask as NonNullable<Shell['ask']> };
    };

    test('and hears a line', async () => {
      const { stdin, stdout, ask } = terminal();
      const answer = ask('Write? ');
      stdin.write('ye');
      stdin.write('s\nand more\n');
      expect(await answer).toBe('yes');
      expect(String(stdout.read())).toContain('Write? ');
    });

    test('and hears nothing when the terminal is closed, or Ctrl-C is pressed', async () => {
      for (const typed of ['', '\x03']) {
        const { stdin, ask } = terminal();
        const answer = ask('Write? ');
        stdin.end(typed);
        expect(await answer).toBe('');
      }
    });

    test('nobody where there is no terminal', () => {
      expect(shell(false).ask).toBeUndefined();
      expect(shell(true).ask).toBeDefined();
    });
  });
});
