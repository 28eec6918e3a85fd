export type { BanList } from './connection/BanList.ts';
export type { Connection, ConnectionState } from './connection/Connection.ts';
export type { ChannelOptions } from './connection/channels.ts';
export type { CompressionAlgorithm, CompressionOptions } from './connection/compressionOptions.ts';
export { Endpoint, type Environment } from './connection/Endpoint.ts';
export { defaultEndpointOptions, type EndpointOptions } from './connection/options.ts';
export { prometheusText } from './connection/prometheus.ts';
export { ticketIdentity } from './connection/ticketRequest.ts';
export type {
  ChannelTraffic,
  ConnectionEvents,
  Delivery,
  FaultStats,
  HostHandlers,
  LogicalChannel,
  MessageContract,
  MessageTraffic,
  PeerStats,
  RequestHandler,
  RequestResult,
  SendOptions,
  SteamRequest,
  SteamResponse,
  StrangerStats,
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
export type { GameListing } from './lobby/GameListing.ts';
export { RemovalCode } from './lobby/removal.ts';
export { type Access, type AccessAnswer, type AccessContext, access } from './server/access.ts';
export type { HostLobby, HostLobbyState } from './server/HostLobby.ts';
export type { HostLobbyEvents, LobbyOptions } from './server/lobbyOptions.ts';
export type { Standing } from './server/Membership.ts';
export type { Bans } from './server/Moderation.ts';
export type { SteamTransportOptions } from './server/options.ts';
export { personaOf } from './server/persona.ts';
export { SteamClient, steamIdOf } from './server/SteamClient.ts';
export { SteamSocket } from './server/SteamSocket.ts';
export { SteamTransport } from './server/SteamTransport.ts';
export { TicketError, type TicketErrorReason } from './server/TicketError.ts';
export type { VerifyPlayerOptions } from './server/tickets.ts';
export { useMessages } from './server/useMessages.ts';
export {
  defaultVerifyTicketOptions,
  type VerifiedTicket,
  type VerifyTicketOptions,
  verifyTicket,
} from './server/verifyTicket.ts';
