import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { matchMaker, Server, type Client as ServerClient, type Transport } from '@colyseus/core';
import { ColyseusSDK, type Room } from '@colyseus/sdk';
import { WebSocketTransport } from '@colyseus/ws-transport';
import { SteamTransport, steamIdOf, useMessages } from 'colyseus-transport-steam';
import { Client } from 'colyseus-transport-steam/client';
import { withMessages } from 'colyseus-transport-steam/messages';
import { type LinkConditions, SimulatedSteam } from 'colyseus-transport-steam/sim';
import { Match } from '../src/page/game/Match.ts';
import { patience } from '../src/patience.ts';
import { ArenaRoom } from '../src/shared/ArenaRoom.ts';
import { messages } from '../src/shared/messages.ts';
import type { Steering } from '../src/shared/move.ts';
import { Arena, type Player } from '../src/shared/state.ts';

/** Frames, as a page has them. Unit: ms. */
const FRAME_MS = 1000 / 60;
const PATIENCE_MS = 15_000;

export const still: Steering = { dx: 0, dy: 0, aim: 0, hold: false };

/** The network on which the game is to feel good: 150 ms there and back. */
export const farAway: LinkConditions = { latencyMs: 75, loss: 0.05 };

/** One who plays as the page does: the same match and frames, no screen. */
export interface Gamer {
  readonly room: Room<ArenaRoom, Arena>;
  readonly match: Match;
  /** Called for each step that is due. */
  steer: () => Steering;
  /** Called after each frame. */
  onFrame: () => void;
  readonly heard: string[];
}

/** What a game is played over. */
interface Ground {
  readonly transport: Transport;
  /** A new client of a new user. */
  client(): { readonly sdk: ColyseusSDK; close(): void };
  /** Between the room as the SDK gives it and its player. */
  wrap(room: Room<ArenaRoom, Arena>): Room<ArenaRoom, Arena>;
  unplug(client: ServerClient, ms: number): Promise<void>;
  close(): void;
}

/** Host and players in this process, with real time: Colyseus has no clock but that. */
export class Game {
  readonly #ground: Ground;
  readonly #server: Server;
  readonly #endings: (() => void)[] = [];

  static overSteam(conditions: LinkConditions = {}, seed = 1): Promise<Game> {
    return Game.#open(simulatedSteam(conditions, seed));
  }

  static overWebSocket(): Promise<Game> {
    return Game.#open(webSocket());
  }

  static async #open(ground: Ground): Promise<Game> {
    const game = new Game(ground);
    await game.#server.listen(0, '127.0.0.1');
    return game;
  }

  private constructor(ground: Ground) {
    this.#ground = ground;
    this.#server = new Server({ transport: ground.transport, greet: false, gracefullyShutdown: false });
    this.#server.define('arena', ArenaRoom);
  }

  /** Into the room of this id, or into one that has a place. @throws what the SDK throws when he is not let in */
  async join(options: { name?: string; spectator?: boolean } = {}, roomId?: string): Promise<Gamer> {
    const client = this.#ground.client();
    this.#endings.push(() => client.close());
    const room = this.#ground.wrap(
      roomId === undefined
        ? await client.sdk.joinOrCreate<ArenaRoom>('arena', options, Arena)
        : await client.sdk.joinById<ArenaRoom>(roomId, options, Arena),
    );
    const heard: string[] = [];
    room.onMessage('chat', ({ from, text }) => heard.push(`${from}: ${text}`));
    room.onMessage('hit', () => {});
    await until(() => room.state.players !== undefined, 'the first state');
    const gamer: Gamer = { room, match: new Match(room), steer: () => still, onFrame: () => {}, heard };
    const frames = setInterval(() => {
      gamer.match.frame(performance.now(), () => gamer.steer());
      gamer.onFrame();
    }, FRAME_MS);
    this.#endings.push(() => clearInterval(frames));
    return gamer;
  }

  /** The room on the host. */
  roomOf({ room }: Gamer): ArenaRoom {
    return matchMaker.getLocalRoomById(room.roomId) as unknown as ArenaRoom;
  }

  /** What the host has of this player. */
  hostsOwn(gamer: Gamer): Player {
    return this.roomOf(gamer).state.players.get(gamer.room.sessionId) as Player;
  }

  /** Pulls a player's cable for so long. Unit: ms. */
  async unplug(gamer: Gamer, ms: number): Promise<void> {
    await this.#ground.unplug(this.roomOf(gamer).clients.getById(gamer.room.sessionId) as ServerClient, ms);
  }

  async close(): Promise<void> {
    for (const end of this.#endings.toReversed()) end();
    await this.#server.gracefullyShutdown(false);
    this.#ground.close();
  }
}

function simulatedSteam(conditions: LinkConditions, seed: number): Ground {
  const steam = new SimulatedSteam({ seed, clock: 'real', conditions });
  const host = steam.user();
  return {
    transport: new SteamTransport({ driver: host, messages, ...patience }),
    client() {
      const sdk = new Client(`steam://${host.steamId}`, { driver: steam.user(), messages, ...patience });
      return { sdk, close: () => sdk.close() };
    },
    wrap: (room) => room,
    async unplug(client, ms) {
      const user = steamIdOf(client) as bigint;
      steam.unplug(user);
      await sleep(ms);
      steam.plug(user);
    },
    close: () => steam.close(),
  };
}

function webSocket(): Ground {
  const server = createServer();
  const transport = new WebSocketTransport({ server });
  const forget = useMessages(messages);
  const port = () => (server.address() as AddressInfo).port;
  return {
    transport,
    client: () => ({ sdk: new ColyseusSDK(`ws://127.0.0.1:${port()}`), close() {} }),
    wrap: (room) => withMessages(room, messages),
    unplug: () => Promise.reject(new Error('no cable')),
    close() {
      forget();
      server.closeAllConnections();
      server.close();
    },
  };
}

/** @throws Error (rejects) naming `what` when it is not so in time */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not within ${PATIENCE_MS / 1000} s: ${what}`);
    await sleep(5);
  }
}
