import type { Inspection } from '../connection/inspection.ts';
import { inspectLobby } from '../lobby/inspectLobby.ts';
import type { BridgePort } from './BridgePort.ts';
import { OwnerSession } from './OwnerSession.ts';
import { type BridgeOptions, resolveBridgeOptions } from './ownerOptions.ts';
import { BridgeCode } from './Wire.ts';

/** A bridge that is served. */
export interface Bridge {
  /** Connections of the page. */
  readonly connections: number;
  /** Bytes that wait here, because the page has not taken what was sent before. */
  readonly bufferedAmount: number;
  /** All that this process does over Steam, as `SteamSDK.inspect()` has it. The page cannot ask for it. */
  inspect(): Inspection;
  /** Ends it: the page's rooms see a lost link (1006), their hosts that he went away (1001). May be called twice. */
  close(): void;
}

/**
 * Serves one page at the other end of `port` ({@link BridgeClient}): what it asks for and connects to goes over the Steam of this process, as
 * the user who is logged in here, and to nobody but the hosts that it may reach. It ends with its port.
 *
 * ```ts
 * new WebSocketServer({ host: '127.0.0.1', port: 2600 }).on('connection', (socket) => {
 *   serveBridge(webSocketPort(socket), { driver, endpoint: 'steam://76561197960265729' });
 * });
 * ```
 *
 * @throws TypeError | RangeError for bad options, naming the value and what is expected; never for what a page does
 */
export function serveBridge(port: BridgePort, options: BridgeOptions): Bridge {
  const resolved = resolveBridgeOptions(options);
  const session = new OwnerSession(port, resolved);
  return {
    get connections() {
      return session.connections;
    },
    get bufferedAmount() {
      return session.bufferedAmount;
    },
    inspect: () => ({ ...resolved.endpoint.inspect(), ...inspectLobby(resolved.endpoint) }),
    close: () => session.close(BridgeCode.GoingAway, 'the owner closed the bridge'),
  };
}
