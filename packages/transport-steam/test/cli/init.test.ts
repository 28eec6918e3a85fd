import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { ours, sdkNames } from '../../src/cli/init/target.ts';
import * as client from '../../src/config/client.ts';
import * as host from '../../src/config.ts';
import { init, makeFolder, manifest, runInit } from './initProject.ts';

const server = "import { Server } from 'colyseus';\nexport default new Server();\n";
const serverAfter = `import { Server } from 'colyseus';
import { createTransport } from 'colyseus-transport-steam/config';
export default new Server({ transport: createTransport() });
`;
const project = {
  'server.js': server,
  'package.json': '{\n  "name": "game",\n  "dependencies": {\n    "colyseus": "^0.18.0"\n  }\n}\n',
};

const shown = `To be changed:
  server.js:2  server

--- server.js
+++ server.js
@@ -1,2 +1,3 @@
 import { Server } from 'colyseus';
+import { createTransport } from 'colyseus-transport-steam/config';
-export default new Server();
+export default new Server({ transport: createTransport() });

--- package.json
+++ package.json
@@ -2,5 +2,8 @@
   "name": "game",
   "dependencies": {
     "colyseus": "^0.18.0"
+  },
+  "scripts": {
+    "doctor": "colyseus-transport-steam doctor"
   }
 }

--- /dev/null
+++ steam_appid.txt
@@ -0,0 +1 @@
+480
`;

const written = `
Written: server.js, package.json, steam_appid.txt

Next:
  npm install colyseus-transport-steam steamworks.js@0.4.0
  npx colyseus-transport-steam doctor
The server hosts over Steam with COLYSEUS_TRANSPORT=steam in its environment, and over WebSocket without.
`;

const filesAfter = {
  'server.js': serverAfter,
  'package.json': project['package.json'].replace(
    '  }\n}',
    '  },\n  "scripts": {\n    "doctor": "colyseus-transport-steam doctor"\n  }\n}',
  ),
  'steam_appid.txt': '480\n',
};

test('what the changed lines call is what this package has', () => {
  expect(host).toHaveProperty(ours.createTransport.name);
  expect(host).toHaveProperty(ours.webSocketTransport.name);
  for (const name of [ours.client.name, ours.createClient.name, ...sdkNames]) expect(client).toHaveProperty(name);
  const { exports } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { exports: object };
  for (const { module } of Object.values(ours)) {
    expect(Object.keys(exports)).toContain(module.replace('colyseus-transport-steam', '.'));
  }
});

describe('it shows, asks, and writes', () => {
  test.each(['y', 'Y', 'yes', ' Yes '])('on %j', async (answer) => {
    const folder = makeFolder(project);
    const { exitCode, out, err, files } = await runInit(folder, { args: [], answer });
    expect({ exitCode, out, err }).toEqual({ exitCode: 0, out: `${shown}\nWrite these changes? [y/N] ${written}`, err: '' });
    expect(files).toEqual(filesAfter);
  });

  test.each(['n', '', 'yea', 'no'])('not on %j', async (answer) => {
    const { exitCode, out, files } = await runInit(makeFolder(project), { args: [], answer });
    expect({ exitCode, out }).toEqual({ exitCode: 1, out: `${shown}\nWrite these changes? [y/N] ` });
    expect(files).toEqual(project);
  });

  test('without asking, with --yes; a second time there is nothing to do', async () => {
    const folder = makeFolder(project);
    expect(await runInit(folder)).toEqual({ exitCode: 0, out: shown + written, err: '', files: filesAfter });
    const again = { exitCode: 0, out: 'As it should be:\n  server.js:3  server\n\nNothing to do.\n', err: '', files: filesAfter };
    expect(await runInit(folder)).toEqual(again);
    expect(await runInit(folder, { args: [] })).toEqual(again);
  });

  test('nothing with --dry-run', async () => {
    const { exitCode, out, err, files } = await runInit(makeFolder(project), { args: ['--dry-run'], answer: 'y' });
    expect({ exitCode, out, err }).toEqual({ exitCode: 1, out: shown, err: '' });
    expect(files).toEqual(project);
  });

  test('nothing without a terminal', async () => {
    const { exitCode, out, err, files } = await runInit(makeFolder(project), { args: [] });
    expect({ exitCode, out }).toEqual({ exitCode: 1, out: shown });
    expect(err).toBe('\nNothing was written: there is no terminal to ask at. With --yes it writes without asking.\n');
    expect(files).toEqual(project);
  });

  test('nothing when a file has changed while it asked', async () => {
    const folder = makeFolder(project);
    const answer = () => {
      writeFileSync(join(folder, 'steam_appid.txt'), '222');
      return 'y';
    };
    const { exitCode, err, files } = await runInit(folder, { args: [], answer });
    expect(exitCode).toBe(1);
    expect(err).toContain('steam_appid.txt has changed meanwhile; nothing was written, run it again');
    expect(files).toEqual({ ...project, 'steam_appid.txt': '222' });
  });

  test('what it understands, and says what is left', async () => {
    const player = "import { Client } from 'colyseus.js';\nnew Client(url);\n";
    const { exitCode, out, files } = await runInit(makeFolder({ ...project, 'player.js': player }));
    expect(files).toEqual({ ...filesAfter, 'player.js': player });
    expect(out).toContain('To be changed by hand:\n  player.js:2  player: colyseus.js is the SDK');
    expect(exitCode).toBe(1);
  });

  test('nothing beside the code while the code is to be changed by hand', async () => {
    const files = { ...project, 'server.js': server.replace('()', '(options)') };
    expect(await runInit(makeFolder(files))).toMatchObject({ exitCode: 1, files });
  });

  test('with colours', async () => {
    const { out } = await runInit(makeFolder(project), { args: ['--dry-run'], colours: true });
    expect(out).toContain('\x1b[31m-export default new Server();\x1b[0m\n\x1b[32m+export default new Server({');
    expect(stripVTControlCharacters(out)).toBe(shown);
  });
});

