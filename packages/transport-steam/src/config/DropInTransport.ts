import { Transport } from '@colyseus/core';
import { createTransport, type TransportConfig } from './createTransport.ts';
import type { WebSocketOptions } from './loadWebSocketTransport.ts';

type Options = WebSocketOptions & Pick<TransportConfig, 'server'>;

/**
 * `WebSocketTransport` of `@colyseus/ws-transport` for a game that changes no more than the line which imports it: its options are
 * those of that class, and the environment says whether players come over WebSocket, Steam, or both. See {@link createTransport}.
 */
export const WebSocketTransport = Configured as unknown as new (options?: Options) => Transport;
export type WebSocketTransport = Transport;

/** Called with `new`, what a function returns is what is made. */
function Configured({ server, ...websocket }: Options = {}): Transport {
  // Without options of its own those of the configuration file count.
  return createTransport({ ...(Object.keys(websocket).length > 0 && { websocket }), ...(server && { server }) });
}
Configured.prototype = Transport.prototype;
