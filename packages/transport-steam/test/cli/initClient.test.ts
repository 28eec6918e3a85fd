import { describe, expect, test } from '@jest/globals';
import { changed, init, manifest } from './initProject.ts';

// The clients that there are, and what becomes of each, to the byte.

const OURS = 'colyseus-transport-steam/config/client';

test.each([
  [
    'new Client',
    'player.ts',
    `import { Client } from '@colyseus/sdk';

const client = new Client('ws://localhost:2567');
const room = await client.joinOrCreate('chat');
`,
    `import { Client } from '${OURS}';

const client = new Client('ws://localhost:2567');
const room = await client.joinOrCreate('chat');
`,
  ],
  [
    'several, with options, and beside imports that come from there, too',
    'player.mts',
    `import { Client, type Room, getStateCallbacks } from "@colyseus/sdk"
const clients: Client[] = [new Client(url, { headers }), new Client(other)]
`,
    `import { Client, type Room, getStateCallbacks } from "${OURS}"
const clients: Client[] = [new Client(url, { headers }), new Client(other)]
`,
  ],
  [
    'beside imports that do not',
    'player.ts',
    `import {
  type RoomClock,
  Client as Player,
} from '@colyseus/sdk';
import type { server } from '../server/main.ts';
export class Network {
  private client: Player<typeof server>;
  constructor(endpoint: string) { this.client = new Player(endpoint); }
}
`,
    `import {
  type RoomClock,
} from '@colyseus/sdk';
import { Client as Player } from '${OURS}';
import type { server } from '../server/main.ts';
export class Network {
  private client: Player<typeof server>;
  constructor(endpoint: string) { this.client = new Player(endpoint); }
}
`,
  ],
  [
    'the fastest of several servers',
    'player.js',
    `import { Client } from '@colyseus/sdk';
const client = await Client.selectByLatency([one, other]);
`,
    `import { Client } from '${OURS}';
const client = await Client.selectByLatency([one, other]);
`,
  ],
  [
    'ColyseusSDK, the last of several lines of imports',
    'player.ts',
    `import {
  Room,
  ColyseusSDK,
} from '@colyseus/sdk';
const sdk = new ColyseusSDK<typeof server>('ws://localhost:2567');
let room: Room;
`,
    `import {
  Room,
} from '@colyseus/sdk';
import { createClient } from '${OURS}';
const sdk = createClient<typeof server>('ws://localhost:2567');
let room: Room;
`,
  ],
  [
    'a module as a whole',
    'player.js',
    `import * as Colyseus from '@colyseus/sdk';
const client = new Colyseus.Client(process.argv[2]);
`,
    `import { createClient } from '${OURS}';
const client = createClient(process.argv[2]);
`,
  ],
  [
    'a module as a whole that is used besides',
    'player.js',
    `import Colyseus from '@colyseus/sdk';
const client = new Colyseus.Client(endpoint);
Colyseus.registerSerializer('mine', Mine);
`,
    `import Colyseus from '@colyseus/sdk';
import { createClient } from '${OURS}';
const client = createClient(endpoint);
Colyseus.registerSerializer('mine', Mine);
`,
  ],
  [
    'CommonJS',
    'player.cjs',
    `const { Client, Callbacks } = require("@colyseus/sdk");
const client = new Client;
`,
    `const { Client, Callbacks } = require("${OURS}");
const client = new Client;
`,
  ],
  [
    'CommonJS, as a whole, and createClient of redis',
    'bots.js',
    `const { createClient } = require('redis');
const Colyseus = require('@colyseus/sdk');
const store = createClient();
const clients = [new Colyseus.Client, new Colyseus.ColyseusSDK(b)];
`,
    `const { createClient } = require('redis');
const { createClient: createColyseusClient } = require('${OURS}');
const store = createClient();
const clients = [createColyseusClient(), createColyseusClient(b)];
`,
  ],
])('%s', async (_style, file, before, after) => {
  expect(await changed(before, file)).toBe(after);
  expect(await changed(after, file)).toBe(after);
});

test('a server and its player in one file', async () => {
  const before = `import { Server } from '@colyseus/core';
import { Client } from '@colyseus/sdk';
const server = new Server();
await server.listen(2567);
const room = await new Client('ws://localhost:2567').create('chat');
`;
  expect(await changed(before)).toBe(`import { Server } from '@colyseus/core';
import { createTransport } from 'colyseus-transport-steam/config';
import { Client } from '${OURS}';
const server = new Server({ transport: createTransport() });
await server.listen(2567);
const room = await new Client('ws://localhost:2567').create('chat');
`);
});

test.each([
  "import { Client } from 'colyseus-transport-steam/client';\nnew Client(endpoint, { driver });\n",
  "import { Client } from 'colyseus-transport-steam/config/client';\nnew Client(endpoint);\n",
  "import { SteamSDK } from 'colyseus-transport-steam/client';\nnew SteamSDK(endpoint, { driver });\n",
  "import { Client } from 'colyseus-transport-steam/config/client';\nClient.selectByLatency(endpoints);\n",
  "import { createClient as connect } from 'colyseus-transport-steam/config/client';\nconnect(endpoint);\n",
])('one that is as it should be: %j', async (text) => {
  const { exitCode, out, files } = await init({ 'player.ts': text });
  expect(files['player.ts']).toBe(text);
  expect(out).toBe('As it should be:\n  player.ts:2  player\n\nNothing to do.\n');
  expect(exitCode).toBe(0);
});

