import { describe, expect, test } from '@jest/globals';
import { changed, init, manifest } from './initProject.ts';

// The servers that there are, and what becomes of each, to the byte.

const OURS = 'colyseus-transport-steam/config';

test.each([
  [
    'new Server with a transport',
    `import { createServer } from 'http';
import express from 'express';
import { Server } from '@colyseus/core';
import { WebSocketTransport } from '@colyseus/ws-transport';
import { ChatRoom } from './ChatRoom.js';

const app = express();
const gameServer = new Server({
  // players come here
  transport: new WebSocketTransport({
    server: createServer(app), // and pages, too
  }),
});

gameServer.define('chat', ChatRoom);
gameServer.listen(2567);
`,
    `import { createServer } from 'http';
import express from 'express';
import { Server } from '@colyseus/core';
import { WebSocketTransport } from '${OURS}';
import { ChatRoom } from './ChatRoom.js';

const app = express();
const gameServer = new Server({
  // players come here
  transport: new WebSocketTransport({
    server: createServer(app), // and pages, too
  }),
});

gameServer.define('chat', ChatRoom);
gameServer.listen(2567);
`,
  ],
  [
    'new Server with the HTTP server alone, in double quotes and without semicolons',
    `import { Server } from "@colyseus/core"
import { createServer } from "http"

const gameServer = new Server({ server: createServer(), greet: false })
`,
    `import { Server } from "@colyseus/core"
import { createTransport } from "${OURS}"
import { createServer } from "http"

const gameServer = new Server({ transport: createTransport({ server: createServer() }), greet: false })
`,
  ],
  [
    'new Server with a shorthand',
    `import {Server} from '@colyseus/core';
const gameServer = new Server({server});
`,
    `import {Server} from '@colyseus/core';
import {createTransport} from '${OURS}';
const gameServer = new Server({transport: createTransport({ server })});
`,
  ],
  [
    'new Server with nothing',
    `import { Server } from '@colyseus/core';
export default new Server();
`,
    `import { Server } from '@colyseus/core';
import { createTransport } from '${OURS}';
export default new Server({ transport: createTransport() });
`,
  ],
  [
    'new Server without parentheses',
    `import { Server } from '@colyseus/core';
export default new Server;
`,
    `import { Server } from '@colyseus/core';
import { createTransport } from '${OURS}';
export default new Server({ transport: createTransport() });
`,
  ],
  [
    'defineServer without a transport, under comments',
    `import {
    defineServer,
    defineRoom,
} from "colyseus";
import { ChatRoom } from "./ChatRoom.js";

const server = defineServer({
    /**
     * Define your room handlers:
     */
    rooms: {
        chat: defineRoom(ChatRoom)
    },
});

export default server;
`,
    `import {
    defineServer,
    defineRoom,
} from "colyseus";
import { createTransport } from "${OURS}";
import { ChatRoom } from "./ChatRoom.js";

const server = defineServer({
    transport: createTransport(),
    /**
     * Define your room handlers:
     */
    rooms: {
        chat: defineRoom(ChatRoom)
    },
});

export default server;
`,
  ],
  [
    'defineServer with a comment behind its brace',
    `import { defineServer } from 'colyseus';
export const server = defineServer({ // the game
  rooms,
});
`,
    `import { defineServer } from 'colyseus';
import { createTransport } from '${OURS}';
export const server = defineServer({ // the game
  transport: createTransport(),
  rooms,
});
`,
  ],
  [
    'defineServer in a line',
    `import { defineServer } from 'colyseus';
export const server = defineServer({ rooms: {}, ...(isProduction && { presence, driver }) });
`,
    `import { defineServer } from 'colyseus';
import { createTransport } from '${OURS}';
export const server = defineServer({ transport: createTransport(), rooms: {}, ...(isProduction && { presence, driver }) });
`,
  ],
  [
    'defineServer with an empty object',
    `import { Server } from 'colyseus';
export const server = new Server({});
`,
    `import { Server } from 'colyseus';
import { createTransport } from '${OURS}';
export const server = new Server({ transport: createTransport() });
`,
  ],
  [
    'defineServer with a transport whose types are asserted, from the package that has all',
    `import { defineServer, WebSocketTransport } from 'colyseus';
export const server = defineServer({ rooms, transport: new WebSocketTransport() as Transport });
`,
    `import { defineServer } from 'colyseus';
import { WebSocketTransport } from '${OURS}';
export const server = defineServer({ rooms, transport: new WebSocketTransport() as Transport });
`,
  ],
  [
    'a transport that is a constant',
    `import { Server } from '@colyseus/core';
import { WebSocketTransport } from '@colyseus/ws-transport';

export class Game {
  start(server: http.Server) {
    const transport: WebSocketTransport = new WebSocketTransport({ server });
    this.server = new Server({ presence, transport });
  }
}
`,
    `import { Server } from '@colyseus/core';
import { WebSocketTransport } from '${OURS}';

export class Game {
  start(server: http.Server) {
    const transport: WebSocketTransport = new WebSocketTransport({ server });
    this.server = new Server({ presence, transport });
  }
}
`,
  ],
  [
    'options of WebSocketTransport',
    `import { Server } from '@colyseus/core';
import { WebSocketTransport } from '@colyseus/ws-transport';
const server = new Server({ transport: new WebSocketTransport({ server: httpServer, pingInterval: 5000, ...more }) });
`,
    `import { Server } from '@colyseus/core';
import { WebSocketTransport } from '${OURS}';
const server = new Server({ transport: new WebSocketTransport({ server: httpServer, pingInterval: 5000, ...more }) });
`,
  ],
  [
    'a transport beside other imports, under another name',
    `import { Server } from '@colyseus/core';
import { WebSocketClient, WebSocketTransport as Sockets } from '@colyseus/ws-transport';
const server = new Server({ transport: new Sockets(options) });
`,
    `import { Server } from '@colyseus/core';
import { WebSocketClient } from '@colyseus/ws-transport';
import { WebSocketTransport as Sockets } from '${OURS}';
const server = new Server({ transport: new Sockets(options) });
`,
  ],
  [
    'decorators, enums and generics around it',
    `import { Room, Server, type Client } from '@colyseus/core'
import { Schema, type } from '@colyseus/schema'

enum Team { Red, Blue }

class State extends Schema {
  @type('string') name: string
  @type('uint8')
  team: Team = Team.Red
}

class Arena extends Room<{ state: State }> {
  state = <State>new State()
}

const server = new Server<any>({ devMode: true })
server.define('arena', Arena)
`,
    `import { Room, Server, type Client } from '@colyseus/core'
import { createTransport } from '${OURS}'
import { Schema, type } from '@colyseus/schema'

enum Team { Red, Blue }

class State extends Schema {
  @type('string') name: string
  @type('uint8')
  team: Team = Team.Red
}

class Arena extends Room<{ state: State }> {
  state = <State>new State()
}

const server = new Server<any>({ transport: createTransport(), devMode: true })
server.define('arena', Arena)
`,
  ],
  [
    'createTransport of somebody else in the same file',
    `import { createTransport } from 'nodemailer';
import { Server } from '@colyseus/core';
const mail = createTransport();
const server = new Server();
`,
    `import { createTransport } from 'nodemailer';
import { Server } from '@colyseus/core';
import { createTransport as createColyseusTransport } from '${OURS}';
const mail = createTransport();
const server = new Server({ transport: createColyseusTransport() });
`,
  ],
])('%s', async (_style, before, after) => {
  expect(await changed(before)).toBe(after);
  expect(await changed(after)).toBe(after);
});

