import type { SimulatedDriver } from '../../src/sim.ts';
import { SteamCallback, type SteamworksAuth, type SteamworksClient, type SteamworksPacket } from '../../src/steamworks.ts';
import { orAbort, simulatedMatchmaking } from './simulatedMatchmaking.ts';

export interface SteamworksBuild {
  /** Channels that the functions take. Undefined: they take none, as in steamworks.js 0.4.0. */
  readonly channels?: number;
  readonly closesSessions?: boolean;
  /** Without lobbies, rich presence and tickets, as builds before 0.4.0. */
  readonly isPoor?: boolean;
}

/**
 * The client of a build of steamworks.js, on the simulated Steam: for builds that are not to be had, and where the addon cannot run.
 * Its functions have the traps of the binding, as far as a driver could fall into them.
 */
export function simulatedSteamworks(driver: SimulatedDriver, build: SteamworksBuild = {}): SteamworksClient {
  const queues = Array.from({ length: build.channels ?? 1 }, (): SteamworksPacket[] => []);
  const handlers = new Map<number, (event: unknown) => void>();
  const call = (type: number, event: unknown): void => handlers.get(type)?.(event);
  driver.start({
    onSessionRequest: (remote) => call(SteamCallback.P2PSessionRequest, { remote }),
    onSessionFailed: (remote, error) => call(SteamCallback.P2PSessionConnectFail, { remote, error }),
    onPacket: (peer, packet, channel) => {
      queues[channel]?.push({ data: packet, size: packet.length, steamId: { steamId64: peer } });
    },
    onSteamLost: () => {},
    onSteamRestored: () => {},
  });
  const queueOf = (channel: number | undefined): SteamworksPacket[] => {
    if (build.channels === undefined) return queues[0] as SteamworksPacket[];
    if (typeof channel !== 'number') throw new TypeError(`cannot convert ${typeof channel} to i32`);
    return queues[channel] as SteamworksPacket[];
  };
  return {
    localplayer: {
      getSteamId: () => ({ steamId64: driver.steamId }),
      getName: () => driver.personaName,
      ...(!build.isPoor && {
        setRichPresence: (key: string, value?: string) => driver.setRichPresence(orAbort(key), value && orAbort(value)),
      }),
    },
    ...(!build.isPoor && { matchmaking: simulatedMatchmaking(driver, call), auth: simulatedAuth(driver) }),
    networking: {
      sendP2PPacket: (peer, sendType, packet, channel) =>
        driver.send(peer, packet, sendType as 0, build.channels === undefined ? 0 : (channel as number)),
      isP2PPacketAvailable: (channel) => {
        const queue = queueOf(channel);
        driver.poll(1_000);
        return queue[0]?.size ?? 0;
      },
      readP2PPacket: (bytes, channel) => {
        const packet = queueOf(channel).shift();
        if (packet === undefined) throw new Error('No packet available');
        const data = Buffer.alloc(bytes);
        data.set(packet.data.subarray(0, bytes));
        return { ...packet, data };
      },
      acceptP2PSession: (peer) => driver.acceptSession(peer),
      ...(build.closesSessions && { closeP2PSession: (peer: bigint) => driver.closeSession(peer) }),
    },
    callback: {
      register: (type, handler) => {
        handlers.set(type, handler);
        return { disconnect: () => handlers.delete(type) };
      },
    },
  };
}

/** Waits for the answer of one ticket at a time: another request takes the place of the handler, and the former rejects. */
function simulatedAuth(driver: SimulatedDriver): SteamworksAuth {
  let replace = (): void => {};
  return {
    getAuthTicketForWebApi: (identity) => {
      replace();
      return new Promise((resolve, reject) => {
        replace = () => reject(new Error('channel closed'));
        const refuse = (error: Error) => reject(error);
        driver
          .createTicket(orAbort(identity))
          .then(({ bytes, cancel }) => resolve({ getBytes: () => Buffer.from(bytes), cancel }), refuse);
      });
    },
  };
}
