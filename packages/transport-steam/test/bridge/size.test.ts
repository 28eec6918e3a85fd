import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { build } from 'esbuild';

const packageDirectory = join(import.meta.dirname, '..', '..');

/** What a game's bundler makes for its page, compressed as a server sends it. Unit: bytes. */
async function sizeOf(contents: string, external: string[] = []): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: packageDirectory },
    bundle: true,
    minify: true,
    platform: 'browser',
    format: 'esm',
    conditions: ['steam-source'],
    external,
    write: false,
    logLevel: 'silent',
  });
  return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length;
}

test('a page’s end of the bridge is bundled for a browser, and is small', async () => {
  const page = `import { BridgeClient, webSocketPort } from 'colyseus-transport-steam/bridge';
    BridgeClient.connect(webSocketPort(new WebSocket('ws://127.0.0.1'))).then((client) => client.joinOrCreate('arena'));`;
  const own = await sizeOf(page, ['@colyseus/sdk', '@colyseus/schema', 'msgpackr']);
  expect(own).toBeGreaterThan(5_000);
  // 13.5 kB in 0.1.0; the SDK itself has 54.
  expect(own).toBeLessThan(16_000);
  expect(await sizeOf(page)).toBeLessThan(80_000);
});
