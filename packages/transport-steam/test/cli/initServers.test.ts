import { cpSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { freePort } from './freePort.ts';
import { manifest, runInit } from './initProject.ts';
import { Programs } from './Programs.ts';

// The servers of examples/servers, as they were on WebSocket: init makes of them what they are, and they run.

const examples = join(import.meta.dirname, '..', '..', 'examples', 'servers');
const programs = new Programs();

afterAll(() => programs.close());

/** Where names were imported from before. */
const before: readonly (readonly [ours: string, colyseus: string])[] = [
  ["'colyseus-transport-steam/config/client'", "'@colyseus/sdk'"],
  ["'colyseus-transport-steam/config'", "'@colyseus/ws-transport'"],
];

describe.each([
  {
    name: 'define',
    server: 'server.ts',
    client: 'client.ts',
    isOpen: /the arena is open/,
    prints: /^Ann found a coin, 0 left\n/m,
  },
  { name: 'decorators', server: 'index.mjs', client: 'client.mjs', isOpen: /Listening on/, prints: /^Ann: is there tea\?\n/m },
  { name: 'commonjs', server: 'server.cjs', client: 'client.cjs', isOpen: /a game is open/, prints: /^the first one wins\n/m },
])('$name', ({ name, server, client, isOpen, prints }) => {
  const folder = programs.game(name);
  const sources = globSync('**/*.{ts,cjs}', { cwd: join(examples, name) }).filter((file) => !file.includes('.test.'));
  const read = (root: string) => Object.fromEntries(sources.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
  const after = read(join(examples, name));

  test('init changes its import of the transport, and that of the client', async () => {
    cpSync(join(examples, name), folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), manifest.replace('{', '{\n  "type": "module",'));
    for (const [file, text] of Object.entries(after)) {
      writeFileSync(
        join(folder, file),
        before.reduce((changed, [ours, colyseus]) => changed.replace(ours, colyseus), text),
      );
    }
    expect(read(folder)).not.toEqual(after);
    const { exitCode, out } = await runInit(folder);
    expect(out.match(/^\+ *(?:import|const) .*colyseus-transport-steam.*$/gm)).toHaveLength(2);
    expect(out.match(/^[-+](?![-+])/gm)).toHaveLength(5); // two lines to two others, and a new steam_appid.txt
    expect(exitCode).toBe(0);
    expect(read(folder)).toEqual(after);
  });

  test.each(['websocket', 'steam', 'steam+websocket'])(
    'and it runs on %s',
    async (transport) => {
      await compile(folder);
      const environment = { STEAM_DRIVER: 'simulated', STEAM_HUB: name };
      const port = await freePort();
      const host = programs.start(folder, [server], { ...environment, COLYSEUS_TRANSPORT: transport, PORT: String(port) });
      await host.printed(isOpen);
      const web = `ws://127.0.0.1:${port}`;
      const endpoints = transport === 'websocket' ? [web] : [(await host.printed(/hosting at (steam:\/\/\d{17})/))[1]];
      if (transport === 'steam+websocket') endpoints.push(web);
      for (const endpoint of endpoints) {
        const player = programs.start(folder, [client], { ...environment, ENDPOINT: endpoint });
        await player.printed(prints);
        expect(await player.ended()).toBe(0);
      }
    },
    60_000,
  );
});

/** Node has no decorators: where there is a configuration for a compiler, users have one. */
async function compile(folder: string): Promise<void> {
  if (globSync('tsconfig.json', { cwd: folder }).length === 0) return;
  await build({
    entryPoints: ['index.ts', 'client.ts'].map((file) => join(folder, file)),
    tsconfigRaw: { compilerOptions: { experimentalDecorators: true, useDefineForClassFields: false } },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
  });
}
