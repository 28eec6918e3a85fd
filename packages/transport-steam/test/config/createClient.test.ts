import { ColyseusSDK } from '@colyseus/sdk';
import { describe, expect, test } from '@jest/globals';
import { SteamSDK } from '../../src/client.ts';
import { Client, createClient } from '../../src/config/client.ts';
import { environmentOfEachTest } from './environment.ts';

// The endpoint says how a player comes to the server. What he does then is in the tests of both ways.

const environment = environmentOfEachTest();
const HOST = 'steam://76561198000000009';

/** Both ways to make one, which must do the same. */
describe.each([
  ['createClient', (...args: ConstructorParameters<typeof Client>) => createClient(...args)],
  ['new Client', (...args: ConstructorParameters<typeof Client>) => new Client(...args)],
])('%s', (_name, make) => {
  test.each([
    ['ws://127.0.0.1:2567', { hostname: '127.0.0.1', port: 2567, secure: false }],
    ['wss://example.com/game', { hostname: 'example.com', port: 443, secure: true, pathname: '/game' }],
    ['http://localhost:2567', { hostname: 'localhost', port: 2567, secure: false }],
    ['https://example.com', { hostname: 'example.com', port: 443, secure: true }],
    ['/game', { hostname: '127.0.0.1', port: 2567, pathname: '/game' }],
  ])('%s is for the SDK', (endpoint, settings) => {
    const client = make(endpoint);
    expect(client).not.toBeInstanceOf(SteamSDK);
    expect(client.settings).toMatchObject(settings);
  });

  test('nothing, and settings, too', () => {
    expect(make().settings).toMatchObject({ hostname: '127.0.0.1', port: 2567 });
    expect(make({ hostname: 'example.com', secure: true }).settings).toMatchObject({ hostname: 'example.com', port: 443 });
  });

  test('the options of the SDK go to the SDK', () => {
    const client = make('ws://localhost', { headers: { 'x-build': '7' }, protocol: 'h3', urlBuilder: () => 'ws://elsewhere' });
    expect(client.settings.protocol).toBe('h3');
    expect(client.http.options.headers).toEqual({ 'x-build': '7' });
    expect(client).toHaveProperty('urlBuilder');
  });

  test('steam:// and a SteamID is for Steam', () => {
    environment.set({ STEAM_DRIVER: 'simulated', STEAM_HUB: 'clients' });
    const client = make(HOST);
    expect(client).toBeInstanceOf(SteamSDK);
    expect((client as SteamSDK).host).toBe(76561198000000009n);
  });

  test('anything else is an error that says what there is', () => {
    environment.set({ STEAM_DRIVER: 'simulated', STEAM_HUB: 'clients' });
    for (const endpoint of ['localhost:2567', 'steam:76561198000000009', 'stem://1', '']) {
      expect(() => make(endpoint)).toThrow(
        `the endpoint must begin with steam://, ws://, wss://, http:// or https://, not be ${JSON.stringify(endpoint)}`,
      );
    }
    expect(() => make('steam://ann')).toThrow(
      'createClient(): endpoint "steam://ann" is not a Steam endpoint: expected steam://',
    );
  });
});

test('what else is in the SDK, is here', async () => {
  const [theirs, ours] = [await import('@colyseus/sdk'), await import('../../src/config/client.ts')] as Record<string, unknown>[];
  const { Client: _, ...others } = { ...theirs };
  expect(ours).toMatchObject(others);
});

describe('Client', () => {
  test('is the class of the SDK to those who ask', () => {
    environment.set({ STEAM_DRIVER: 'simulated', STEAM_HUB: 'clients' });
    expect(new Client('ws://localhost')).toBeInstanceOf(Client);
    expect(new Client(HOST)).toBeInstanceOf(Client);
    expect(Client.VERSION).toBe(ColyseusSDK.VERSION);
  });

  test("a class of the game that extends it is the SDK's", () => {
    class Own extends Client {
      readonly own = true;
    }
    const client = new Own('ws://localhost:1234');
    expect(client).toBeInstanceOf(Own);
    expect(client.settings.port).toBe(1234);
    expect(client.own).toBe(true);
  });
});
