import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connectHubControl, type HubControl } from '../../src/sim.ts';
import { describeNative, doubleEnvironment } from '../native/double.ts';
import { freePort } from './freePort.ts';
import { runInit } from './initProject.ts';
import { Programs } from './Programs.ts';

// START.md: its code is files, which run here, and what it says they print is what they print.

const packageDirectory = join(import.meta.dirname, '..', '..');
const examples = join(packageDirectory, 'examples', 'start');
const document = readFileSync(join(packageDirectory, 'START.md'), 'utf8');
const programs = new Programs();
const simulated = { STEAM_DRIVER: 'simulated' };
const HOSTING = /hosting at (steam:\/\/\d{17})/;

afterAll(() => programs.close());

test.each(['server', 'electron', 'nothing'])('the code of %s is these files, word for word', (folder) => {
  // The name of the file is the line above it, with what a reader wants to know of it.
  const blocks = [...document.matchAll(/^```\w+\n(.*)\n([\s\S]*?)^```$/gm)].map(([, title = '', text]) => ({ title, text }));
  for (const file of readdirSync(join(examples, folder)).filter((name) => name !== 'package.json')) {
    const text = readFileSync(join(examples, folder, file), 'utf8');
    expect(blocks).toContainEqual({ title: expect.stringContaining(` ${file}`), text });
  }
});

describe('I have a Colyseus server', () => {
  const before = programs.game('before');
  const after = programs.game('after');

  beforeAll(() => {
    for (const folder of [before, after]) cpSync(join(examples, 'server'), folder, { recursive: true });
  });

  test('init says what is said, and changes it', async () => {
    const { exitCode, out } = await runInit(after, { args: [], answer: 'y' });
    expect(document).toContain(`\n\`\`\`\n${out.replace('[y/N] ', '[y/N] y\n')}\`\`\`\n`);
    expect(exitCode).toBe(0);
  });

  test.each([
    ['as it was', before],
    ['as init has it', after],
  ])(
    'over WebSocket, %s',
    async (_how, folder) => {
      const port = await freePort();
      await programs.start(folder, ['server.ts'], { PORT: String(port) }).printed(/listening/);
      const player = programs.start(folder, ['player.ts', `ws://localhost:${port}`]);
      expect({ code: await player.ended(), output: player.output }).toEqual({ code: 0, output: 'hello\n' });
    },
    60_000,
  );

  test('over the simulated Steam', async () => {
    const environment = { ...simulated, COLYSEUS_TRANSPORT: 'steam', PORT: String(await freePort()) };
    const [, endpoint = ''] = await programs.start(after, ['server.ts'], environment).printed(HOSTING);
    const player = programs.start(after, ['player.ts', endpoint], simulated);
    expect({ code: await player.ended(), output: player.output }).toEqual({ code: 0, output: 'hello\n' });
  }, 60_000);

  test('both ways at once', async () => {
    const port = await freePort();
    const environment = { ...simulated, COLYSEUS_TRANSPORT: 'steam+websocket', PORT: String(port) };
    const [, endpoint = ''] = await programs.start(after, ['server.ts'], environment).printed(HOSTING);
    for (const way of [endpoint, `ws://localhost:${port}`]) {
      const player = programs.start(after, ['player.ts', way], simulated);
      expect({ code: await player.ended(), output: player.output }).toEqual({ code: 0, output: 'hello\n' });
    }
  }, 60_000);
});

