import { matchMaker } from '@colyseus/core';
import config from '@colyseus/tools';
import { WebSocketTransport } from 'colyseus-transport-steam/config';
import { ChatRoom } from './rooms/ChatRoom.ts';

export default config({
  initializeTransport: (options) => new WebSocketTransport({ ...options, pingInterval: 5_000 }),

  initializeGameServer: (gameServer) => {
    gameServer.define('chat', ChatRoom).filterBy(['topic']);
  },

  initializeExpress: (app) => {
    app.get('/topics', async (_request, response) => {
      const rooms = await matchMaker.query({ name: 'chat' });
      response.json(rooms.map(({ metadata }) => metadata?.topic));
    });
  },
});
