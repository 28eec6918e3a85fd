export { initSteamworks } from './driver/initSteamworks.ts';
export { SteamCallbacks } from './driver/SteamCallbacks.ts';
export { SteamError, type SteamErrorCode } from './driver/SteamError.ts';
export { SteamworksDriver, type SteamworksDriverOptions } from './driver/SteamworksDriver.ts';
export {
  SteamCallback,
  type SteamCallbackEvents,
  type SteamworksClient,
  type SteamworksPacket,
} from './driver/steamworksClient.ts';
