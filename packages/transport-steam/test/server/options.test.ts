import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from '@colyseus/core';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { SteamTransport } from '../../src/index.ts';
import { SimulatedSteam } from '../../src/sim.ts';
import { leaveNoTimers } from '../helpers/leaveNoTimers.ts';
import { muteConsole } from '../helpers/muteConsole.ts';

leaveNoTimers();

let steam: SimulatedSteam;
beforeEach(() => {
  muteConsole();
  steam = new SimulatedSteam({ clock: 'real' });
});
afterEach(() => {
  steam.close();
  jest.restoreAllMocks();
});

describe('bad options name the option, the value and what is allowed', () => {
  const make = (options: object) => () => new SteamTransport({ driver: steam.user(), ...options } as never);

  test.each([
    [
      'an unknown name',
      { pingInterval: 3 },
      TypeError,
      /unknown option pingInterval; the options of SteamTransport are driver, messages, server/,
    ],
    [
      'no driver',
      { driver: undefined },
      TypeError,
      /driver must be a SteamDriver, but undefined lacks a steamId \(bigint\), start\(\)/,
    ],
    ['half a driver', { driver: { steamId: 1n } }, TypeError, /lacks start\(\), poll\(\)/],
    ['a handler that is none', { onSessionRequest: true }, TypeError, /onSessionRequest must be a function, not true/],
    ['a server that is none', { server: 2567 }, TypeError, /server must be an http\.Server or https\.Server, not 2567/],
    ['a number out of bounds', { maxMessageBytes: 1 }, RangeError, /maxMessageBytes must be from 1024 to \d+, not 1/],
  ])('%s', (_what, options, type, message) => {
    expect(make(options)).toThrow(type);
    expect(make(options)).toThrow(message);
  });

  test('none at all', () => {
    expect(() => new SteamTransport(undefined as never)).toThrow(/needs options, at least \{ driver \}, not undefined/);
  });
});

describe('listen and shutdown', () => {
  const serverOn = (transport: SteamTransport) => new Server({ transport, greet: false, gracefullyShutdown: false });

  test('a shutdown before listen, and twice, does nothing', () => {
    const transport = new SteamTransport({ driver: steam.user() });
    transport.shutdown();
    transport.shutdown();
    expect(transport.endpoint.stats()).toEqual([]);
  });

  test('two hosts in one process: the second listen rejects', async () => {
    const driver = steam.user();
    const first = serverOn(new SteamTransport({ driver }));
    await first.listen(0);
    const second = new SteamTransport({ driver });
    const error = await new Promise<Error | undefined>((resolve) => {
      second.listen(0, undefined, undefined, resolve);
    });
    expect(error?.message).toContain('hosts already');
    await first.gracefullyShutdown(false);
    second.shutdown();
  });

  test('a port that is taken: listen rejects, and nobody hosts', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, resolve));
    const { port } = taken.address() as AddressInfo;
    const driver = steam.user();
    const server = serverOn(new SteamTransport({ driver, server: createServer() }));
    await expect(server.listen(port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await server.gracefullyShutdown(false);

    const again = serverOn(new SteamTransport({ driver }));
    await again.listen(0);
    await again.gracefullyShutdown(false);
    await new Promise((resolve) => taken.close(resolve));
  });

  // The 'listening' handler of the listen that failed stayed: both answered the second one, the later found that we listen already, and
  // closed the HTTP server. No test listened twice with the same transport.
  test('a port that is taken: the next listen, on another one, succeeds', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, resolve));
    const http = createServer();
    const transport = new SteamTransport({ driver: steam.user(), server: http });
    const answers: (string | undefined)[] = [];
    const listen = (port: number) =>
      new Promise<void>((resolve) => {
        transport.listen(port, undefined, undefined, (error) => {
          answers.push((error as NodeJS.ErrnoException | undefined)?.code);
          resolve();
        });
      });
    await listen((taken.address() as AddressInfo).port);
    expect(() => transport.listen(65_536)).toThrow(/65536/);
    await listen(0);
    await new Promise(setImmediate);
    expect(answers).toEqual(['EADDRINUSE', undefined]);
    expect(http.listening).toBe(true);
    transport.shutdown();
    await new Promise((resolve) => taken.close(resolve));
  });

  test('without an HTTP server there is no Express application', () => {
    const transport = new SteamTransport({ driver: steam.user() });
    expect(() => transport.getExpressApp()).toThrow(/needs an HTTP server/);
  });
});
