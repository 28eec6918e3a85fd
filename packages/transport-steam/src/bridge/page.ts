/** What a bundler for browsers takes for `colyseus-transport-steam/bridge`: the page's end, which needs nothing of Node. */

export { steamErrorCode } from '../client/steamErrorCode.ts';
export { SteamError } from '../driver/SteamError.ts';
export { BridgeClient } from './BridgeClient.ts';
export { messagePort } from './messagePort.ts';
export { defaultBridgeClientOptions } from './pageOptions.ts';
export { webSocketPort } from './webSocketPort.ts';
