export type { Connection, ConnectionState } from './connection/Connection.ts';
export { Endpoint } from './connection/Endpoint.ts';
export { defaultEndpointOptions, type EndpointOptions } from './connection/options.ts';
export { SteamError, type SteamErrorCode } from './connection/SteamError.ts';
export type { Delivery, LogicalChannel, PeerStats, Traffic } from './connection/types.ts';
export {
  type DriverEvents,
  type DriverLimits,
  SendType,
  SessionError,
  type SteamDriver,
} from './driver/SteamDriver.ts';
export type { SteamTransportOptions } from './server/options.ts';
export { SteamClient, steamIdOf } from './server/SteamClient.ts';
export { SteamSocket } from './server/SteamSocket.ts';
export { SteamTransport } from './server/SteamTransport.ts';
