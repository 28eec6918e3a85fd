import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { lookForSteam, lookOnLinux, sightingOfPgrep, sightingOfRegistry } from '../../src/cli/doctor/steamProcess.ts';

describe('Linux', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'doctor-proc-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const { uid } = userInfo();
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  const look = (asUid = uid) => lookOnLinux({ home: join(root, 'home'), proc: join(root, 'proc'), uid: asUid });

  test('nothing there', () => {
    expect(look()).toEqual({ state: 'not-found', found: 'no process of Steam found' });
  });

  test.each(['.steam/steam.pid', '.steampid'])('~/%s of a living Steam', (file) => {
    write(`home/${file}`, '1234\n');
    write('proc/1234/comm', 'steam\n');
    expect(look()).toEqual({ state: 'running', found: 'running (process 1234)' });
  });

  test.each([
    ['a dead process', undefined],
    ['a process of another program', 'bash\n'],
  ])('a steam.pid of %s', (_what, comm) => {
    write('home/.steam/steam.pid', '1234\n');
    if (comm !== undefined) write('proc/1234/comm', comm);
    expect(look().state).toBe('not-found');
  });

  test('a Steam that left no steam.pid, among other processes', () => {
    write('proc/1/comm', 'systemd\n');
    write('proc/77/comm', 'steam\n');
    write('proc/78/comm', 'steamwebhelper\n');
    write('proc/self/comm', 'steam\n');
    write('proc/meminfo', 'steam\n');
    expect(look()).toEqual({ state: 'running', found: 'running (process 77)' });
  });

  test('Steam of another user, and we are root', () => {
    write('proc/77/comm', 'steam\n');
    expect(look(uid + 1)).toMatchObject({
      state: 'elsewhere',
      found: `running as user ${uid} (process 77), but this is user ${uid + 1}`,
      advice: 'Run this as the user who runs Steam.',
    });
    if (uid !== 0) expect(look(0).advice).toContain('without sudo');
  });

  test.each([
    ['Flatpak', 'root/.flatpak-info'],
    ['Snap', 'cgroup'],
  ])('Steam in a %s', (box, file) => {
    write('proc/77/comm', 'steam\n');
    write(`proc/77/${file}`, '0::/user.slice/snap.steam.steam-1.scope\n');
    expect(look()).toMatchObject({
      state: 'elsewhere',
      found: expect.stringContaining(box),
      advice: expect.stringContaining(box),
    });
  });

  test('Linux inside Windows', () => {
    write('proc/version', 'Linux version 5.15.0-microsoft-standard-WSL2\n');
    expect(look()).toMatchObject({ state: 'not-found', advice: expect.stringContaining('Node for Windows') });
  });
});

test.each([
  ['a process', { exitCode: 0, text: '4321\n' }, 'running'],
  ['none', { exitCode: 1, text: '' }, 'not-found'],
  ['an error', { exitCode: 2, text: '' }, 'unknown'],
  ['nothing', undefined, 'unknown'],
])('macOS: pgrep says %s', (_what, answer, state) => {
  expect(sightingOfPgrep(answer).state).toBe(state);
});

const entry = (pid: string) =>
  `\r\nHKEY_CURRENT_USER\\Software\\Valve\\Steam\\ActiveProcess\r\n    pid    REG_DWORD    ${pid}\r\n\r\n`;

test.each([
  ['a living process', { exitCode: 0, text: entry('0x10e1') }, 'running'],
  ['a process that crashed', { exitCode: 0, text: entry('0x10e2') }, 'not-found'],
  ['that Steam has ended', { exitCode: 0, text: entry('0x0') }, 'not-found'],
  ['that Steam was never installed', { exitCode: 1, text: '' }, 'not-found'],
  ['nothing', undefined, 'unknown'],
])('Windows: the registry says %s', (_what, answer, state) => {
  const sighting = sightingOfRegistry(answer, (pid) => pid === 0x10e1);
  expect(sighting.state).toBe(state);
  if (state === 'running') expect(sighting.found).toBe('running (process 4321)');
});

// In a container there may be no name, and so no home, for the user: os.homedir() throws, and the doctor died without a word.
test('a user without a home', async () => {
  const homeOf = (): string => {
    throw new Error('uv_os_homedir returned ENOENT');
  };
  expect(await lookForSteam('linux', homeOf)).toEqual({
    state: 'unknown',
    found: 'it was not possible to look for Steam: uv_os_homedir returned ENOENT',
  });
});

test('elsewhere nobody knows how to look', async () => {
  expect(await lookForSteam('freebsd')).toEqual({ state: 'unknown', found: 'no way is known to look for Steam on freebsd' });
});
