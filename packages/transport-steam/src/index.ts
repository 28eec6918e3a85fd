export type { Connection, ConnectionState } from './connection/Connection.ts';
export type { ChannelOptions } from './connection/channels.ts';
export type { CompressionAlgorithm, CompressionOptions } from './connection/compressionOptions.ts';
export { Endpoint, type Environment } from './connection/Endpoint.ts';
export { defaultEndpointOptions, type EndpointOptions } from './connection/options.ts';
export { prometheusText } from './connection/prometheus.ts';
export type {
  ChannelTraffic,
  ConnectionEvents,
  Delivery,
  HostHandlers,
  LogicalChannel,
  MessageContract,
  MessageTraffic,
  PeerStats,
  RequestResult,
  SendOptions,
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
export { useMessages } from './server/useMessages.ts';
