/** The rest of `@colyseus/sdk`, too, so that a player changes nothing but the line that imports it. */
export {
  AbortError,
  Auth,
  type AuthData,
  type AuthResponse,
  type AuthSettings,
  Callbacks,
  type ClientOptions,
  CloseCode,
  ColyseusSDK,
  type EndpointSettings,
  ErrorCode,
  type FetchFn,
  getStateCallbacks,
  type InputHandle,
  type InputOptions,
  type JoinOptions,
  MatchMakeError,
  Predict,
  PredictedSpawns,
  Protocol,
  Reconciler,
  type RequestOptions,
  Room,
  type RoomAvailable,
  registerSerializer,
  SchemaSerializer,
  type SeatReservation,
  ServerError,
  SimReconciler,
} from '@colyseus/sdk';
export { SteamError, type SteamErrorCode } from '../driver/SteamError.ts';
export { type ClientConfig, createClient } from './createClient.ts';
export { Client } from './DropInClient.ts';
export type { SteamConfig } from './keys.ts';
