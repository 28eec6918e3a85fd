import { createServer } from 'node:http';
import { relative } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { SteamSDK } from '../../src/client.ts';
import { type ClientConfig, createClient } from '../../src/config/client.ts';
import { createTransport, type TransportConfig, WebSocketTransport } from '../../src/config.ts';
import { SteamTransport } from '../../src/index.ts';
import { environmentOfEachTest } from './environment.ts';

// Where a value is taken from, and what is said of one that is not allowed. Nothing here listens, and no hub is started.

const environment = environmentOfEachTest();

const HOST = 'steam://76561198000000009';
const IDS = ['76561198000000001', '76561198000000002', '76561198000000003'] as const;
const [first, second, third] = IDS;

const steam = (config?: TransportConfig | string) => createTransport(config) as SteamTransport;
const player = (config?: ClientConfig | string) => createClient(HOST, config) as SteamSDK;

describe('without a word', () => {
  test('a host is reached over WebSocket', () => {
    const transport = createTransport();
    expect(transport).not.toBeInstanceOf(SteamTransport);
    expect(transport.server?.listening).toBe(false);
  });

  test('empty variables are none', () => {
    environment.set({ COLYSEUS_TRANSPORT: '', STEAM_DRIVER: '', STEAM_ID: '', COLYSEUS_TRANSPORT_FILE: '' });
    expect(createTransport()).not.toBeInstanceOf(SteamTransport);
  });
});

describe('the object goes before the file, and the file before the environment', () => {
  const host = () => steam().endpoint.steamId;

  test('on both sides', () => {
    environment.set({ COLYSEUS_TRANSPORT: 'steam', STEAM_DRIVER: 'simulated', STEAM_HUB: 'values', STEAM_ID: first });
    expect(host()).toBe(BigInt(first));
    expect(player().endpoint.steamId).toBe(BigInt(first));

    const file = environment.file({ steamId: second, endpoint: { connectTimeoutMs: 5_000 } });
    environment.set({ COLYSEUS_TRANSPORT_FILE: file });
    expect(host()).toBe(BigInt(second));
    expect(player().endpoint.options).toMatchObject({ connectTimeoutMs: 5_000, requestTimeoutMs: 60_000 });

    const config = { steamId: BigInt(third), endpoint: { requestTimeoutMs: 5_000 } };
    expect(steam(config).endpoint.steamId).toBe(BigInt(third));
    // A key is taken whole: the file's endpoint is not mixed in.
    expect(player(config).endpoint.options).toMatchObject({ connectTimeoutMs: 10_000, requestTimeoutMs: 5_000 });
  });

  test('a file is named by a path, by the key file, or by the environment, in this order', () => {
    const files = IDS.map((steamId) => environment.file({ transport: 'steam', driver: 'simulated', hub: 'values', steamId }));
    environment.set({ COLYSEUS_TRANSPORT_FILE: files[0] as string });
    expect(host()).toBe(BigInt(first));
    expect(steam({ file: files[1] as string }).endpoint.steamId).toBe(BigInt(second));
    expect(steam(relative('.', files[2] as string)).endpoint.steamId).toBe(BigInt(third));
    expect(player(files[2]).endpoint.steamId).toBe(BigInt(third));
  });

  test('undefined is as if it was left out', () => {
    environment.set({ COLYSEUS_TRANSPORT: 'steam', STEAM_DRIVER: 'simulated', STEAM_HUB: 'values', STEAM_ID: first });
    const config = { transport: undefined, steamId: undefined, messages: undefined } as unknown as TransportConfig;
    expect(steam(config).endpoint.steamId).toBe(BigInt(first));
  });

  test('one file is for both sides: each leaves the other what is his', () => {
    const file = environment.file({
      transport: 'steam+websocket',
      driver: 'simulated',
      appId: 480,
      steamId: first,
      hub: 'values-of-a-file',
      endpoint: { deadAfterMs: 20_000 },
      websocket: { pingInterval: 5_000 },
      lobby: { game: 'my-studio.my-game' },
      headers: { 'x-build': '7' },
      tickets: false,
      protocol: 'ws',
    });
    expect(steam(file).endpoint.steamId).toBe(BigInt(first));
    expect(player(file).endpoint).toBe(steam(file).endpoint);
  });
});

describe('what goes through', () => {
  test('the HTTP server, to each of the three', () => {
    for (const transport of ['websocket', 'steam', 'steam+websocket'] as const) {
      const server = createServer();
      expect(createTransport({ transport, server, driver: 'simulated', hub: 'values' }).server).toBe(server);
    }
    expect(createTransport({ transport: 'steam', driver: 'simulated', hub: 'values' }).server).toBeUndefined();
  });

  test('what there is for SteamTransport', () => {
    const bans = new Map([[BigInt(first), 'cheating']]);
    expect(steam({ transport: 'steam', driver: 'simulated', hub: 'values', steamId: second, bans }).bans).toEqual(bans);
  });

  test('in the place of WebSocketTransport: its options, and the environment', () => {
    const server = createServer();
    expect(new WebSocketTransport({ server, pingInterval: 5_000 }).server).toBe(server);
    expect(new WebSocketTransport()).toBeInstanceOf(WebSocketTransport);
    environment.set({ COLYSEUS_TRANSPORT: 'steam', STEAM_DRIVER: 'simulated', STEAM_HUB: 'values', STEAM_ID: first });
    const transport = new WebSocketTransport({ server, pingInterval: 5_000 });
    expect(transport).toBeInstanceOf(SteamTransport);
    expect((transport as SteamTransport).endpoint.steamId).toBe(BigInt(first));
    expect(transport.server).toBe(server);
  });
});

