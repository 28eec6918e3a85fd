import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
