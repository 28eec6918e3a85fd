import { Room, Server } from '@colyseus/core';
import { schema, t } from '@colyseus/schema';
import { createTransport } from 'colyseus-transport-steam/config';
import { createClient } from 'colyseus-transport-steam/config/client';

const Player = schema({ x: t.int16().default(0) }, 'Player');
const Field = schema({ players: t.map(Player) }, 'Field');

class Arena extends Room {
  state = new Field();
  messages = {
    move: (client, dx) => {
      this.state.players.get(client.sessionId).x += Math.sign(dx) || 0; // a player may send anything
    },
  };

  onJoin(client) {
    this.state.players.set(client.sessionId, new Player());
  }

  onLeave(client) {
    this.state.players.delete(client.sessionId);
  }
}

let server;
let room;

/** Hosts a game in this process, and returns where friends find it. */
export async function host() {
  const transport = createTransport({ transport: 'steam' });
  server = new Server({ transport, gracefullyShutdown: false, greet: false });
  server.define('arena', Arena);
  await server.listen(0);
  return `steam://${transport.endpoint.steamId}`;
}

/** Joins a game, one's own or a friend's. Whatever is to be seen is given to `show`, as plain objects. */
export async function join(endpoint, show) {
  room = await createClient(endpoint).joinOrCreate('arena');
  room.onStateChange((field) => show({ me: room.sessionId, ...field.toJSON() }));
  room.onLeave((code) => show({ left: code }));
}

export function move(dx) {
  room?.send('move', dx);
}

/** Leaves the game; a host tells his players that it is over. */
export async function close() {
  await room?.leave();
  await server?.gracefullyShutdown(false);
}
