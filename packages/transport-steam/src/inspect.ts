export type { EventDetails, EventName, LoggedEvent } from './connection/EventLog.ts';
export type {
  InspectedConnection,
  InspectedLobby,
  InspectedPeer,
  InspectedRoom,
  Inspection,
} from './connection/inspection.ts';
export {
  defaultInspectorOptions,
  type InspectorAction,
  type InspectorNetwork,
  type InspectorOptions,
} from './inspect/options.ts';
export { type Inspector, serveInspector } from './inspect/serveInspector.ts';