describe('steam_appid.txt', () => {
  test('with --app-id', async () => {
    const { files } = await runInit(makeFolder(project), { args: ['--yes', '--app-id', '1234'] });
    expect(files['steam_appid.txt']).toBe('1234\n');
  });

  test('is never overwritten', async () => {
    const { exitCode, out, files } = await init(
      { 'server.js': server, 'steam_appid.txt': '222' },
      { args: ['--yes', '--app-id', '1234'] },
    );
    expect(files).toMatchObject({ 'server.js': serverAfter, 'steam_appid.txt': '222' });
    expect(out).toContain('\nsteam_appid.txt: it says "222", and stays so\n');
    expect(exitCode).toBe(0);
  });
});

describe('package.json', () => {
  const script = '"doctor": "colyseus-transport-steam doctor"';
  const windows = (text: string) => text.replaceAll('\n', '\r\n');

  test.each([
    ['no scripts', '{\n  "name": "game"\n}\n', `{\n  "name": "game",\n  "scripts": {\n    ${script}\n  }\n}\n`],
    [
      'tabs',
      '{\n\t"scripts": {\n\t\t"start": "node ."\n\t},\n\t"type": "module"\n}',
      `{\n\t"scripts": {\n\t\t"start": "node .",\n\t\t${script}\n\t},\n\t"type": "module"\n}`,
    ],
    ['four spaces, and none', '{\n    "scripts": {}\n}\n', `{\n    "scripts": {\n        ${script}\n    }\n}\n`],
    [
      'line ends of Windows',
      windows('{\n  "name": "game"\n}\n'),
      windows(`{\n  "name": "game",\n  "scripts": {\n    ${script}\n  }\n}\n`),
    ],
    ['one line', '{"name":"game"}', `{"name":"game", "scripts": { ${script} }}`],
    [
      'scripts in one line',
      '{\n  "scripts": { "start": "node ." }\n}\n',
      `{\n  "scripts": { "start": "node .", ${script} }\n}\n`,
    ],
    ['nothing', '{}', `{\n  "scripts": { ${script} }\n}`],
    ['a byte order mark', '\uFEFF{\n  "name": "game"\n}', `\uFEFF{\n  "name": "game",\n  "scripts": {\n    ${script}\n  }\n}`],
  ])('with %s', async (_what, before, after) => {
    const { files } = await init({ 'server.js': server, 'package.json': before });
    expect(files['package.json']).toBe(after);
    expect(JSON.parse(after.replace('\uFEFF', ''))).toMatchObject({ scripts: { doctor: 'colyseus-transport-steam doctor' } });
    const again = await init({ 'server.js': serverAfter, 'package.json': after });
    expect(again.out).toContain('\nNothing to do.\n');
  });

  test.each([
    ['another doctor', '{ "scripts": { "doctor": "flutter doctor" } }', 'its script doctor is another one: flutter doctor'],
    ['scripts that are none', '{ "scripts": [] }', 'its scripts are no object'],
  ])('with %s it stays', async (_what, text, remark) => {
    const { exitCode, out, files } = await init({ 'server.js': server, 'package.json': text });
    expect(files).toMatchObject({ 'server.js': serverAfter, 'package.json': text });
    expect(out).toContain(`\npackage.json: ${remark}\n`);
    expect(exitCode).toBe(0);
  });

  test.each([
    ['is not there', undefined],
    ['is no JSON', '{ "name": "game", }'],
    ['is no object', '[]'],
  ])('that %s: nothing is done', async (_what, text) => {
    const files = { 'server.js': server, ...(text === undefined ? {} : { 'package.json': text }) };
    const outcome = await runInit(makeFolder(files));
    expect(outcome).toMatchObject({ exitCode: 1, out: '', files });
    expect(outcome.err).toContain('no package.json in this folder that can be read');
  });
});

