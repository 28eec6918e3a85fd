// A host of a cluster in a process of his own: node hostProcess.ts <Role as JSON>. He does what he is told by the process that started him.
import {
  type Client,
  createEndpoint,
  createRouter,
  LobbyRoom,
  matchMaker,
  QueueRoom,
  Room,
  Server,
  type ServerError,
} from '@colyseus/core';
import { RedisDriver } from '@colyseus/redis-driver';
import { RedisPresence } from '@colyseus/redis-presence';
import { SteamSDK } from '../../src/client.ts';
import { SteamTransport, steamIdOf } from '../../src/index.ts';
import { connectToHub } from '../../src/sim.ts';
import { endpointOptions } from './endpointOptions.ts';
import type { AnswerMessage, OrderMessage, Orders, Role, RoomEvent, Whereabouts } from './messages.ts';

const role: Role = JSON.parse(process.argv[2] ?? '{}');
const events: RoomEvent[] = [];
const refusals = new Map<string, string>();
const places = new Map<string, string>();

class Arena extends Room {
  override messages = {
    where: (client: Client) => client.send('here', { host: role.steamId, you: String(steamIdOf(client)) } satisfies Whereabouts),
  };

  override onJoin(client: Client): void {
    this.#note('joined', client);
  }

  override async onDrop(client: Client): Promise<void> {
    this.#note('dropped', client);
    await this.allowReconnection(client, 20);
  }

  override onReconnect(client: Client): void {
    this.#note('back', client);
  }

  override onLeave(client: Client): void {
    this.#note('left', client);
  }

  #note(what: RoomEvent['what'], client: Client): void {
    events.push({ what, roomId: this.roomId, sessionId: client.sessionId, steamId: String(steamIdOf(client)) });
  }
}

const driver = await connectToHub({ name: role.hub, steamId: BigInt(role.steamId) });
const transport = new SteamTransport({
  driver,
  ...endpointOptions,
  onSessionRequest: (steamId) => refusals.get(String(steamId)) ?? true,
});
const server = new Server({
  transport,
  presence: new RedisPresence(role.redis),
  driver: new RedisDriver(role.redis),
  greet: false,
  selectProcessIdToCreateRoom: async (name, options) => options?.at ?? places.get(name) ?? matchMaker.processId,
});
server.define('arena', Arena).enableRealtimeListing();
server.define('pit', Arena);
server.define('hall', LobbyRoom);
server.define('queue', QueueRoom, { matchRoomName: 'arena', maxPlayers: 2 });
server.router = createRouter({
  rooms: createEndpoint('/rooms/:name', { method: 'GET' }, async ({ params }) => {
    const rooms = await matchMaker.query({ name: params.name });
    return rooms.map(({ roomId }) => roomId).toSorted();
  }),
});
await server.listen(0);

const orders: Orders = {
  ready: () => ({ processId: matchMaker.processId }),
  place: (name, processId) => void places.set(name, processId),
  events: () => events,
  cut: (sessionId) => {
    const rooms = new Set(events.map(({ roomId }) => matchMaker.getLocalRoomById(roomId)));
    // A code that says neither that he left nor that he was sent away: the SDK tries to come back.
    for (const room of rooms) room?.clients.get(sessionId)?.leave(1_001);
  },
  ban: (steamId, reason) => transport.ban(BigInt(steamId), reason),
  unban: (steamId) => void transport.unban(BigInt(steamId)),
  refuse: (steamId, reason) => {
    if (reason === undefined) refusals.delete(steamId);
    else refusals.set(steamId, reason);
  },
  play: async (roomId) => {
    const client = new SteamSDK(`steam://${role.steamId}`, { driver, ...endpointOptions });
    const room = await client.joinById(roomId);
    const told = new Promise((resolve) => {
      room.onMessage('here', resolve);
    });
    room.send('where');
    const answer = await told;
    await room.leave();
    return answer;
  },
};

process.on('message', async ({ number, order, args }: OrderMessage) => {
  const answer = (message: AnswerMessage) => process.send?.(message);
  try {
    answer({ number, answer: await (orders[order] as (...args: unknown[]) => unknown)(...args) });
  } catch (error) {
    answer({ number, error: String((error as ServerError).message) });
  }
});
// Nobody outlives the test.
process.on('disconnect', () => process.exit(1));
