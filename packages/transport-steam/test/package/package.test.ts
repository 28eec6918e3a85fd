import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { build as esbuild } from 'esbuild';

// What users install: the tarball, unpacked beside its peers, in a Node of its own. The other tests run the sources.

interface Manifest {
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, unknown>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

/** What a process that loaded every subpath saw. */
interface Loaded {
  readonly names: Readonly<Record<string, readonly string[]>>;
  /** Names that two subpaths export with two values: module state would be there twice. */
  readonly twice: readonly string[];
}

const packageDir = fileURLToPath(new URL('../..', import.meta.url));
const source = readManifest(packageDir);
const subpaths = Object.keys(source.exports).filter((subpath) => subpath !== './package.json');

/** Names that each subpath must have, whatever else it has. */
const mustExport: Readonly<Record<string, readonly string[]>> = {
  '.': ['Endpoint', 'SteamError', 'SteamTransport', 'steamIdOf'],
  './bridge': ['BridgeClient', 'SteamError', 'messagePort', 'serveBridge', 'webSocketPort'],
  './client': ['Client', 'LobbyClient', 'SteamError', 'SteamSDK', 'lobbyFromCommandLine'],
  './config': ['SteamError', 'WebSocketTransport', 'createTransport'],
  './config/client': ['Client', 'Room', 'SteamError', 'createClient'],
  './inspect': ['serveInspector'],
  './lobby': ['Lobbies', 'LobbyMesh', 'LobbyType', 'SteamError', 'lobbyFromCommandLine'],
  './messages': ['MessageError', 'defineMessages', 'message', 'registerMessages'],
  './sim': ['SimulatedSteam', 'connectHubControl', 'connectToHub'],
  './steamworks': ['SteamworksDriver', 'initSteamworks'],
};

let folder: string;
let unpacked: string;
let tarball: string;
/** See {@link poorFolder}. */
let poor: string | undefined;

beforeAll(() => {
  folder = mkdtempSync(join(realpathSync(tmpdir()), 'colyseus-transport-steam-test-'));
  tarball = node(packageDir, join(packageDir, 'scripts', 'pack.mjs'), folder).trim();
  unpacked = join(folder, 'node_modules', 'colyseus-transport-steam');
  mkdirSync(unpacked, { recursive: true });
  tar('-xzf', basename(tarball), '-C', 'node_modules/colyseus-transport-steam', '--strip-components=1');
  for (const name of Object.keys({ ...source.dependencies, ...source.peerDependencies })) {
    mkdirSync(dirname(join(folder, 'node_modules', name)), { recursive: true });
    symlinkSync(realpathSync(join(packageDir, 'node_modules', name)), join(folder, 'node_modules', name), 'junction');
  }
}, 120_000);

afterAll(() => {
  for (const made of [folder, poor]) if (made) rmSync(made, { recursive: true, force: true });
});

test('the tarball holds what was built from the sources, the documents, and nothing else', () => {
  const page = 'dist/inspect/page/';
  const built = globSync('**/*.ts', { cwd: join(packageDir, 'src') })
    .map((file) => `dist/${file.split(sep).join('/').replace(/\.ts$/, '')}`)
    // What a browser loads is there for browsers only.
    .flatMap((file) =>
      (file.startsWith(page) ? ['.js'] : ['.js', '.cjs', '.d.ts', '.d.cts']).map((extension) => file + extension),
    );
  const documents = [
    'BRIDGE.md',
    'CHANGELOG.md',
    'CONFIG.md',
    'INSPECT.md',
    'LICENSE',
    'LOBBIES.md',
    'MESSAGES.md',
    'PROTOCOL.md',
    'README.md',
    'SCALING.md',
    'SECURITY.md',
    'START.md',
    'STEAM.md',
    'SURVIVAL.md',
  ];
  const packed = tar('-tzf', basename(tarball))
    .trim()
    .split(/\r?\n/)
    .map((file) => file.replace(/^package\//, ''));
  expect(packed.sort()).toEqual([...built, `${page}index.html`, `${page}style.css`, ...documents, 'package.json'].sort());
});

test('its manifest and its files name nothing of the workspace', () => {
  const manifest = readFileSync(join(unpacked, 'package.json'), 'utf8');
  expect(manifest).not.toMatch(/steam-source|workspace:|catalog:|devDependencies|\/src\//);
  const root = join(packageDir, '..', '..');
  const naming = globSync('dist/**/*.*', { cwd: unpacked }).filter((file) =>
    readFileSync(join(unpacked, file), 'utf8').includes(root),
  );
  expect(naming).toEqual([]);
});

test('every subpath is known to this test', () => {
  expect(Object.keys(mustExport).sort()).toEqual([...subpaths].sort());
});

test('its program runs, and says what is missing here', () => {
  const program = join(unpacked, readManifest(unpacked).bin['colyseus-transport-steam'] ?? '');
  expect(readFileSync(program, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  const { NODE_OPTIONS: _, ...own } = process.env;
  const env = { ...own, SteamAppId: 'none' };
  const options = { cwd: folder, env, encoding: 'utf8', timeout: 60_000 } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'doctor', '--json'], options);
  expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
  const report = JSON.parse(stdout) as { ok: boolean; checks: { name: string; status: string }[] };
  expect(report.ok).toBe(false);
  expect(report.checks).toContainEqual(expect.objectContaining({ name: 'app id', status: 'problem' }));
}, 90_000);

test.each(['js', 'cjs'])('its program says its version, as .%s', (extension) => {
  const program = join(unpacked, 'dist', 'cli', `main.${extension}`);
  expect(node(folder, program, '--version')).toBe(`${source.version}\n`);
});

test.each(['js', 'cjs'])('its program changes a game, as .%s', (extension) => {
  const game = join(folder, `game-${extension}`);
  mkdirSync(game);
  writeFileSync(join(game, 'package.json'), '{}');
  writeFileSync(join(game, 'server.ts'), "import { Server } from '@colyseus/core';\nnew Server();\n");
  expect(node(game, join(unpacked, 'dist', 'cli', `main.${extension}`), 'init', '--yes')).toContain('\nWritten: server.ts, ');
  expect(readFileSync(join(game, 'server.ts'), 'utf8')).toBe(`import { Server } from '@colyseus/core';
import { createTransport } from 'colyseus-transport-steam/config';
new Server({ transport: createTransport() });
`);
});

test('declared messages can be bundled for a browser', async () => {
  const contents = `
    import { t } from '@colyseus/schema';
    import { defineMessages, message, withMessages } from 'colyseus-transport-steam/messages';
    console.log(defineMessages({ turn: message({ x: t.uint8() }) }), withMessages);`;
  const stdin = { contents, resolveDir: folder };
  const { outputFiles } = await esbuild({
    stdin,
    bundle: true,
    platform: 'browser',
    format: 'esm',
    write: false,
    logLevel: 'silent',
  });
  expect(outputFiles).toHaveLength(1);
});

test('the page of a bridge can be bundled for a browser, and has no owner in it', async () => {
  const bundle = (contents: string) =>
    esbuild({
      stdin: { contents, resolveDir: folder },
      bundle: true,
      platform: 'browser',
      format: 'esm',
      write: false,
      logLevel: 'silent',
    });
  const page = `import { BridgeClient, webSocketPort } from 'colyseus-transport-steam/bridge'; console.log(BridgeClient, webSocketPort);`;
  const { outputFiles } = await bundle(page);
  expect(outputFiles).toHaveLength(1);
  await expect(bundle(page.replaceAll('webSocketPort', 'serveBridge'))).rejects.toThrow(/No matching export .* "serveBridge"/);
});

test('its types fit those of steamworks.js in a game that is strict, and transpiled file by file', () => {
  // Trap 13: steamworks.js has its enums as `const enum`s in a .d.ts, which such a game cannot use.
  const game = `
    import { SteamCallback, SteamCallbacks, SteamworksDriver } from 'colyseus-transport-steam/steamworks';
    import steamworks from 'steamworks.js';

    const steam = steamworks.init(480);
    export const id: bigint = new SteamworksDriver(steam).steamId;
    SteamCallbacks.of(steam).on(SteamCallback.GameLobbyJoinRequested, ({ lobby_steam_id }) => {
      void steam.matchmaking.joinLobby(lobby_steam_id);
    });`;
  const files = ['game.mts', 'game.cts'];
  for (const file of files) writeFileSync(join(folder, file), game);
  const { resolve } = createRequire(import.meta.url);
  const typeRoots = [dirname(dirname(resolve('@types/node/package.json')))];
  const compilerOptions = { noEmit: true, strict: true, isolatedModules: true, module: 'nodenext', types: ['node'], typeRoots };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  const tsc = join(dirname(resolve('typescript/package.json')), 'bin', 'tsc');
  const { status, stdout } = spawnSync(process.execPath, [tsc], { cwd: folder, encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
}, 60_000);

describe.each([
  ['ESM', '--input-type=module', 'await import(name)'],
  ['CommonJS', '--input-type=commonjs', 'require(name)'],
])('as %s', (format, inputType, load) => {
  let loaded: Loaded;

  beforeAll(() => {
    loaded = JSON.parse(node(folder, inputType, '--eval', loadAll(load))) as Loaded;
  }, 30_000);

  test.each(subpaths)('%s exports what its source exports', async (subpath) => {
    const file = subpath === '.' ? 'index' : subpath.slice(2);
    const names = Object.keys((await import(`../../src/${file}.ts`)) as object).sort();
    expect(loaded.names[subpath]).toEqual(names);
    expect(names).toEqual(expect.arrayContaining([...(mustExport[subpath] ?? [])]));
  });

  test('subpaths share their modules', () => {
    // Client is two things on purpose: what is over Steam always, and what is as the endpoint says.
    expect(loaded.twice).toEqual(['Client']);
  });

  test('a host and a player exchange declared messages: there is one msgpackr for all', () => {
    expect(JSON.parse(node(folder, inputType, '--eval', playGame(load)))).toEqual({ x: 2, y: 1 });
  });

  test('the inspector finds all that its page loads', () => {
    const said = JSON.parse(node(folder, inputType, '--eval', loadPage(load))) as Record<string, string>;
    const loaded = Object.entries(said).filter(([, type]) => type.startsWith('text/'));
    expect(loaded.map(([name]) => name)).toEqual(Object.keys(said));
    expect(loaded.map(([name]) => name)).toEqual(expect.arrayContaining(['', 'main.js', 'History.js', 'style.css', 'uPlot.js']));
  });

  test('the simulated Steam finds the program of its hub', async () => {
    const hub = `package-${process.pid}-${format}`;
    const { pid, logIns } = JSON.parse(node(folder, inputType, '--eval', logIn(load, hub))) as { pid: number; logIns: number };
    expect(logIns).toBe(1);
    while (isAlive(pid)) await sleep(20);
  });
});

// A game that imports, one that requires, and what a tool requires that knows no modules.
describe.each([
  ['imported', ['--input-type=module'], 'await import(name)'],
  ['required', ['--input-type=commonjs'], 'require(name)'],
  ['CommonJS', ['--input-type=commonjs'], "require(name.replace(/^colyseus-transport-steam(.*)/, ours + '/dist$1.cjs'))"],
])('a configuration that is %s', (format, flags, load) => {
  const run = (cwd: string, program: string) => {
    const ours = JSON.stringify(join(cwd, 'node_modules', 'colyseus-transport-steam'));
    return node(cwd, ...flags, '--eval', `const ours = ${ours};\nconst get = async (name) => ${load};\n${program}`);
  };

  test('finds the core and the ws-transport of the game', () => {
    const said = run(folder, playConfigured(`config-${process.pid}-${format}`));
    expect(JSON.parse(said.slice(said.lastIndexOf('\n') + 1))).toEqual(['by ws', 'by steam']);
  });

  test.each([
    ['websocket', '@colyseus/ws-transport'],
    ['steam', 'steamworks.js'],
  ])('for %s says that %s is missing, and how to get it', (transport, name) => {
    const message = run(poorFolder(), listenConfigured(transport));
    expect(message).toMatch(new RegExp(`${name}(, which)? is not installed: npm install ${name}$`));
  });

  test('says when the game has two copies of core', () => {
    const cjs = join(realpathSync(join(folder, 'node_modules', '@colyseus', 'core')), 'build', 'index.cjs');
    const message = run(folder, listenConfigured('websocket', `await import(${JSON.stringify(cjs)})`));
    expect(message).toMatch(/^this server is of another copy of @colyseus\/core/);
  });
});

test('a ws-transport that has another core than the game is no transport', () => {
  const other = join(poorFolder(), 'node_modules', '@colyseus', 'ws-transport');
  mkdirSync(other);
  writeFileSync(join(other, 'package.json'), '{ "type": "module", "main": "index.js" }');
  writeFileSync(join(other, 'index.js'), 'export class WebSocketTransport {}');
  const program = `const get = (name) => import(name);\n${listenConfigured('websocket')}`;
  const message = node(poorFolder(), '--input-type=module', '--eval', program);
  rmSync(other, { recursive: true });
  expect(message).toMatch(/^@colyseus\/ws-transport has another copy of @colyseus\/core/);
});

/** A program that loads all subpaths, says what it saw, and must then end by itself. */
function loadAll(load: string): string {
  return `(async () => {
    const names = {};
    const values = new Map();
    const twice = [];
    for (const subpath of ${JSON.stringify(subpaths)}) {
      const name = 'colyseus-transport-steam' + subpath.slice(1);
      const loaded = ${load};
      names[subpath] = Object.keys(loaded).sort();
      for (const key of names[subpath]) {
        if (values.has(key) && values.get(key) !== loaded[key]) twice.push(key);
        values.set(key, loaded[key]);
      }
    }
    process.stdout.write(JSON.stringify({ names, twice }));
  })()`;
}

/** The page of an inspector: what it loads, and of which type each is. */
function loadPage(load: string): string {
  return `(async () => {
    const get = async (name) => ${load};
    const { serveInspector } = await get('colyseus-transport-steam/inspect');
    const { url, close } = await serveInspector({ sources: {} });
    const types = {};
    const names = [''];
    for (const name of names) {
      if (name in types) continue;
      const response = await fetch(url + name);
      types[name] = response.ok ? response.headers.get('content-type') : String(response.status);
      const text = await response.text();
      if (name === '') for (const [, found] of text.matchAll(/(?:src|href)="([^":]+)"/g)) names.push(found);
      for (const [, found] of text.matchAll(/from "[.][/]([^"]+)"/g)) names.push(found);
    }
    await close();
    process.stdout.write(JSON.stringify(types));
  })()`;
}

/** A game with a message, hosted and played in one process. */
function playGame(load: string): string {
  return `(async () => {
    const get = async (name) => ${load};
    const { Room, Server } = await get('@colyseus/core');
    const { t } = await get('@colyseus/schema');
    const { SteamTransport } = await get('colyseus-transport-steam');
    const { Client } = await get('colyseus-transport-steam/client');
    const { defineMessages, message } = await get('colyseus-transport-steam/messages');
    const { SimulatedSteam } = await get('colyseus-transport-steam/sim');
    const messages = defineMessages({ turn: message({ x: t.uint8(), y: t.uint8() }) });
    class Arena extends Room {
      messages = { turn: (client, { x, y }) => client.send('turn', { x: y, y: x }) };
    }
    const steam = new SimulatedSteam({ clock: 'real' });
    const [host, driver] = [steam.user(), steam.user()];
    const server = new Server({ transport: new SteamTransport({ driver: host, messages }), greet: false });
    server.define('arena', Arena);
    await server.listen(0);
    const client = new Client('steam://' + host.steamId, { driver, messages });
    const room = await client.joinOrCreate('arena');
    room.onMessage('turn', (turned) => {
      process.stdout.write(JSON.stringify(turned), () => process.exit());
    });
    room.send('turn', { x: 1, y: 2 });
    room.onLeave((code) => process.exit(code));
  })()`;
}

/** A game for players over Steam and over WebSocket, hosted and played in one process. */
function playConfigured(hub: string): string {
  return `(async () => {
    const { Room, Server } = await get('@colyseus/core');
    const { createTransport } = await get('colyseus-transport-steam/config');
    const { createClient } = await get('colyseus-transport-steam/config/client');
    class Echo extends Room {
      messages = { say: (client, text) => this.broadcast('said', text) };
    }
    const steam = { driver: 'simulated', hub: ${JSON.stringify(hub)} };
    const transport = createTransport({ transport: 'steam+websocket', ...steam });
    const server = new Server({ transport, greet: false });
    server.define('echo', Echo);
    await server.listen(0);
    const heard = [];
    for (const endpoint of ['ws://127.0.0.1:' + transport.server.address().port, 'steam://' + transport.endpoint.steamId]) {
      const room = await createClient(endpoint, steam).joinOrCreate('echo');
      const said = new Promise((resolve) => room.onMessage('said', resolve));
      room.send('say', 'by ' + endpoint.split(':')[0]);
      heard.push(await said);
    }
    process.stdout.write('\\n' + JSON.stringify(heard), () => process.exit());
  })()`;
}

/** Prints why a server cannot listen. */
function listenConfigured(transport: string, core = "await get('@colyseus/core')"): string {
  return `(async () => {
    const { Server } = ${core};
    const { createTransport } = await get('colyseus-transport-steam/config');
    const server = new Server({ transport: createTransport({ transport: '${transport}' }), greet: false });
    await server.listen(0);
  })().catch((error) => process.stdout.write(error.message, () => process.exit()))`;
}

/** A game that has installed no more than what every host needs. */
function poorFolder(): string {
  if (poor !== undefined) return poor;
  poor = mkdtempSync(join(realpathSync(tmpdir()), 'colyseus-transport-steam-poor-'));
  const modules = join(poor, 'node_modules');
  cpSync(unpacked, join(modules, 'colyseus-transport-steam'), { recursive: true });
  for (const name of [...Object.keys(source.dependencies ?? {}), '@colyseus/core', '@colyseus/schema', 'msgpackr']) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(realpathSync(join(packageDir, 'node_modules', name)), join(modules, name), 'junction');
  }
  return poor;
}

/** A program that logs in to the simulated Steam of this machine, and out again. */
function logIn(load: string, hub: string): string {
  return `(async () => {
    const name = 'colyseus-transport-steam/sim';
    const { connectHubControl, connectToHub } = ${load};
    const driver = await connectToHub({ name: ${JSON.stringify(hub)} });
    const control = await connectHubControl({ name: ${JSON.stringify(hub)} });
    const { pid, users } = await control.status();
    control.close();
    driver.close();
    process.stdout.write(JSON.stringify({ pid, logIns: users.length }));
  })()`;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function readManifest(folderOfPackage: string): Manifest {
  return JSON.parse(readFileSync(join(folderOfPackage, 'package.json'), 'utf8')) as Manifest;
}

/** Runs Node as a user does: no conditions and no flags of this test run. */
function node(cwd: string, ...args: string[]): string {
  const { NODE_OPTIONS: _, ...env } = process.env;
  return execFileSync(process.execPath, args, {
    cwd,
    env,
    encoding: 'utf8',
    timeout: 100_000,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Names only files below its folder: a drive letter would be a host name to some. */
function tar(...args: string[]): string {
  return execFileSync('tar', args, { cwd: folder, encoding: 'utf8' });
}
