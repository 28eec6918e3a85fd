import type { IncomingMessage } from 'node:http';
import { matchMaker } from '@colyseus/core';
import type { SteamTransportOptions } from '../server/options.ts';
import { ConfiguredSteamTransport, type HostDriver } from './ConfiguredSteamTransport.ts';
import type { WebSocketSide } from './WebSocketSide.ts';

/**
 * Players over Steam and over WebSocket, in the same rooms of one server. It is a {@link SteamTransport} whose HTTP server takes upgrades: routes
 * and pages are core's to bind there, and Steam players get the routes besides.
 */
export class CombinedTransport extends ConfiguredSteamTransport {
  readonly #websocket: WebSocketSide;

  constructor(options: Omit<SteamTransportOptions, 'server'>, driver: HostDriver, websocket: WebSocketSide) {
    const ready = () => Promise.all([driver.ready(), websocket.ready]);
    super({ ...options, server: websocket.server }, { name: driver.name, ready });
    this.#websocket = websocket;
    // Before those that answer upgrades.
    websocket.server.prependListener('upgrade', (request: IncomingMessage) => this.#keepSeat(request));
  }

  override shutdown(): void {
    try {
      this.#websocket.close();
    } finally {
      super.shutdown();
    }
  }

  protected override beginListening(): void {
    this.#websocket.open();
  }

  protected override failedToListen(): void {
    this.#websocket.takeBackMessages();
  }

  override simulateLatency(milliseconds: number): void {
    this.#websocket.simulateLatency(milliseconds);
    super.simulateLatency(milliseconds);
  }

  /**
   * The seat of a Steam player is his, also when somebody else has got hold of his reconnection token. Who asks for it over WebSocket asks for
   * none, and hears from core that there is no such seat.
   */
  #keepSeat(request: IncomingMessage): void {
    const url = `ws://server${request.url}`;
    if (!URL.canParse(url)) return;
    const { pathname, searchParams } = new URL(url);
    const sessionId = searchParams.get('sessionId');
    const room = matchMaker.getLocalRoomById(pathname.slice(pathname.lastIndexOf('/') + 1));
    if (sessionId === null || room === undefined || !this.isSteamSeat(room, sessionId)) return;
    searchParams.delete('sessionId');
    request.url = `${pathname}?${searchParams}`;
  }
}
