import { type Client, createEndpoint, createRouter, type Room, Server } from '@colyseus/core';
import type { ColyseusSDK, Room as SdkRoom } from '@colyseus/sdk';
import { afterEach, beforeEach, jest } from '@jest/globals';
import { leaveNoTimers } from '../../helpers/leaveNoTimers.ts';
import { muteConsole } from '../../helpers/muteConsole.ts';
import type { Arena, ArenaSetup } from './harness.ts';

type RoomClass = new () => Room;

/** A Colyseus server that listens, and the players around it: what each test of the suite starts from. */
export class World {
  readonly #arena: Arena;
  readonly server: Server;

  private constructor(arena: Arena) {
    this.#arena = arena;
    this.server = new Server({ transport: arena.transport, greet: false, gracefullyShutdown: false });
    this.server.router = routes();
  }

  static async open(setup: ArenaSetup): Promise<World> {
    const world = new World(await setup());
    await world.server.listen(world.#arena.port);
    return world;
  }

  define(name: string, room: RoomClass): void {
    this.server.define(name, room);
  }

  player(options?: { headers?: Record<string, string> }): ColyseusSDK {
    return this.#arena.player(options);
  }

  cut(room: SdkRoom, client: Client): void {
    this.#arena.cut(room, client);
  }

  async close(): Promise<void> {
    await this.server.gracefullyShutdown(false);
    await this.#arena.close();
  }
}

/** Registers the hooks that open a world before each test and close it after, and returns how to reach it. */
export function worldOfEachTest(setup: ArenaSetup): () => World {
  let world: World | undefined;
  leaveNoTimers();
  beforeEach(async () => {
    muteConsole();
    world = await World.open(setup);
  });
  afterEach(async () => {
    await world?.close();
    world = undefined;
    jest.restoreAllMocks();
  });
  return () => {
    if (world === undefined) throw new Error('a world exists inside a test only');
    return world;
  };
}

function routes() {
  return createRouter({
    greet: createEndpoint('/greet/:name', { method: 'GET' }, async (ctx) => ({
      hello: ctx.params.name,
      query: ctx.query,
      token: ctx.headers?.get('authorization') ?? null,
    })),
    sum: createEndpoint('/sum', { method: 'POST' }, async (ctx) => ({
      sum: (ctx.body as { numbers: number[] }).numbers.reduce((a, b) => a + b, 0),
    })),
    text: createEndpoint(
      '/text',
      { method: 'GET' },
      async () => new Response('plain words', { headers: { 'content-type': 'text/plain', 'x-own': 'yes' } }),
    ),
    empty: createEndpoint('/empty', { method: 'DELETE' }, async () => new Response(null, { status: 204 })),
    anonymous: createEndpoint('/auth/anonymous', { method: 'POST' }, async () => ({ user: { anonymous: true }, token: 'anon' })),
    userdata: createEndpoint('/auth/userdata', { method: 'GET' }, async (ctx) => ({
      user: { bearer: ctx.headers?.get('authorization') ?? null },
    })),
    fails: createEndpoint('/fails', { method: 'GET' }, async (ctx) => {
      throw ctx.error(418, { message: 'a teapot' });
    }),
  });
}
