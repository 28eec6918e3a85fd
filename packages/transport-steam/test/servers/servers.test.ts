import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { SteamSDK } from '../../src/client.ts';
import { createClient } from '../../src/config/client.ts';
import { freePort } from '../cli/freePort.ts';
import { muteConsole } from '../helpers/muteConsole.ts';
import { Program } from './Program.ts';
import { Workspace } from './Workspace.ts';

// Servers in three styles that are found in the wild, each with a client and tests that know nothing of Steam. They pass as they were before one
// line of each file was changed, and as they are now over every transport: what says which one, is the environment.

jest.setTimeout(90_000);

const HOST = 76561198000000001n;

interface Style {
  readonly name: string;
  readonly server: string;
  readonly client: string;
  readonly tests: string;
  /** How many tests there are. */
  readonly count: number;
  /** What the client prints. */
  readonly prints: RegExp;
  /** What is printed when players may come. */
  readonly isOpen: RegExp;
  /** A page of Express, and what is there. */
  readonly page?: readonly [path: string, text: string];
}

const styles: readonly Style[] = [
  {
    name: 'define',
    server: 'server.ts',
    client: 'client.ts',
    tests: 'client.test.ts',
    count: 8,
    prints: /^Ann found a coin, 0 left\n$/,
    isOpen: /the arena is open/,
  },
  {
    name: 'decorators',
    server: 'index.mjs',
    client: 'client.mjs',
    tests: 'client.test.mjs',
    count: 7,
    prints: /Ann has come\nAnn: is there tea\?\n$/,
    isOpen: /Listening on/,
    page: ['/topics', '[]'],
  },
  {
    name: 'commonjs',
    server: 'server.cjs',
    client: 'client.cjs',
    tests: 'client.test.cjs',
    count: 6,
    prints: /^the first one wins\n$/,
    isOpen: /a game is open/,
    page: ['/rules', 'three in a row'],
  },
];

const workspace = new Workspace();
const programs = new Set<Program>();
let hubs = 0;

beforeAll(() => {
  muteConsole();
});

afterEach(async () => {
  for (const program of programs) await program.kill();
  programs.clear();
});

afterAll(() => {
  workspace.remove();
  jest.restoreAllMocks();
});

function run(folder: string, file: string, environment: NodeJS.ProcessEnv): Program {
  const program = new Program(folder, file, environment);
  programs.add(program);
  return program;
}

/** A server of a style that players may come to. */
async function serve(style: Style, folder: string, transport?: string) {
  const port = await freePort();
  const hub = `servers-${process.pid}-${hubs++}`;
  const steam = { STEAM_DRIVER: 'simulated', STEAM_HUB: hub };
  const environment = transport === undefined ? {} : { ...steam, COLYSEUS_TRANSPORT: transport, STEAM_ID: String(HOST) };
  const server = run(folder, style.server, { ...environment, PORT: String(port) });
  await server.says(style.isOpen);
  return { server, hub, steam, web: `ws://127.0.0.1:${port}`, http: `http://127.0.0.1:${port}` };
}

/** Runs the client and the tests of a style, one after the other, each in a process that ends by itself. */
async function play(style: Style, folder: string, environment: NodeJS.ProcessEnv): Promise<void> {
  const client = run(folder, style.client, environment);
  expect({ code: await client.end(), output: client.output }).toEqual({ code: 0, output: expect.stringMatching(style.prints) });
  const tests = run(folder, style.tests, environment);
  expect({ code: await tests.end(), output: tests.output }).toEqual({
    code: 0,
    output: expect.stringContaining(`pass ${style.count}\n`),
  });
}

async function pageOf(style: Style, http: string): Promise<string | undefined> {
  return style.page && (await (await fetch(http + style.page[0])).text());
}

describe.each(styles)('$name', (style) => {
  test('as it was, on WebSocket: one line of the server, and one of each client, is another since', async () => {
    const { folder, changes } = await workspace.installBefore(style.name);
    const { web, http, server } = await serve(style, folder);
    await play(style, folder, { ENDPOINT: web });
    expect(await pageOf(style, http)).toBe(style.page?.[1]);
    expect(await server.terminate()).toBe(0);

    const [serverFile] = Object.keys(changes).filter((file) => !file.includes('client'));
    const clientFiles = Object.keys(changes).filter((file) => file.includes('client'));
    expect(changes).toEqual(Object.fromEntries([serverFile, ...clientFiles].map((file) => [file, 1])));
    expect(clientFiles).toHaveLength(2);
  });

  test.each(['websocket', 'steam', 'steam+websocket'])('on %s', async (transport) => {
    const folder = await workspace.install(style.name);
    const { web, http, steam, server } = await serve(style, folder, transport);
    if (transport !== 'steam') await play(style, folder, { ENDPOINT: web });
    if (transport !== 'websocket') await play(style, folder, { ENDPOINT: `steam://${HOST}`, ...steam });
    expect(await pageOf(style, http)).toBe(style.page?.[1]);
    expect(await server.terminate()).toBe(0);
  });
});

test('without pages, a server on Steam opens no port', async () => {
  const style = styles[0] as Style;
  const { http } = await serve(style, await workspace.install(style.name), 'steam');
  await expect(fetch(http)).rejects.toThrow('fetch failed');
});

test.each(['websocket', 'steam'])('players on %s are told before the process of the server ends', async (by) => {
  const style = styles[0] as Style;
  const { server, web, hub } = await serve(style, await workspace.install(style.name), 'steam+websocket');
  const client = createClient(by === 'steam' ? `steam://${HOST}` : web, { driver: 'simulated', hub });
  const room = await client.joinOrCreate('arena');
  room.onMessage('*', () => {});
  const left = new Promise((resolve) => room.onLeave(resolve));
  room.reconnection.enabled = false;
  expect(await server.terminate()).toBe(0);
  expect(await left).toBe(4001);
  if (client instanceof SteamSDK) {
    client.close();
    client.endpoint.driver.close();
  }
});