describe('app.config of @colyseus/tools', () => {
  test.each([
    [
      'without a transport',
      `import config from "@colyseus/tools";

export default config({

    initializeGameServer: (gameServer) => {
        gameServer.define('chat', ChatRoom);
    },

});
`,
      `import config from "@colyseus/tools";
import { createTransport } from "${OURS}";

export default config({

    initializeTransport: (options) => createTransport(options),
    initializeGameServer: (gameServer) => {
        gameServer.define('chat', ChatRoom);
    },

});
`,
    ],
    [
      'with an arrow function',
      `import config from '@colyseus/tools';
import { WebSocketTransport } from '@colyseus/ws-transport';
export default config({
  initializeTransport: (options) => new WebSocketTransport(options),
});
`,
      `import config from '@colyseus/tools';
import { WebSocketTransport } from '${OURS}';
export default config({
  initializeTransport: (options) => new WebSocketTransport(options),
});
`,
    ],
    [
      'with a method, and options of its own',
      `import config from '@colyseus/tools';
import { WebSocketTransport } from '@colyseus/ws-transport';
export default config({
  initializeTransport({ server }) {
    const pingInterval = () => { return 6000; };
    return new WebSocketTransport({ server, pingInterval: pingInterval() });
  },
});
`,
      `import config from '@colyseus/tools';
import { WebSocketTransport } from '${OURS}';
export default config({
  initializeTransport({ server }) {
    const pingInterval = () => { return 6000; };
    return new WebSocketTransport({ server, pingInterval: pingInterval() });
  },
});
`,
    ],
  ])('%s', async (_style, before, after) => {
    expect(await changed(before, 'app.config.ts')).toBe(after);
    expect(await changed(after, 'app.config.ts')).toBe(after);
  });
});

