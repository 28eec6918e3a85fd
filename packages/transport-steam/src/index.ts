export type { Connection, ConnectionState } from './connection/Connection.ts';
export { Endpoint, type Environment } from './connection/Endpoint.ts';
export { defaultEndpointOptions, type EndpointOptions } from './connection/options.ts';
export type {
  ConnectionEvents,
  Delivery,
  HostHandlers,
  LogicalChannel,
  PeerStats,
  RequestResult,
  SteamRequest,
  SteamResponse,
  Traffic,
} from './connection/types.ts';
export {
  type DriverEvents,
  type DriverLimits,
  SendType,
  SessionError,
  type SteamDriver,
} from './driver/SteamDriver.ts';
export { SteamError, type SteamErrorCode } from './driver/SteamError.ts';
export type { SteamTransportOptions } from './server/options.ts';
export { SteamClient, steamIdOf } from './server/SteamClient.ts';
export { SteamSocket } from './server/SteamSocket.ts';
export { SteamTransport } from './server/SteamTransport.ts';
