import { createRouter } from '@colyseus/core';
import { monitor } from '@colyseus/monitor';
import { expect, test } from '@jest/globals';
import { rejection } from '../compliance/transport/waiting.ts';
import { leaveNoTimers } from '../helpers/leaveNoTimers.ts';
import { withHttpHost } from './besideHttp.ts';
import { ScoreRoom, ScoreState } from './ScoreRoom.ts';

leaveNoTimers();

test('the monitor shows the rooms of Steam players to who runs the host, and works on them; players do not reach it', async () => {
  await withHttpHost(
    { express: (app) => void app.use('/monitor', monitor()) },
    async ({ url, player }) => {
      const client = player();
      const room = await client.joinOrCreate('score', {}, ScoreState);
      const left = new Promise<number>((resolve) => {
        room.onLeave(resolve);
      });

      const { rooms, connections } = await json(`${url}/monitor/api`);
      expect({ rooms, connections }).toMatchObject({
        rooms: [{ roomId: room.roomId, name: 'score', clients: 1 }],
        connections: 1,
      });
      const inspected = await json(`${url}/monitor/api/room?roomId=${room.roomId}`);
      expect(inspected).toMatchObject({ state: { score: 0 }, clients: [{ sessionId: room.sessionId }] });

      const told = new Promise((resolve) => {
        room.onMessage('notice', resolve);
      });
      await call(url, room.roomId, '_sendMessageToClient', [room.sessionId, 'notice', 'restart at 8']);
      expect(await told).toBe('restart at 8');
      await call(url, room.roomId, '_forceClientDisconnect', [room.sessionId]);
      expect(await left).toBeGreaterThan(0);

      expect((await rejection(client.http.get('/monitor/api'))).code).toBe(404);
    },
    (server) => void server.define('score', ScoreRoom),
  );
});

test('also as routes of the server', async () => {
  await withHttpHost(
    {},
    async ({ url, player }) => {
      expect((await json(`${url}/monitor/api`)).rooms).toEqual([]);
      expect((await rejection(player().http.get('/monitor/api'))).code).toBe(404);
    },
    (server) => {
      server.router = createRouter({ ...monitor() });
    },
  );
});

async function json(url: string): Promise<Record<string, unknown>> {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  return (await response.json()) as Record<string, unknown>;
}

async function call(url: string, roomId: string, method: string, args: unknown[]): Promise<void> {
  await json(`${url}/monitor/api/room/call?${new URLSearchParams({ roomId, method, args: JSON.stringify(args) })}`);
}
