import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, expect, test } from '@jest/globals';
import { loadSteamworks } from '../../src/driver/steamworksAddon.ts';
import { initSteamworks } from '../../src/steamworks.ts';

// Before Steam is touched. What Steam says is in test/native.

const { platform: ourPlatform, arch: ourArch } = process;
afterEach(() => runOn(ourPlatform, ourArch));

function runOn(platform: string, arch: string): void {
  Object.defineProperties(process, { platform: { value: platform }, arch: { value: arch } });
}

test.each([0, -1, 1.5, 2 ** 32, Number.NaN, '480' as never])('app id %p is none', (appId) => {
  expect(() => initSteamworks(appId)).toThrow(
    expect.objectContaining({ code: 'wrong-app-id', message: expect.stringContaining(`app id ${appId} is none`) }),
  );
});

test.each([
  ['linux', 'arm64'],
  ['win32', 'ia32'],
  ['freebsd', 'x64'],
])('no addon for %s %s', (platform, arch) => {
  runOn(platform, arch);
  expect(() => initSteamworks(480)).toThrow(
    expect.objectContaining({
      code: 'unsupported-platform',
      message: expect.stringContaining(`no addon for ${platform} ${arch}`),
    }),
  );
});

test('steamworks.js is not installed, or its addon does not load', () => {
  runOn('linux', 'x64');
  const folder = mkdtempSync(join(tmpdir(), 'no-steamworks-'));
  try {
    expect(() => loadSteamworks(folder)).toThrow(
      expect.objectContaining({ code: 'addon-missing', message: expect.stringMatching(/is not installed: npm install/) }),
    );
    const module = join(folder, 'game', 'node_modules', 'steamworks.js');
    mkdirSync(module, { recursive: true });
    writeFileSync(join(module, 'index.js'), "require('./dist/linux64/addon.node');");
    expect(() => loadSteamworks(join(folder, 'game'))).toThrow(
      expect.objectContaining({ code: 'addon-missing', message: expect.stringMatching(/does not load: .*addon\.node/) }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('steamworks.js is found from a relative folder, too', () => {
  runOn('linux', 'x64');
  const folder = mkdtempSync(join(tmpdir(), 'own-steamworks-'));
  try {
    const module = join(folder, 'node_modules', 'steamworks.js');
    mkdirSync(module, { recursive: true });
    writeFileSync(join(module, 'index.js'), "exports.init = () => 'started';");
    for (const from of [folder, relative('', folder)]) expect(loadSteamworks(from).init()).toBe('started');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

// A second init takes the callbacks of the first away, or aborts the process, and a thread does not see what another one started.
test('in a worker thread it starts nothing', async () => {
  const url = new URL('../../src/driver/initSteamworks.ts', import.meta.url);
  const program = `
    import { parentPort } from 'node:worker_threads';
    import { initSteamworks } from ${JSON.stringify(url.href)};
    try {
      initSteamworks(480);
    } catch (error) {
      parentPort.postMessage([error.name, error.message]);
    }`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`));
  const said = await new Promise((resolve, reject) => worker.on('message', resolve).on('error', reject).on('exit', resolve));
  expect(said).toEqual(['Error', expect.stringMatching(/is for the main thread.* call init\(\) of steamworks\.js here$/)]);
});