describe('not changed, with its place and what to write', () => {
  test.each([
    [
      'the old SDK',
      "import { Client } from 'colyseus.js';\nnew Client(url);\n",
      2,
      'colyseus.js is the SDK of Colyseus 0.16 and older',
      'Have Colyseus 0.18 on both sides',
    ],
    [
      'the old SDK as a whole',
      "import * as Colyseus from 'colyseus.js';\nnew Colyseus.Client(url);\n",
      2,
      'colyseus.js is the SDK of Colyseus 0.16 and older',
      'Have Colyseus 0.18 on both sides',
    ],
    [
      'a Client that is two',
      "import { Client } from '@colyseus/sdk';\nfunction f(Client) { return new Client(url); }\n",
      2,
      'Client means more than one thing in this file',
      `import { Client } from '${OURS}';`,
    ],
    [
      'a class of the game',
      "import { ColyseusSDK } from '@colyseus/sdk';\n\nclass Mine extends ColyseusSDK {}\n",
      3,
      'a class of the game extends the SDK',
      'Over Steam it extends SteamSDK',
    ],
    [
      'one of several servers',
      "import Colyseus from '@colyseus/sdk';\nawait Colyseus.Client.selectByLatency(urls);\n",
      2,
      'it picks one of several servers',
      `import { Client } from '${OURS}';`,
    ],
    [
      'an import inside of the code',
      "async function f() {\n  const { Client } = await import('@colyseus/sdk');\n  return new Client(url);\n}\n",
      3,
      'where Client comes from is not to be seen at the top of the file',
      `import { Client } from '${OURS}';`,
    ],
    [
      'names that are all taken',
      "import * as sdk from '@colyseus/sdk';\nconst [createClient, createColyseusClient] = [1, 2];\nnew sdk.Client(url);\n",
      3,
      'createClient is something else in this file',
      `import { Client } from '${OURS}';`,
    ],
    [
      'two names of one import',
      "import { Client, ColyseusSDK } from '@colyseus/sdk';\nnew Client(url);\nnew ColyseusSDK(url);\n",
      2,
      'its changes meet in one line',
      'Write one import for each name that changes',
    ],
  ])('%s', async (_what, before, line, found, advice) => {
    const { exitCode, out, files } = await init({ 'player.js': before });
    expect(files['player.js']).toBe(before);
    expect(out).toContain(`To be changed by hand:\n  player.js:${line}  player: ${found}\n    ${advice}`);
    expect(exitCode).toBe(1);
  });

  test('an older @colyseus/sdk', async () => {
    const before = "import { Client } from '@colyseus/sdk';\nnew Client(url);\n";
    const { exitCode, out, files } = await init({
      'player.js': before,
      'package.json': '{ "devDependencies": { "@colyseus/sdk": "0.17.30" } }',
    });
    expect(files['player.js']).toBe(before);
    expect(out).toContain('  player.js:2  player: @colyseus/sdk 0.17.30 is too old\n');
    expect(exitCode).toBe(1);
  });
});

describe('a page has no Steam, and stays on WebSocket', () => {
  const code = "import { Client } from '@colyseus/sdk';\nexport const client = new Client('ws://localhost:2567');\n";
  const withVite = manifest.replace('"dependencies": {', '"dependencies": {\n    "vite": "^8.0.0",');

  test.each([
    ['by what it uses', { 'main.ts': `${code}document.title = 'chat';\n` }, 'it uses document, which only a page has'],
    [
      'by what it uses with a name',
      { 'main.ts': code.replace("'ws://localhost:2567'", 'location.href') },
      'it uses location, which only a page has',
    ],
    [
      'by its environment',
      { 'main.ts': `${code}console.log(import.meta.env.MODE);\n` },
      'it uses import.meta.env, which only bundles have',
    ],
    ['by its elements', { 'main.tsx': `${code}export const App = () => <p>hello</p>;\n` }, 'it has elements of a page'],
    ['by what makes it', { 'main.ts': code, 'package.json': withVite }, 'vite makes a page of it'],
  ])('%s', async (_what, files, why) => {
    const { exitCode, out, files: after } = await init(files);
    expect(after).toMatchObject(files);
    expect(out).toMatch(/^Stays as it is:\n {2}main\.tsx?:2 {2}player: /);
    expect(out).toContain(`player: ${why}: it stays on WebSocket\n`);
    expect(out).toContain('\nNothing to do.\n');
    expect(exitCode).toBe(0);
  });

  test('a script of a page', async () => {
    const files = {
      'public/game.js': "const client = new Colyseus.Client('ws://localhost');\n",
      'index.html': '<p>\n<script>\nnew Colyseus.Client(url);\n</script>\n',
    };
    const { exitCode, out, files: after } = await init(files);
    expect(after).toMatchObject(files);
    expect(out).toContain('  public/game.js:1  player: Colyseus is a global there, as in a page: it stays on WebSocket\n');
    expect(out).toContain('  index.html:3  player: it is a page: it stays on WebSocket\n');
    expect(exitCode).toBe(0);
  });

  test.each([
    [
      'with names of its own',
      `${code}const location = 'here';\nfunction read({ document }) { return document + location; }\nobject.window = { window: 1 };\n`,
    ],
    ['of Node, beside a page', `${code}process.exit();\n`],
    ['of Electron, in its main process', `import { app } from 'electron';\n${code}`],
  ])('but not a file %s', async (_what, text) => {
    const { exitCode, files } = await init({
      'main.ts': text,
      'package.json': text.includes('const location') ? manifest : withVite,
    });
    expect(files['main.ts']).toContain(`import { Client } from '${OURS}';`);
    expect(exitCode).toBe(0);
  });

  test('nor one that is named', async () => {
    const { exitCode, files } = await init({ 'main.ts': code, 'package.json': withVite }, { args: ['--yes', 'main.ts'] });
    expect(files['main.ts']).toContain(`import { Client } from '${OURS}';`);
    expect(exitCode).toBe(0);
  });
});
