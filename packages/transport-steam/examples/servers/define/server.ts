import { createEndpoint, createRouter, defineRoom, defineServer, matchMaker } from '@colyseus/core';
import { WebSocketTransport } from 'colyseus-transport-steam/config';
import { ArenaRoom } from './ArenaRoom.ts';

const port = Number(process.env.PORT ?? 2567);

export const server = defineServer({
  transport: new WebSocketTransport({ maxPayload: 16_384 }),
  rooms: {
    arena: defineRoom(ArenaRoom),
  },
  routes: createRouter({
    rooms: createEndpoint('/rooms/:name', { method: 'GET' }, async ({ params }) => {
      const rooms = await matchMaker.query({ name: params.name });
      return rooms.map(({ roomId, clients }) => ({ roomId, clients }));
    }),
  }),
});

await server.listen(port);
console.log(`the arena is open (${port})`);
