import { CloseCode, Protocol, ServerError } from '@colyseus/sdk';
import type { PlayerLink } from './PlayerLink.ts';

/** Of the SDK's `LatencyOptions` those that mean something here. */
export interface SteamLatencyOptions {
  /**
   * Pings, one after the other; the result is their mean.
   * @default 1
   */
  pingCount?: number;
  /**
   * When to give up. Unit: ms.
   * @default 1500
   */
  timeout?: number;
}

/** Neither room nor session: the host answers every frame, for a second. */
const PROBE_TARGET = '/';

/**
 * The mean round trip to a host, in ms, without joining a room.
 *
 * @throws ServerError (rejects) with code 1006, as the SDK does, when the host does not answer in time.
 */
export function measureLatency(link: PlayerLink, host: bigint, options: SteamLatencyOptions = {}): Promise<number> {
  const { pingCount = 1, timeout = 1_500 } = options;
  return new Promise((resolve, reject) => {
    const roundTrips: number[] = [];
    let sentAt = 0;
    const fail = (why: string) => {
      reject(new ServerError(CloseCode.ABNORMAL_CLOSURE, `Failed to get latency of Steam user ${host}: ${why}`));
    };
    const ping = () => {
      sentAt = performance.now();
      connection.send(Uint8Array.of(Protocol.PING));
    };
    const connection = link.dial(host, PROBE_TARGET, {
      onOpen: ping,
      onMessage: () => {
        roundTrips.push(performance.now() - sentAt);
        if (roundTrips.length < pingCount) return ping();
        resolve(roundTrips.reduce((sum, ms) => sum + ms, 0) / roundTrips.length);
        connection.close();
      },
      // After a result it is our own close, and this changes nothing.
      onClose: (code, reason) => {
        clearTimeout(timer);
        fail(`connection closed (${code})${reason && `: ${reason}`}`);
      },
    });
    // After the dial, which may throw: then there is nothing to give up, and nothing to close.
    const timer = setTimeout(() => {
      fail(`no answer within ${timeout} ms (timeout)`);
      connection.close();
    }, timeout);
  });
}