describe('what is to be installed', () => {
  const install = async (files: Readonly<Record<string, string>>) =>
    /^ {2}(.* (?:install|add) .*)$/m.exec((await runInit(makeFolder(files))).out)?.[1];
  const bare = { 'package.json': '{}' };

  test('by what is missing on which side', async () => {
    expect(await install({ ...bare, 'server.js': server })).toBe(
      'npm install colyseus-transport-steam steamworks.js@0.4.0 @colyseus/ws-transport',
    );
    const player = "import { Client } from '@colyseus/sdk';\nnew Client(url);\n";
    expect(await install({ ...bare, 'player.js': player })).toBe(
      'npm install colyseus-transport-steam steamworks.js@0.4.0 @colyseus/sdk',
    );
    expect(await install({ 'package.json': manifest, 'player.js': player })).toBeUndefined();
  });

  test.each([
    ['pnpm-lock.yaml', 'pnpm add'],
    ['yarn.lock', 'yarn add'],
    ['bun.lock', 'bun add'],
    ['package-lock.json', 'npm install'],
  ])('by %s', async (lock, command) => {
    expect(await install({ ...project, [lock]: '' })).toBe(`${command} colyseus-transport-steam steamworks.js@0.4.0`);
  });
});

test('packages in a package: each has its own doctor and app id', async () => {
  const player = "import { Client } from '@colyseus/sdk';\nnew Client(url);\n";
  const { exitCode, out, files } = await runInit(
    makeFolder({
      'package.json': '{ "private": true }',
      'apps/server/package.json': '{ "dependencies": { "colyseus": "^0.18.0" } }',
      'apps/server/src/main.js': server,
      'apps/player/package.json': '{ "dependencies": { "@colyseus/sdk": "^0.18.0" } }',
      'apps/player/main.js': player,
    }),
  );
  expect(exitCode).toBe(0);
  expect(Object.keys(files).sort()).toEqual([
    'apps/player/main.js',
    'apps/player/package.json',
    'apps/player/steam_appid.txt',
    'apps/server/package.json',
    'apps/server/src/main.js',
    'apps/server/steam_appid.txt',
    'package.json',
  ]);
  expect(files['package.json']).toBe('{ "private": true }');
  expect(files['apps/server/package.json']).toContain('"doctor"');
  expect(out).toContain(`
Next:
  cd apps/player
  npm install colyseus-transport-steam steamworks.js@0.4.0
  npx colyseus-transport-steam doctor
  cd ../server
  npm install`);
});

test.each([
  ['node', 'moduleResolution "node" does not find colyseus-transport-steam/config: have "node16", "nodenext" or "bundler"'],
  ['nodenext', undefined],
])('TypeScript whose moduleResolution is %s', async (moduleResolution, remark) => {
  const tsconfig = `{\n  // of the game\n  "compilerOptions": { "moduleResolution": "${moduleResolution}", },\n}\n`;
  const { out, files } = await init({ 'server.ts': server, 'tsconfig.json': tsconfig });
  expect(files['tsconfig.json']).toBe(tsconfig);
  if (remark === undefined) expect(out).not.toContain('moduleResolution');
  else expect(out).toContain(`\ntsconfig.json: ${remark}\n`);
});

test.each([
  [['--yes', '--dry-run'], '--yes and --dry-run are opposites: give one of them'],
  [['--app-id', 'spacewar'], '--app-id is "spacewar", but must be a number from 1 to 4294967295, such as 480'],
  [['--app-id'], "'--app-id <value>' argument missing"],
  [['--force'], "Unknown option '--force'"],
  [['nothing.ts'], 'there is no file "nothing.ts" in this folder'],
  [['../server.js'], 'there is no file "../server.js" in this folder'],
  [['package.json'], '"package.json" is no TypeScript or JavaScript of a game'],
])('%j is refused with usage', async (args, complaint) => {
  const { exitCode, out, err, files } = await runInit(makeFolder(project), { args });
  expect({ exitCode, out, files }).toEqual({ exitCode: 2, out: '', files: project });
  expect(err).toContain(complaint);
  expect(err).toContain('Usage: colyseus-transport-steam init ');
});
