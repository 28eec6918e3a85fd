import { type Client, defineRoom, defineServer, Room } from '@colyseus/core';
import { schema, t } from '@colyseus/schema';
import { SteamTransport } from 'colyseus-transport-steam';
import { createTransport } from 'colyseus-transport-steam/config';

const WIDTH = 24;
const HEIGHT = 6;

const Player = schema(
  { mark: t.string(), x: t.uint8().default(0), y: t.uint8().default(0), coins: t.uint8().default(0) },
  'Player',
);
const Field = schema({ players: t.map(Player), coinX: t.uint8().default(12), coinY: t.uint8().default(3) }, 'Field');

const steps = new Map([
  ['w', { x: 0, y: -1 }],
  ['a', { x: -1, y: 0 }],
  ['s', { x: 0, y: 1 }],
  ['d', { x: 1, y: 0 }],
]);

export class CoinRoom extends Room {
  override state = new Field();
  #marks = 0;

  override messages = {
    step: (client: Client, key: string) => {
      const player = this.state.players.get(client.sessionId);
      const step = steps.get(key);
      if (player === undefined || step === undefined) return;
      player.x = Math.min(Math.max(player.x + step.x, 0), WIDTH - 1);
      player.y = Math.min(Math.max(player.y + step.y, 0), HEIGHT - 1);
      if (player.x !== this.state.coinX || player.y !== this.state.coinY) return;
      player.coins++;
      this.state.coinX = Math.floor(Math.random() * WIDTH);
      this.state.coinY = Math.floor(Math.random() * HEIGHT);
    },
  };

  override onJoin(client: Client) {
    const mark = String.fromCharCode(65 + (this.#marks++ % 26)); // A, B, C …
    this.state.players.set(client.sessionId, new Player({ mark }));
  }

  override onLeave(client: Client) {
    this.state.players.delete(client.sessionId);
  }
}

const transport = createTransport(); // WebSocket, or what the environment says
const server = defineServer({ transport, rooms: { coins: defineRoom(CoinRoom) }, greet: false });
const port = Number(process.env.PORT ?? 2567);
await server.listen(port);

export const endpoint = transport instanceof SteamTransport ? `steam://${transport.endpoint.steamId}` : `ws://localhost:${port}`;
