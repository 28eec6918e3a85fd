import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { SteamSDK } from '../../src/client.ts';
import { type ClientConfig, createClient } from '../../src/config/client.ts';
import { createTransport, type TransportConfig } from '../../src/config.ts';
import type { SteamTransport } from '../../src/index.ts';
import { SimulatedSteam } from '../../src/sim.ts';
import { SteamworksDriver } from '../../src/steamworks.ts';
import { simulatedSteamworks } from '../helpers/simulatedSteamworks.ts';
import { environmentOfEachTest } from './environment.ts';

// Who a process is in Steam: one and the same, for its host and its players.

const environment = environmentOfEachTest();
let tests = 0;

const host = (config: TransportConfig = {}) => (createTransport({ transport: 'steam', ...config }) as SteamTransport).endpoint;
const player = (config: ClientConfig = {}) => (createClient('steam://76561198000000009', config) as SteamSDK).endpoint;

beforeEach(() => {
  environment.set({ STEAM_DRIVER: 'simulated', STEAM_HUB: `driver-${tests++}` });
});

test('host and players of a process are one user', () => {
  const endpoint = host();
  expect(player()).toBe(endpoint);
  expect(host()).toBe(endpoint);
  expect(endpoint.driver.personaName).toMatch(/^User \d+$/);
});

test('who does not say who he is, is who this process is already', () => {
  const endpoint = host({ steamId: '76561198000000001' });
  expect(endpoint.steamId).toBe(76561198000000001n);
  expect(player()).toBe(endpoint);
  expect(player({ steamId: 76561198000000001n })).toBe(endpoint);
});

test('in the simulated Steam, a process can be several users when it says so', () => {
  const [ann, bob] = [player({ steamId: '76561198000000001' }), player({ steamId: '76561198000000002' })];
  expect([ann.steamId, bob.steamId]).toEqual([76561198000000001n, 76561198000000002n]);
  expect(player()).toBe(ann);
});

test('another hub and another app are another Steam', () => {
  expect(new Set([player(), player({ hub: 'driver-other' }), player({ appId: 570 })]).size).toBe(3);
});

test('a driver that was closed is over', () => {
  const endpoint = player();
  endpoint.driver.close();
  expect(player()).not.toBe(endpoint);
});

test('a driver of the game is taken as it is', () => {
  const steam = new SimulatedSteam();
  const driver = steam.user();
  expect(host({ driver }).driver).toBe(driver);
  expect(player({ driver })).toBe(host({ driver }));
  expect(player().driver).not.toBe(driver);
});

/** As `initSteamworks` leaves it behind when Steam was started. */
const STARTED = Symbol.for('colyseus-transport-steam.started');
const here = globalThis as { [STARTED]?: unknown };

afterEach(() => {
  delete here[STARTED];
});

test('Steam is started once for a process', () => {
  const steam = new SimulatedSteam();
  const user = steam.user();
  here[STARTED] = { appId: 480, client: simulatedSteamworks(user) };
  environment.set({ STEAM_DRIVER: '', STEAM_APP_ID: '480' });
  const endpoint = host();
  expect(endpoint.driver).toBeInstanceOf(SteamworksDriver);
  expect(endpoint.steamId).toBe(user.steamId);
  expect(player()).toBe(endpoint);
  // What is for the simulated Steam may stay where it is.
  expect(player({ steamId: '76561198000000001' })).toBe(endpoint);
  expect(() => host({ appId: 570 })).toThrow('app id 570: Steam was started for 480 already, and a process has one app');
});