describe('I have an Electron game', () => {
  /** In the place of a page: what it would call, one line a call. */
  const page = `
    import { createInterface } from 'node:readline';
    function print(value) { console.log(JSON.stringify(value)); }
    createInterface({ input: process.stdin }).on('line', async (line) => {
      const [name, ...args] = JSON.parse(line);
      print({ [name]: await call(name, args) });
    });`;

  /** `game.js` alone. */
  const withGame = `
    import * as game from './game.js';
    ${page}
    async function call(name, [argument]) {
      if (name === 'join') return game.join(argument, print);
      return game[name](argument);
    }`;

  /** `main.js`, with what it uses of Electron in the place of Electron. */
  const standIn = `
    import { EventEmitter } from 'node:events';
    const handlers = new Map();
    const emitter = new EventEmitter();
    export const ipcMain = {
      handle: (channel, handler) => handlers.set(channel, handler),
      on: (channel, listener) => emitter.on(channel, listener),
    };
    export const app = Object.assign(new EventEmitter(), {
      whenReady: async () => undefined,
      exit: () => process.exit(0),
    });
    export class BrowserWindow {
      webContents = { send: (channel, value) => channel === 'seen' && print(value) };
      constructor({ webPreferences }) { print(webPreferences); }
      isDestroyed() { return false; }
      async loadFile(file) { print({ file }); }
    }
    ${page}
    async function call(name, args) {
      if (name === 'close') return app.emit('window-all-closed');
      if (handlers.has(name)) return handlers.get(name)({}, ...args);
      emitter.emit(name, {}, ...args);
    }`;

  const folder = programs.game('electron');

  beforeAll(() => {
    cpSync(join(examples, 'electron'), folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "type": "module", "main": "main.js" }');
    writeFileSync(join(folder, 'page.js'), withGame);
    mkdirSync(join(folder, 'node_modules', 'electron'));
    writeFileSync(join(folder, 'node_modules', 'electron', 'package.json'), '{ "type": "module", "main": "index.js" }');
    writeFileSync(join(folder, 'node_modules', 'electron', 'index.js'), standIn);
  });

  test('game.js in two processes: one hosts and plays, the other joins', async () => {
    const ann = programs.start(folder, ['page.js'], simulated);
    const bob = programs.start(folder, ['page.js'], simulated);
    ann.write('["host"]\n');
    const [, endpoint = ''] = await ann.printed(/"host":"(steam:\/\/\d{17})"/);
    ann.write(`["join", "${endpoint}"]\n`);
    await ann.printed(/"me":"([^"]+)","players":\{"\1":\{"x":0\}\}/);
    bob.write(`["join", "${endpoint}"]\n`);
    await bob.printed(/"players":\{"[^"]+":\{"x":0\},"[^"]+":\{"x":0\}\}/);
    bob.write('["move", 1]\n');
    await ann.printed(/"players":\{"[^"]+":\{"x":0\},"[^"]+":\{"x":1\}\}/);
    ann.write('["close"]\n');
    await bob.printed(/\{"left":\d+\}/);
  }, 60_000);

  test('main.js with a stand-in for Electron', async () => {
    const game = programs.start(folder, ['main.js'], simulated);
    await game.printed(/"file":"page\.html"/);
    expect(game.output).toContain(`{"preload":${JSON.stringify(join(folder, 'preload.cjs'))}}`);
    game.write('["host"]\n');
    const [, endpoint = ''] = await game.printed(/\{"host":"(steam:\/\/\d{17})"\}/);
    await game.printed(/"players":\{"[^"]+":\{"x":0\}\}/);
    game.write('["move", -1]\n');
    await game.printed(/"players":\{"[^"]+":\{"x":-1\}\}/);

    const friend = programs.start(folder, ['main.js'], simulated);
    friend.write(`["join", "${endpoint}"]\n`);
    await friend.printed(/"players":\{"[^"]+":\{"x":-1\},"[^"]+":\{"x":0\}\}/);
    game.write('["close"]\n');
    await friend.printed(/\{"left":\d+\}/);
    expect(await game.ended()).toBe(0);
  }, 60_000);
});

describe('I start from nothing', () => {
  const folder = programs.game('nothing');
  beforeAll(() => {
    cpSync(join(examples, 'nothing'), folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  });

  /** The last field that was drawn. */
  const field = (first: string, scores: string) =>
    new RegExp(`${first}\n\\.{24}\n\\.{24}\n\\.{12}\\$\\.{11}\n\\.{24}\n\\.{24}\n\n${scores} {3}w a s d, q to leave\n$`);

  async function play(args: readonly string[], environment: NodeJS.ProcessEnv[] = [{}, {}]): Promise<string> {
    const ann = programs.start(folder, [...args, 'player.ts'], environment[0]);
    const [, endpoint = ''] = await ann.printed(/^(\w+:\/\/\S+)\n\nA\./m);
    await ann.printed(field('A\\.{23}', 'A: 0'));
    const first = ann.output.slice(ann.output.indexOf(`${endpoint}\n\n`)).split('q to leave\n')[0];

    const bob = programs.start(folder, [...args, 'player.ts', endpoint], environment[1]);
    await bob.printed(field('B\\.{23}', 'A: 0 {2}B: 0'));
    bob.write('ddx'); // there is no x
    await ann.printed(field('A\\.B\\.{21}', 'A: 0 {2}B: 0'));
    ann.write('sssdddddddddddd');
    await bob.printed(/A: 1 {2}B: 0/);
    bob.write('q');
    expect(await bob.ended()).toBe(0);
    ann.write('q');
    expect(await ann.ended()).toBe(0);
    expect(document).toContain(`\n\`\`\`\n${String(first).replace(endpoint, 'steam://7656…')}q to leave\n\`\`\`\n`);
    return endpoint;
  }

  test('over WebSocket', async () => {
    const port = String(await freePort());
    expect(await play([], [{ PORT: port }, {}])).toBe(`ws://localhost:${port}`);
  }, 60_000);

  test('over the simulated Steam', async () => {
    expect(await play(['--env-file=simulated.env'])).toMatch(/^steam:\/\/\d{17}$/);
  }, 60_000);
});

describeNative('on the addon of steamworks.js', () => {
  const hub = { name: `start-${basename(programs.directory)}` };
  const host = 76561198000000003n;
  let control: HubControl;

  beforeAll(async () => {
    control = await connectHubControl(hub);
  });
  afterAll(() => control.close());

  test('the server that init changed', async () => {
    const folder = join(programs.directory, 'after');
    const environment = {
      ...doubleEnvironment({ hub, steamId: host }),
      COLYSEUS_TRANSPORT: 'steam',
      PORT: String(await freePort()),
    };
    await programs.start(folder, ['server.ts'], environment).printed(new RegExp(`hosting at steam://${host}`));
    const player = programs.start(folder, ['player.ts', `steam://${host}`], doubleEnvironment({ hub }));
    await player.printed(/^hello\n/m);
    expect(await player.ended()).toBe(0);
  }, 60_000);

  test('the game from nothing', async () => {
    const folder = join(programs.directory, 'nothing');
    const args = ['--env-file=steam.env', 'player.ts'];
    const ann = programs.start(folder, args, doubleEnvironment({ hub }));
    const [, endpoint = ''] = await ann.printed(/^(steam:\/\/\d{17})\n\nA\./m);
    const bob = programs.start(folder, [...args, endpoint], doubleEnvironment({ hub }));
    await bob.printed(/\nB\.{23}\n/);
    bob.write('q');
    expect(await bob.ended()).toBe(0);
  }, 60_000);
});