describe('CommonJS', () => {
  test.each([
    [
      'names of a module',
      `'use strict';
const { Server } = require('@colyseus/core');
const { WebSocketTransport } = require('@colyseus/ws-transport');

const server = new Server({ transport: new WebSocketTransport({ server: http.createServer(app) }) });
`,
      `'use strict';
const { Server } = require('@colyseus/core');
const { WebSocketTransport } = require('${OURS}');

const server = new Server({ transport: new WebSocketTransport({ server: http.createServer(app) }) });
`,
    ],
    [
      'a module as a whole',
      `const http = require("http"), express = require("express");
const colyseus = require("colyseus");
const gameServer = new colyseus.Server({
  server: http.createServer(express())
});
`,
      `const http = require("http"), express = require("express");
const colyseus = require("colyseus");
const { createTransport } = require("${OURS}");
const gameServer = new colyseus.Server({
  transport: createTransport({ server: http.createServer(express()) })
});
`,
    ],
    [
      'one name of a module, var, and a transport with options',
      `var Server = require('@colyseus/core').Server
var ws = require('@colyseus/ws-transport')
var server = new Server({ transport: new ws.WebSocketTransport({ maxPayload: 1024 }) })
`,
      `var Server = require('@colyseus/core').Server
var { WebSocketTransport } = require('${OURS}')
var server = new Server({ transport: new WebSocketTransport({ maxPayload: 1024 }) })
`,
    ],
    [
      'the default of @colyseus/tools',
      `const config = require('@colyseus/tools').default;
module.exports = config({ displayLogs: true });
`,
      `const config = require('@colyseus/tools').default;
const { createTransport } = require('${OURS}');
module.exports = config({ initializeTransport: (options) => createTransport(options), displayLogs: true });
`,
    ],
    [
      'several names in one declaration',
      `const { Server } = require('@colyseus/core'), { WebSocketTransport } = require('@colyseus/ws-transport');
const server = new Server({ transport: new WebSocketTransport() });
`,
      `const { Server } = require('@colyseus/core'), { WebSocketTransport } = require('${OURS}');
const server = new Server({ transport: new WebSocketTransport() });
`,
    ],
  ])('%s', async (_style, before, after) => {
    expect(await changed(before, 'server.js')).toBe(after);
    expect(await changed(after, 'server.js')).toBe(after);
  });

  test('in TypeScript', async () => {
    const before = "import colyseus = require('colyseus');\nconst server = new colyseus.Server();\n";
    expect(await changed(before, 'server.cts')).toBe(
      `import colyseus = require('colyseus');\nimport { createTransport } from '${OURS}';\nconst server = new colyseus.Server({ transport: createTransport() });\n`,
    );
  });
});