describe('errors name the key, where it stands, its value, and what is allowed', () => {
  const object = 'the object given to createTransport()';
  const transports = '"websocket" or "steam" or "steam+websocket"';

  test.each<[string, unknown, string]>([
    ['a choice', { transport: 'websockets' }, `transport in ${object} must be ${transports}, not "websockets"`],
    ['an app id', { appId: 0 }, `appId in ${object} must be an integer from 1 to 4294967295, such as 480, not 0`],
    ['a number for a SteamID', { steamId: Number(first) }, 'as a string or a bigint, such as "76561198000000001", not 7656119'],
    ['a SteamID of nobody', { steamId: '109775240000000001' }, `steamId in ${object} must be the SteamID64 of a person`],
    ['a hub', { hub: 'my hub' }, `hub in ${object} must be a name of 1 to 24 letters, digits, '_' and '-', not "my hub"`],
    ['a driver', { driver: 'steam' }, `driver in ${object} must be "steamworks", "simulated", or a SteamDriver, not "steam"`],
    ['no driver', { transport: 'steam', driver: { name: 'x' } }, `driver in ${object}: option driver must be a SteamDriver, but`],
    [
      'endpoint options',
      { endpoint: { deadAfterMs: 5 } },
      `endpoint in ${object}: option deadAfterMs must be from 100 to 600000, not 5`,
    ],
    ['an option of none', { endpoint: { retries: 5 } }, `endpoint in ${object}: unknown option retries; the options are poll, `],
    ['no object', { endpoint: 5 }, `endpoint in ${object} must be an object of endpoint options, such as`],
    ['a lobby', { lobby: { game: '' } }, `lobby in ${object}: `],
    ['messages', { messages: {} }, `messages in ${object} must be what defineMessages() returned, not an object`],
    ['a server', { server: 2567 }, `server in ${object} must be an http.Server or https.Server, not 2567`],
    ['a second server', { websocket: { server: {} } }, `websocket in ${object} must not have server: the key server is for that`],
    ['an unknown key', { transpot: 'steam' }, `unknown key transpot in ${object}; the keys are file, driver, appId, `],
    ['a key of the other side', { headers: {} }, `unknown key headers in ${object}; the keys are `],
    ['a file', { file: 5 }, `file in ${object} must be the path of a JSON file, not 5`],
    ['no configuration', 5, 'what is given to createTransport() must be an object of keys and values, not 5'],
    [
      'what SteamTransport refuses',
      { transport: 'steam', driver: 'simulated', bans: 5 },
      'createTransport(): option bans must be',
    ],
  ])('%s', (_what, config, message) => {
    expect(() => createTransport(config as TransportConfig)).toThrow(message);
  });

  test.each([
    ['COLYSEUS_TRANSPORT', 'WebSocket', transports],
    ['STEAM_DRIVER', 'steam', '"steamworks", "simulated", or a SteamDriver'],
    ['STEAM_APP_ID', '480.5', 'an integer from 1 to 4294967295, such as 480'],
    ['STEAM_ID', 'Ann', 'the SteamID64 of a person, as a string or a bigint, such as "76561198000000001"'],
    ['STEAM_HUB', 'a/b', "a name of 1 to 24 letters, digits, '_' and '-'"],
  ] as const)('in the environment: %s', (variable, value, allowed) => {
    environment.set({ [variable]: value });
    expect(() => createTransport()).toThrow(new RangeError(`${variable} in the environment must be ${allowed}, not "${value}"`));
  });

  test('in a file', () => {
    const bad = environment.file({ driver: 'none' });
    const allowed = '"steamworks", "simulated", or a SteamDriver';
    for (const make of [createTransport, player]) {
      expect(() => make(bad)).toThrow(new RangeError(`driver in ${bad} must be ${allowed}, not "none"`));
    }
    const unknown = environment.file({ drivr: 'simulated' });
    expect(() => createTransport(unknown)).toThrow(`unknown key drivr in ${unknown}; the keys are driver, appId, `);
    // What only code can say is no key of a file.
    const code = environment.file({ onSessionRequest: true });
    expect(() => createTransport(code)).toThrow(`unknown key onSessionRequest in ${code}`);
    const list = environment.file([]);
    expect(() => createTransport(list)).toThrow(`${list} must be an object of keys and values, not an array`);
  });

  test('a file that is no JSON, or is not there', () => {
    const text = environment.file('{ transport: steam }');
    expect(() => createTransport(text)).toThrow(`${text}, named by createTransport, is not JSON: `);
    expect(() => createTransport({ file: text })).toThrow(`${text}, named by file in ${object}, is not JSON: `);
    environment.set({ COLYSEUS_TRANSPORT_FILE: `${text}.none` });
    expect(() => createTransport()).toThrow(
      `${text}.none, named by COLYSEUS_TRANSPORT_FILE in the environment, cannot be read: ENOENT`,
    );
  });

  test('on the side of the player', () => {
    const given = 'the object given to createClient()';
    const refused = (config: unknown) => () => createClient('ws://127.0.0.1:1', config as ClientConfig);
    expect(refused({ transport: 'steam' })).toThrow(`unknown key transport in ${given}; the keys are file, driver, appId, `);
    expect(refused({ tickets: 'no' })).toThrow(`tickets in ${given} must be true or false, not "no"`);
    expect(refused({ protocol: 'h2' })).toThrow(`protocol in ${given} must be "ws" or "h3", not "h2"`);
    expect(refused({ headers: 'x' })).toThrow(`headers in ${given} must be an object of names and values, not "x"`);
    expect(() => player({ driver: 'simulated', hub: 'values', headers: { a: 1 } } as unknown as ClientConfig)).toThrow(
      'createClient(): option headers: a must be a string, not 1',
    );
  });
});
