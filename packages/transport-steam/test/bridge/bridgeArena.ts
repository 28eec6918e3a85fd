import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MessageChannel } from 'node:worker_threads';
import { expect } from '@jest/globals';
import { type WebSocket as ServerSocket, WebSocketServer } from 'ws';
import {
  type Bridge,
  BridgeClient,
  type BridgeClientOptions,
  type BridgeOptions,
  type BridgePort,
  messagePort,
  serveBridge,
  webSocketPort,
} from '../../src/bridge.ts';
import { Endpoint, type SteamTransport, steamIdOf } from '../../src/index.ts';
import type { Messages } from '../../src/messages.ts';
import type { LinkConditions, SimulatedDriver, SimulatedSteam, SimulatedSteamOptions } from '../../src/sim.ts';
import type { Arena } from '../compliance/transport/harness.ts';
import { until } from '../compliance/transport/waiting.ts';
import { type HostOptions, IMPATIENT, steamArena } from '../helpers/steamArena.ts';
import { memoryPorts } from './memoryPorts.ts';

/** A port of each end, and what cuts it under both. */
export interface PortPair {
  readonly page: BridgePort;
  readonly owner: BridgePort;
  cut(): void;
}

/** Makes ports of one kind. */
export interface Ports {
  pair(): Promise<PortPair>;
  close(): Promise<void>;
}

/** In this process, where each end may be busy. */
export async function busyPorts(): Promise<Ports & { readonly made: ReturnType<typeof memoryPorts>[] }> {
  const made: ReturnType<typeof memoryPorts>[] = [];
  return {
    made,
    pair: async () => {
      const ports = memoryPorts();
      made.push(ports);
      return { ...ports, cut: () => ports.owner.close('cut') };
    },
    close: async () => undefined,
  };
}

/** Over a WebSocket on this machine: Node's own at the page, as a browser's, and `ws` at the owner. */
export async function webSocketPorts(): Promise<Ports> {
  const http: HttpServer = createServer();
  const server = new WebSocketServer({ server: http });
  await new Promise<void>((resolve) => {
    http.listen(0, '127.0.0.1', resolve);
  });
  const { port } = http.address() as AddressInfo;
  const sockets: WebSocket[] = [];
  return {
    pair: async () => {
      const accepted = new Promise<{ socket: ServerSocket; owner: BridgePort }>((resolve) => {
        server.once('connection', (socket) => resolve({ socket, owner: webSocketPort(socket) }));
      });
      const client = new WebSocket(`ws://127.0.0.1:${port}`);
      sockets.push(client);
      const page = webSocketPort(client);
      const { socket, owner } = await accepted;
      return { page, owner, cut: () => socket.terminate() };
    },
    close: async () => {
      for (const socket of server.clients) socket.terminate();
      await until(() => sockets.every(({ readyState }) => readyState === WebSocket.CLOSED), 'every WebSocket is closed');
      server.close();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

export async function messageChannelPorts(): Promise<Ports> {
  const made: MessageChannel[] = [];
  return {
    pair: async () => {
      const channel = new MessageChannel();
      made.push(channel);
      return { page: messagePort(channel.port1), owner: messagePort(channel.port2), cut: () => channel.port2.close() };
    },
    close: async () => {
      for (const { port1, port2 } of made) {
        port1.close();
        port2.close();
      }
    },
  };
}

/** A page, and who serves it. */
export interface Page {
  readonly client: BridgeClient;
  readonly bridge: Bridge;
  readonly driver: SimulatedDriver;
  readonly ports: PortPair;
}

export interface BridgeArena extends Arena {
  readonly steam: SimulatedSteam;
  readonly transport: SteamTransport;
  readonly host: SimulatedDriver;
  /** A page of a new user, or of `driver`. */
  page(options?: { client?: BridgeClientOptions; owner?: Partial<BridgeOptions>; driver?: SimulatedDriver }): Promise<Page>;
}

export interface ArenaOptions {
  host?: HostOptions;
  /** Of host and players alike. */
  options?: { messages?: Messages };
  conditions?: LinkConditions;
  steam?: SimulatedSteamOptions;
  /** Pages that are there when a player is asked for. */
  waiting?: number;
}

/** A host on the simulated Steam, and players whose pages reach it over a bridge. */
export async function bridgeArena(
  portsOf: () => Promise<Ports>,
  { host = {}, options = {}, conditions = {}, steam = {}, waiting = 0 }: ArenaOptions = {},
): Promise<BridgeArena> {
  const ports = await portsOf();
  const arena = steamArena(conditions, options, 1, host, steam);
  const pages: Page[] = [];
  const drivers = new Set<SimulatedDriver>();
  const page: BridgeArena['page'] = async ({ client, owner, driver = arena.steam.user() } = {}) => {
    const pair = await ports.pair();
    const bridge = serveBridge(pair.owner, { driver, endpoint: `steam://${arena.host.steamId}`, ...IMPATIENT, ...owner });
    const made = { client: await BridgeClient.connect(pair.page, client), bridge, driver, ports: pair };
    pages.push(made);
    drivers.add(driver);
    return made;
  };
  // The suite's players come at once.
  const ready: BridgeClient[] = [];
  for (let i = 0; i < waiting; i++) ready.push((await page()).client);
  return {
    steam: arena.steam,
    transport: arena.transport,
    host: arena.host,
    port: 0,
    page,
    player: ({ headers = {} } = {}) => {
      const client = ready.pop();
      if (client === undefined) throw new Error(`more than ${waiting} players: let more wait`);
      client.http.options.headers = { ...client.http.options.headers, ...headers };
      return client;
    },
    cut: (room, client) => {
      expect(steamIdOf(client)).toBeDefined();
      arena.cut(room, client);
    },
    close: async () => {
      for (const { client } of pages) client.close();
      await until(() => pages.every(({ bridge }) => bridge.connections === 0), 'every bridge is over');
      for (const { bridge } of pages) expect(bridge.bufferedAmount).toBe(0);
      await until(() => [...drivers].every((driver) => Endpoint.of(driver).stats().length === 0), 'no session is left');
      await ports.close();
      await arena.close();
    },
  };
}
