import { type BeforeUpgradeHandler, Transport } from '@colyseus/core';

/** Options of `WebSocketTransport`: its own, and those of `WebSocketServer` of the package ws. */
export interface WebSocketOptions {
  /**
   * Pause between two pings. Unit: ms.
   * @default 3000
   */
  pingInterval?: number;
  /**
   * Pings without an answer, until a player is gone.
   * @default 2
   */
  pingMaxRetries?: number;
  /**
   * Largest message of a player. Unit: bytes.
   * @default 4096
   */
  maxPayload?: number;
  /** Answers an upgrade in the place of the transport. */
  beforeUpgrade?: BeforeUpgradeHandler;
  [optionOfWs: string]: unknown;
}

export type WebSocketTransportClass = new (options: WebSocketOptions) => Transport;

/** What is not there, by the words of Node, and of others who load modules. */
const MISSING = /Cannot find (?:package|module) '((?:@[\w.-]+\/)?[\w.-]+)'/;

/**
 * The class of the game's own `@colyseus/ws-transport`. Imported by our ES modules and required by our CommonJS (the build sees to that), so that it
 * extends the same core as we have. Loaded when it is asked for: who plays over Steam only need not install it.
 *
 * @throws Error (rejects) naming what is missing and how to install it, or saying that there are two copies of core
 */
export async function loadWebSocketTransport(): Promise<WebSocketTransportClass> {
  const { WebSocketTransport } = await import('@colyseus/ws-transport').catch((cause: Error) => {
    const [, name] = MISSING.exec(cause.message) ?? [];
    if (name === undefined) throw cause;
    throw new Error(`the transport "websocket" needs ${name}, which is not installed: npm install ${name}`, { cause });
  });
  if (!(WebSocketTransport.prototype instanceof Transport)) {
    throw new Error(
      '@colyseus/ws-transport has another copy of @colyseus/core than colyseus-transport-steam: have one version (npm ls @colyseus/core)',
    );
  }
  return WebSocketTransport as unknown as WebSocketTransportClass;
}
