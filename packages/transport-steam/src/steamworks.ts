export { initSteamworks } from './driver/initSteamworks.ts';
export { SteamCallbacks } from './driver/SteamCallbacks.ts';
export { SteamError, type SteamErrorCode } from './driver/SteamError.ts';
export { SteamworksDriver, type SteamworksDriverOptions } from './driver/SteamworksDriver.ts';
export {
  SteamCallback,
  type SteamCallbackEvents,
  type SteamworksAuth,
  type SteamworksClient,
  type SteamworksLobbyHandle,
  type SteamworksMatchmaking,
  type SteamworksPacket,
  type SteamworksTicket,
} from './driver/steamworksClient.ts';
