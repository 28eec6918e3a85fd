import { Server } from '@colyseus/core';
import { boot, type ColyseusTestServer } from '@colyseus/testing';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { SteamSDK } from '../../src/client.ts';
import { SteamTransport } from '../../src/index.ts';
import { SimulatedSteam } from '../../src/sim.ts';
import { leaveNoTimers } from '../helpers/leaveNoTimers.ts';
import { muteConsole } from '../helpers/muteConsole.ts';
import { ScoreRoom, ScoreState } from './ScoreRoom.ts';

const steam = new SimulatedSteam({ clock: 'real' });
const host = steam.user();
let colyseus: ColyseusTestServer;

leaveNoTimers();

describe('@colyseus/testing', () => {
  beforeAll(async () => {
    muteConsole();
    const transport = new SteamTransport({ driver: host });
    const server = new Server({ transport, greet: false, gracefullyShutdown: false });
    server.define('score', ScoreRoom);
    colyseus = await boot(server);
    // Its own talks to a port, which nobody opened.
    colyseus.sdk = new SteamSDK(`steam://${host.steamId}`, { driver: steam.user() });
  });
  afterEach(() => colyseus.cleanup());
  afterAll(async () => {
    (colyseus.sdk as SteamSDK).close();
    await colyseus.shutdown();
    steam.close();
    jest.restoreAllMocks();
  });

  test('a game is tested as over WebSocket, with its sdk replaced', async () => {
    const room = await colyseus.createRoom<ScoreRoom>('score');
    const player = await colyseus.sdk.joinById(room.roomId, {}, ScoreState);
    await player.waitForInitialState();
    expect(room.clients).toHaveLength(1);
    player.send('add', 3);
    const [client, points] = await room.waitForMessage('add');
    expect({ sessionId: client.sessionId, points }).toEqual({ sessionId: player.sessionId, points: 3 });
    expect(await player.waitForMessage('score')).toBe(3);
    await player.waitForNextPatch();
    expect(player.state.score).toBe(3);
  });

  test('also by connectTo(), which takes the state from the host', async () => {
    const room = await colyseus.createRoom<ScoreRoom>('score');
    const player = await colyseus.connectTo(room);
    player.send('add', 4);
    expect(await player.waitForMessage('score')).toBe(4);
  });
});
