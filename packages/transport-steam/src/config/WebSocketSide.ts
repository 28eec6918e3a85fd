import type { Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import { debugAndPrintError, type Transport } from '@colyseus/core';
import type { Messages } from '../messages/Messages.ts';
import { withoutClaimedIdentity } from '../server/httpIdentity.ts';
import { useMessages } from '../server/useMessages.ts';
import { loadWebSocketTransport, type WebSocketOptions } from './loadWebSocketTransport.ts';

/** What a transport needs that takes WebSocket players on an HTTP server, alone or beside Steam: it listens itself. */
export class WebSocketSide {
  readonly server: HttpServer | HttpsServer;
  /** Resolves when upgrades are answered. Rejects when `@colyseus/ws-transport` cannot be loaded. */
  readonly ready: Promise<void>;
  readonly #messages: Messages | undefined;
  #transport: Transport | undefined;
  #latencyMs: number | undefined;
  #takeBack: (() => void) | undefined;

  constructor(server: HttpServer | HttpsServer, options: WebSocketOptions = {}, messages?: Messages) {
    this.server = server;
    this.#messages = messages;
    // Core listens for errors only after the first listen: an 'error' that nobody hears would end the process.
    server.on('error', debugAndPrintError);
    // Before those that answer upgrades. For requests, whoever listens does so.
    server.prependListener('upgrade', withoutClaimedIdentity);
    this.ready = this.#load(options);
    // Whoever listens is told.
    this.ready.catch(() => undefined);
  }

  /** Lets WebSocket players have the declared messages. @throws Error when this process uses others */
  open(): void {
    if (this.#messages !== undefined) this.#takeBack ??= useMessages(this.#messages);
  }

  /** Takes back what {@link open} did. May be called twice. */
  takeBackMessages(): void {
    this.#takeBack?.();
    this.#takeBack = undefined;
  }

  /** No upgrade is answered any more. The links that there are stay, as the rooms close them. May be called twice. */
  close(): void {
    this.takeBackMessages();
    if (this.#transport === undefined) this.server.close();
    else this.#transport.shutdown();
  }

  /** Of WebSocket players, one way. The last call counts. */
  simulateLatency(milliseconds: number): void {
    this.#latencyMs = milliseconds;
    this.#transport?.simulateLatency(milliseconds);
  }

  async #load(options: WebSocketOptions): Promise<void> {
    const WebSocketTransport = await loadWebSocketTransport();
    this.#transport = new WebSocketTransport({ ...options, server: this.server });
    this.server.off('error', debugAndPrintError); // it listens, too
    if (this.#latencyMs !== undefined) this.#transport.simulateLatency(this.#latencyMs);
  }
}
