export { createTransport, type TransportConfig } from './config/createTransport.ts';
/** As in `@colyseus/ws-transport`, so that a server changes nothing but the line that imports it. */
export { WebSocketTransport } from './config/DropInTransport.ts';
export type { SteamConfig } from './config/keys.ts';
export type { WebSocketOptions } from './config/loadWebSocketTransport.ts';
export { SteamError, type SteamErrorCode } from './driver/SteamError.ts';