describe('the rest stays as it is, to the byte', () => {
  const before = `import { Server } from 'colyseus';\n\nconst server = new Server({\n\tgreet: false,\n});   // end\n`;
  const after = `import { Server } from 'colyseus';\nimport { createTransport } from '${OURS}';\n\nconst server = new Server({\n\ttransport: createTransport(),\n\tgreet: false,\n});   // end\n`;
  const windows = (text: string) => text.replaceAll('\n', '\r\n');

  test.each([
    ['tabs', before, after],
    ['line ends of Windows', windows(before), windows(after)],
    ['no line end in the end', before.trimEnd(), after.trimEnd()],
    ['a byte order mark', `\uFEFF${before}`, `\uFEFF${after}`],
    ['other letters', `// Spielstück 🎲\n${before}`, `// Spielstück 🎲\n${after}`],
    ['a line for the shell', `#!/usr/bin/env node\n${before}`, `#!/usr/bin/env node\n${after}`],
  ])('%s', async (_what, text, expected) => {
    expect(await changed(text)).toBe(expected);
  });

  test('types that are imported beside what goes', async () => {
    const text = `import { Server } from 'colyseus';
import { type TransportOptions, WebSocketTransport } from '@colyseus/ws-transport';
const server = new Server({ transport: new WebSocketTransport() });
`;
    expect(await changed(text)).toBe(`import { Server } from 'colyseus';
import { type TransportOptions } from '@colyseus/ws-transport';
import { WebSocketTransport } from '${OURS}';
const server = new Server({ transport: new WebSocketTransport() });
`);
  });

  test('an import that something else needs', async () => {
    const text = `import * as colyseus from 'colyseus';
const server = new colyseus.Server({ transport: new colyseus.WebSocketTransport({ pingInterval: 5000 }) });
`;
    expect(await changed(text)).toBe(`import * as colyseus from 'colyseus';
import { WebSocketTransport } from '${OURS}';
const server = new colyseus.Server({ transport: new WebSocketTransport({ pingInterval: 5000 }) });
`);
  });
});

