import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { connectHubControl, type HubControl } from '../../src/sim.ts';
import { cleanEnvironment, type Finished, statusesOf } from '../cli/doctorRun.ts';
import { buildDouble, DoubleFifo, describeNative, doubleEnvironment } from './double.ts';

jest.setTimeout(60_000);

const program = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const SELF = 76561197960265728n + 77n;
const STRANGER = SELF + 1n;

describeNative('npx colyseus-transport-steam doctor', () => {
  const hub = { name: `doctor-${process.pid}` };
  let control: HubControl;
  let game: string;
  let fifo: DoubleFifo;

  beforeAll(async () => {
    control = await connectHubControl({ ...hub, steam: { sessionTimeoutMs: 300 } });
  });
  afterAll(() => control?.close());

  beforeEach(() => {
    game = realpathSync(mkdtempSync(join(tmpdir(), 'doctor-native-')));
    fifo = new DoubleFifo();
  });
  afterEach(() => {
    fifo.close();
    rmSync(game, { recursive: true });
  });

  function doctor(args: readonly string[], env: Record<string, string> = {}): Finished {
    const double = doubleEnvironment({ hub, steamId: SELF, personaName: 'Ann', fifo: fifo.path });
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'doctor', ...args], {
      cwd: game,
      encoding: 'utf8',
      env: cleanEnvironment({ ...double, ...env }),
      timeout: 50_000,
    });
    return { status, stdout, stderr };
  }

  const json = (...args: string[]) => statusesOf(doctor([...args, '--json']).stdout);

  /** As Steam has it for a game that it starts. */
  function overlay(): { LD_PRELOAD: string } {
    const library = join(game, 'gameoverlayrenderer.so');
    execFileSync('cc', ['-shared', '-o', library, '-x', 'c', '/dev/null']);
    return { LD_PRELOAD: library };
  }

  test('all is well', () => {
    const { status, stdout, stderr } = doctor(['--app', '480', '--json'], overlay());
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(statusesOf(stdout)).toMatchObject({
      addon: 'ok: steamworksjs.linux-x64-gnu.node loads',
      // It is the double, and not the library beside the addon.
      'steam library': `warning: ${join(buildDouble(), 'libsteam_api.so')}, not the one beside the addon`,
      'steam client': expect.stringMatching(/^ok: /),
      'steam init': 'ok: Steam started for app 480',
      user: `ok: Ann, ${SELF}`,
      overlay: 'ok: in the process',
      'steam deck': 'ok: no',
      'self-test': expect.stringMatching(/^ok: a packet to ourselves came back after \d+ ms$/),
    });
    expect(doctor(['--app', '480']).stdout.trimEnd().split('\n').at(-1)).toMatch(/^Ready for Steam/);
  });

  test('a game that gives its id to init() needs no file', () => {
    const { status, stdout } = doctor(['--json']);
    expect(status).toBe(0);
    expect(statusesOf(stdout)).toMatchObject({
      'app id': 'warning: none here; checking with 480',
      'steam init': 'ok: Steam started for app 480',
    });
  });

  test('the app id of each source reaches Steam', () => {
    expect(json('--app', '111')['steam init']).toBe('ok: Steam started for app 111');
    writeFileSync(join(game, 'steam_appid.txt'), '222\n');
    expect(json()).toMatchObject({ 'app id': 'ok: 222, from steam_appid.txt', 'steam init': 'ok: Steam started for app 222' });
    writeFileSync(join(game, 'steam_appid.txt'), '\ufeff333');
    expect(json()).toMatchObject({
      'app id': 'problem: steam_appid.txt begins with a byte order mark (BOM); checking with 333',
      'steam init': 'ok: Steam started for app 333',
    });
    const { stdout } = doctor(['--json'], { SteamAppId: '444' });
    expect(statusesOf(stdout)).toMatchObject({
      'app id': 'ok: 444, from SteamAppId of the environment',
      'steam init': 'ok: Steam started for app 444',
    });
  });

  test('Steam does not run', () => {
    const { status, stdout } = doctor(['--app', '480', '--json'], { STEAM_DOUBLE_SOCKET: join(game, 'nowhere') });
    expect(status).toBe(1);
    expect(statusesOf(stdout)['steam init']).toBe(
      'problem: no start for app 480. Steam says: Cannot create IPC pipe to Steam client process. Steam is probably not running.',
    );
  });

  test('Steam refuses', () => {
    const { status, stdout } = doctor(['--app', '480'], { STEAM_DOUBLE_INIT: 'generic:ConnectToGlobalUser failed.' });
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /^problem {2}steam init .*Steam says: ConnectToGlobalUser failed\.\n +Log in to Steam; if you are, the/m,
    );
    expect(stdout).toMatch(/^skipped {2}self-test {6}Steam did not start$/m);
  });

  test('the process aborts', () => {
    const { status, stdout, stderr } = doctor(['--app', '480', '--json'], { STEAM_DOUBLE_STEAM_ID: 'nobody' });
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(statusesOf(stdout)).toMatchObject({
      addon: expect.stringMatching(/^ok/),
      'steam init': 'problem: the trial process was ended by SIGABRT while starting Steam for app 480',
      user: 'skipped: not reached: the trial process was ended by SIGABRT',
    });
    expect(stdout).toContain('STEAM_DOUBLE_STEAM_ID is nobody'); // its last words
  });

  test('Steam dies under it', () => {
    fifo.killSteam();
    const { status, stdout } = doctor(['--app', '480', '--json']);
    expect(statusesOf(stdout)).toMatchObject({ 'steam init': expect.stringMatching(/^ok/) });
    expect(statusesOf(stdout)['self-test']).toBe('problem: Steam takes no packets');
    expect(status).toBe(1);
  });

  test('the self-test gets its packet behind an empty one and a full queue', () => {
    fifo.packet(STRANGER, 0, new Uint8Array(0));
    fifo.packet(STRANGER, 0, new Uint8Array(2_000));
    fifo.refuseSends(2);
    expect(json('--app', '480')['self-test']).toMatch(/^ok/);
  });
});
