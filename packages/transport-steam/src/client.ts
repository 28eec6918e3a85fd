export type { FindLobbiesOptions, LobbyFilter, LobbyInfo } from './client/findLobbies.ts';
export type { JoinedLobby } from './client/JoinedLobby.ts';
export { type JoinLobbyOptions, LobbyClient } from './client/LobbyClient.ts';
export type { LobbyClientOptions } from './client/lobbyOptions.ts';
export type { SteamLatencyOptions } from './client/measureLatency.ts';
export type { SteamSDKOptions } from './client/options.ts';
export type { LobbyStatus } from './client/PlayerPresence.ts';
/** `Client`, too, so that a game that has `import { Client } from '@colyseus/sdk'` changes this line and its endpoint. */
export { SteamSDK, SteamSDK as Client } from './client/SteamSDK.ts';
export { steamErrorCode } from './client/steamErrorCode.ts';
export { type CreateTicketOptions, createTicket, type Ticket } from './client/tickets.ts';
export type { ChannelOptions } from './connection/channels.ts';
export type { CompressionAlgorithm, CompressionOptions } from './connection/compressionOptions.ts';
export type { Endpoint } from './connection/Endpoint.ts';
export { defaultEndpointOptions, type EndpointOptions } from './connection/options.ts';
export type {
  ChannelTraffic,
  FaultStats,
  LogicalChannel,
  MessageTraffic,
  PeerStats,
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
export { lobbyFromCommandLine } from './lobby/commandLine.ts';
export type { GameListing } from './lobby/GameListing.ts';
export type { Lobby } from './lobby/Lobby.ts';
export { RemovalCode } from './lobby/removal.ts';