describe('not changed, with its place and what to write', () => {
  const head = "import { Server } from 'colyseus';\nimport { WebSocketTransport } from '@colyseus/ws-transport';\n";

  test.each([
    [
      'a transport of another module',
      "import { transport } from './transport.js';\nnew Server({ transport });\n",
      4,
      'its transport, transport, comes from ./transport.js',
    ],
    [
      'a transport that is made somewhere',
      'let transport = new WebSocketTransport();\nnew Server({ transport });\n',
      4,
      'its transport, transport, is no one constant of this file',
    ],
    [
      'a transport by a function',
      'new Server({ transport: makeTransport() });\n',
      3,
      'its transport, makeTransport(), is no new WebSocketTransport()',
    ],
    [
      'a transport by choice',
      'new Server({ transport: isLocal ? local : new WebSocketTransport() });\n',
      3,
      'its transport, isLocal ? local : new WebSocketTransport(), is no new WebSocketTransport()',
    ],
    [
      'options from elsewhere',
      "import { options } from './options.js';\nnew Server(options);\n",
      4,
      'its options, options, are not written here',
    ],
    ['options that may have one', 'new Server({ greet: false, ...options });\n', 3, '...options may have a transport in it, too'],
    [
      'options behind the transport',
      'new Server({ transport: new WebSocketTransport(), ...options });\n',
      3,
      '...options may have a transport in it, too',
    ],
    [
      'a server for the transport that is there at times',
      'new Server({ ...(isLocal && { server }) });\n',
      3,
      "...(isLocal && { server }) may have a server in it, which is the transport's",
    ],
    [
      'options of the transport among those of the server',
      'new Server({ pingInterval: 5000 });\n',
      3,
      'pingInterval is an option of WebSocketTransport, or unknown',
    ],
    [
      'a Server that is two',
      'function make(Server: any) { return new Server(); }\n',
      3,
      'Server means more than one thing in this file',
    ],
    [
      'an older initializeTransport',
      "import config from '@colyseus/tools';\nexport default config({ initializeTransport: make });\n",
      4,
      'its initializeTransport is no function that is written here',
    ],
    [
      'an initializeTransport with two ends',
      "import config from '@colyseus/tools';\nexport default config({\n  initializeTransport(options) {\n    if (local) return new Local();\n    return new WebSocketTransport(options);\n  },\n});\n",
      4,
      'its transport, a function of another form, is no new WebSocketTransport()',
    ],
    [
      'another transport',
      "import { uWebSocketsTransport } from '@colyseus/uwebsockets-transport';\nnew Server({ transport: new uWebSocketsTransport() });\n",
      4,
      'its transport is uWebSocketsTransport; createTransport() has WebSocketTransport in its place',
    ],
    [
      'a transport that goes elsewhere',
      'new Server({ transport: new WebSocketTransport() });\nexport { WebSocketTransport };\n',
      3,
      'the import of WebSocketTransport is for other code of this file, too',
    ],
    [
      'a class of the game',
      'class Sockets extends WebSocketTransport {}\nnew Server({ transport: new WebSocketTransport({ pingInterval: 1 }) });\n',
      4,
      'the import of WebSocketTransport is for other code of this file, too',
    ],
    [
      'names that are all taken',
      'const [createTransport, createColyseusTransport] = [1, 2];\nnew Server();\n',
      4,
      'createTransport is something else in this file',
    ],
  ])('%s', async (_what, code, line, found) => {
    const before = head + code;
    const { exitCode, out, files } = await init({ 'server.ts': before });
    expect(files['server.ts']).toBe(before);
    expect(out).toContain(
      `To be changed by hand:\n  server.ts:${line}  server: ${found}\n    import { createTransport } from '${OURS}';\n    `,
    );
    expect(exitCode).toBe(1);
  });

  test.each([
    [
      'an import inside of the code',
      "async function main() {\n  const { Server } = await import('@colyseus/core');\n  return new Server();\n}\n",
      3,
    ],
    [
      'an import that is behind it',
      "const { defineServer } = await import('colyseus');\nexport default defineServer({ rooms });\n",
      2,
    ],
  ])('%s', async (_what, before, line) => {
    const { exitCode, out, files } = await init({ 'server.mjs': before });
    expect(files['server.mjs']).toBe(before);
    expect(out).toMatch(
      new RegExp(`^  server\\.mjs:${line}  server: where (?:Server|defineServer) comes from is not to be seen`, 'm'),
    );
    expect(exitCode).toBe(1);
  });

  test('what programs write', async () => {
    const before = `import{Server as s}from"colyseus";${'var filler=0;'.repeat(40)}const t=new s({greet:!1});t.listen(1);`;
    const { exitCode, out, files } = await init({ 'server.js': before });
    expect(files['server.js']).toBe(before);
    expect(out).toContain(`  server.js:1  server: its line has ${before.length} characters, as programs write them\n`);
    expect(exitCode).toBe(1);
  });

  test('two servers, unless one is named', async () => {
    const text = "import { Server } from 'colyseus';\nexport const server = new Server();\n";
    const both = { 'a/main.ts': text, 'b/main.ts': text };
    const { exitCode, out, files } = await init(both);
    expect(files).toMatchObject(both);
    expect(out).toContain('  a/main.ts:2  server: it is one of 2 servers\n    Name the file of the one to change');
    expect(out).toContain('  b/main.ts:2  server: it is one of 2 servers\n');
    expect(exitCode).toBe(1);

    const named = await init(both, { args: ['--yes', 'b/main.ts'] });
    expect(named.files['a/main.ts']).toBe(text);
    expect(named.files['b/main.ts']).toContain('new Server({ transport: createTransport() })');
    expect(named.exitCode).toBe(0);
  });

  test('what cannot be read', async () => {
    const before = "import { Server } from 'colyseus';\nconst server = new Server({\n";
    const { exitCode, out, files } = await init({ 'server.ts': before });
    expect(files['server.ts']).toBe(before);
    expect(out).toContain('  server.ts:3  it cannot be read: Unexpected token\n');
    expect(exitCode).toBe(1);
  });

  test.each(['colyseus', '@colyseus/core', '@colyseus/arena'])('an older %s', async (name) => {
    const before = "import { Server } from 'colyseus';\nexport default new Server();\n";
    const { exitCode, out, files } = await init({
      'server.ts': before,
      'package.json': JSON.stringify({ dependencies: { [name]: '~0.16.5' } }),
    });
    expect(files['server.ts']).toBe(before);
    expect(out).toContain(`  server.ts:2  server: ${name} ~0.16.5 is too old\n    This transport is for Colyseus 0.18`);
    expect(exitCode).toBe(1);
  });
});

test('tests, what is built, and what is installed are not looked at', async () => {
  const text = "import { Server } from 'colyseus';\nexport default new Server();\n";
  const places = [
    'test/server.ts',
    'dist/server.js',
    'node_modules/a/server.js',
    'server.test.ts',
    '.cache/server.js',
    'server.min.js',
    'server.d.ts',
  ];
  const files = Object.fromEntries(places.map((file) => [file, text]));
  expect(await init(files)).toMatchObject({
    exitCode: 1,
    out: '',
    err: 'colyseus-transport-steam init: found no Colyseus server or client here\n',
    files: { ...files, 'package.json': manifest },
  });
});
