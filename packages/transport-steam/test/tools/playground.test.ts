import { createRouter } from '@colyseus/core';
import { playground } from '@colyseus/playground';
import { expect, test } from '@jest/globals';
import { rejection } from '../compliance/transport/waiting.ts';
import { leaveNoTimers } from '../helpers/leaveNoTimers.ts';
import { withHttpHost } from './besideHttp.ts';
import { ScoreRoom } from './ScoreRoom.ts';

leaveNoTimers();

test('the playground lists rooms and message types on the HTTP side; players do not reach it', async () => {
  await withHttpHost(
    { express: (app) => void app.use('/playground', playground()) },
    async ({ url, player }) => {
      const client = player();
      const room = await client.joinOrCreate('score');
      // It tells a room's players which messages it takes: to those over Steam, too.
      const types = await new Promise((resolve) => {
        room.onMessage('__playground_message_types', resolve);
      });
      expect(types).toHaveProperty('add');
      const page = await fetch(`${url}/playground/`);
      expect({ status: page.status, text: await page.text() }).toEqual({ status: 200, text: expect.stringContaining('<html') });
      const listed = await (await fetch(`${url}/playground/rooms`)).json();
      expect(listed).toMatchObject({ rooms: ['score'], roomsByType: { score: 1 } });
      expect((await rejection(client.http.get('/playground/rooms'))).code).toBe(404);
    },
    (server) => void server.define('score', ScoreRoom),
  );
});

test('as routes of the server it needs its prefix: then players do not reach it either', async () => {
  await withHttpHost(
    {},
    async ({ url, player }) => {
      expect((await fetch(`${url}/playground/rooms`)).status).toBe(200);
      expect((await rejection(player().http.get('/playground/rooms'))).code).toBe(404);
    },
    (server) => {
      server.router = createRouter({ ...playground({ prefix: '/playground' }) });
    },
  );
});
