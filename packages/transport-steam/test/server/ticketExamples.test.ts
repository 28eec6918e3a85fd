import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@colyseus/sdk';
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { readSimulatedTicket } from '../../src/sim.ts';
import { rejection } from '../compliance/transport/waiting.ts';
import { APP_ID, type FakeWebApi, fakeWebApi, PUBLISHER_KEY } from '../helpers/fakeWebApi.ts';
import { muteConsole } from '../helpers/muteConsole.ts';

// STEAM.md, Tickets: its programs are files, and run, with the tickets of the simulated Steam and a web API of ours.

const packageDirectory = join(import.meta.dirname, '..', '..');
const examples = join(packageDirectory, 'examples');

/** A temporary directory of its own: no other hub is found there. */
const directory = mkdtempSync(join(tmpdir(), 'steam-tickets-'));
const running = new Set<ChildProcess>();
const banned = new Set<bigint>();
let web: FakeWebApi;

beforeAll(async () => {
  web = await fakeWebApi((bytes) => {
    const ticket = readSimulatedTicket(bytes);
    return ticket && { ...ticket, appId: APP_ID, vacBanned: banned.has(ticket.steamId) };
  });
});

beforeEach(muteConsole);

afterEach(async () => {
  jest.restoreAllMocks();
  web.requests.length = 0;
  // A Steam that nobody has used for seconds ends, and the next one gives the same SteamIDs.
  banned.clear();
  for (const child of running) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

afterAll(async () => {
  await web.close();
  rmSync(directory, { recursive: true, force: true });
});

class Program {
  readonly child: ChildProcess;
  output = '';

  constructor(file: string, ...args: string[]) {
    const own = { STEAM_WEB_API: web.url, STEAM_PUBLISHER_KEY: PUBLISHER_KEY, TMPDIR: directory, TEMP: directory };
    const env = { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', ...own };
    this.child = spawn(process.execPath, ['--conditions=steam-source', join(examples, file), ...args], { env });
    running.add(this.child);
    this.child.once('exit', () => running.delete(this.child));
    for (const stream of [this.child.stdout, this.child.stderr]) stream?.on('data', (chunk: Buffer) => (this.output += chunk));
  }

  async prints(expected: RegExp): Promise<void> {
    while (!expected.test(this.output)) {
      const next = once(this.child.stdout as NonNullable<ChildProcess['stdout']>, 'data');
      await Promise.race([next, once(this.child, 'exit')]);
      if (this.child.exitCode !== null && !expected.test(this.output)) throw new Error(`not ${expected}:\n${this.output}`);
    }
  }

  async end(): Promise<number | null> {
    const [code] = this.child.exitCode === null ? await once(this.child, 'close') : [this.child.exitCode];
    return code;
  }
}

test('its code is these files, word for word', () => {
  const document = readFileSync(join(packageDirectory, 'STEAM.md'), 'utf8');
  for (const file of readdirSync(join(examples, 'tickets')))
    expect(document).toContain(`\`\`\`ts\n${readFileSync(join(examples, 'tickets', file), 'utf8')}\`\`\``);
});

test('a server over WebSocket knows the player by his ticket, and nobody without one', async () => {
  const port = await freePort();
  const server = new Program('tickets/server.ts', String(port));
  await server.prints(/^listening on \d+; Ctrl-C ends it$/m);
  const player = new Program('tickets/player.ts', `ws://localhost:${port}`);
  expect([await player.end(), player.output]).toEqual([0, expect.stringMatching(/^joined$/m)]);
  await server.prints(/^7656119\d{10} joins$/m);
  expect(web.requests.map(({ searchParams }) => searchParams.get('identity'))).toEqual(['my-game']);

  const steamId = BigInt(/^(\d+) joins$/m.exec(server.output)?.[1] as string);
  banned.add(steamId);
  const client = new Client(`ws://localhost:${port}`);
  client.auth.token = Buffer.from(JSON.stringify({ steamId: String(steamId), identity: 'my-game', serial: 1 })).toString('hex');
  expect(await rejection(client.joinOrCreate('arena'))).toMatchObject({ code: 525, message: 'onAuth failed' });
  client.auth.token = '0102';
  expect(await rejection(client.joinOrCreate('arena'))).toMatchObject({
    code: 525,
    message: 'Steam does not take the ticket: "Invalid ticket" (101)',
  });
  const refused = web.requests.length;
  for (const token of [null, 'Ann']) {
    client.auth.token = token as string;
    const message = token === null ? 'there is no ticket' : 'the ticket is not in hexadecimal digits, two for each byte';
    expect(await rejection(client.joinOrCreate('arena'))).toMatchObject({ code: 525, message });
  }
  expect(web.requests.length).toBe(refused);
  expect(server.output).not.toContain(PUBLISHER_KEY);
}, 60_000);

test('a host over Steam asks the player himself, whose game has nothing to do for it', async () => {
  const host = new Program('tickets/host.ts');
  await host.prints(/hosting at steam:\/\/76561198000000001/);
  const player = new Program('player.ts');
  expect([await player.end(), player.output]).toEqual([0, expect.stringMatching(/^hello over Steam$/m)]);
  await host.prints(/^7656119\d{10} owns the game, and calls himself .*\w$/m);
  expect(web.requests.map(({ searchParams }) => searchParams.get('identity'))).toEqual(['colyseus:76561198000000001']);
  expect(host.output).not.toContain(PUBLISHER_KEY);
}, 60_000);

async function freePort(): Promise<number> {
  const probe = createServer().listen(0);
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
