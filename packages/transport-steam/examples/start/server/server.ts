import { createServer } from 'node:http';
import { type Client, Room, Server } from '@colyseus/core';
import { WebSocketTransport } from '@colyseus/ws-transport';

class Chat extends Room {
  override messages = { say: (_player: Client, text: string) => this.broadcast('said', text) };
}

const server = new Server({
  transport: new WebSocketTransport({ server: createServer() }),
});
server.define('chat', Chat);
await server.listen(Number(process.env.PORT ?? 2567));
console.log('listening; Ctrl-C ends it');
