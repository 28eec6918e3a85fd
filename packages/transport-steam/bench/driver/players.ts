import { setImmediate as turn } from 'node:timers/promises';
import type { Connection } from '../../src/connection/Connection.ts';
import { Endpoint } from '../../src/connection/Endpoint.ts';
import type { SteamDriver } from '../../src/driver/SteamDriver.ts';
import type { SimulatedSteam } from '../../src/sim.ts';

/** After so many packets their numbers are the same again: what was recorded may be sent for ever. */
const PACKETS = 1_024;

/** One who plays with us. */
export interface Player {
  /** To him. */
  readonly connection: Connection;
  readonly steamId: bigint;
  /** The next packet of his. */
  next(): Uint8Array;
}

/** So many players, connected to `host`, each with the packets in which he sends `message` again and again. */
export async function playersAt(
  host: Endpoint,
  steam: SimulatedSteam,
  count: number,
  message: Uint8Array,
  onMessage: () => void,
): Promise<Player[]> {
  const connections: Connection[] = [];
  host.serve({
    onSessionRequest: () => true,
    onConnection: (connection) => {
      connections.push(connection);
      return { onMessage, onClose: () => {} };
    },
    onRequest: () => Promise.reject(new Error('nobody asks')),
  });
  const players: Player[] = [];
  for (let i = 0; i < count; i++) {
    const { driver, record } = recorded(steam.user());
    const player = Endpoint.of(driver, { poll: 'manual' });
    player.acquire();
    let isOpen = false;
    const toHost = player.connect(host.steamId, '/', {
      onOpen: () => {
        isOpen = true;
      },
      onMessage: () => {},
      onClose: (code, reason) => {
        throw new Error(`not connected: ${code} ${reason}`);
      },
    });
    // What belongs to the beginning goes before what is recorded: a ping rides along with the first message.
    for (let turns = 0; !isOpen || turns < 50; turns++) {
      if (isOpen && turns % 10 === 0) toHost.send(message);
      host.poll();
      player.poll();
      await turn();
    }
    const packets = record(() => {
      toHost.send(message);
      player.flush();
    });
    let sent = 0;
    players.push({
      connection: connections[i] as Connection,
      steamId: driver.steamId,
      next: () => packets[sent++ % PACKETS] as Uint8Array,
    });
  }
  return players;
}

/** A driver whose packets can be had instead of sent. */
function recorded(driver: SteamDriver): { driver: SteamDriver; record(send: () => void): Uint8Array[] } {
  const packets: Uint8Array[] = [];
  const send = driver.send.bind(driver);
  return {
    driver,
    record: (sendOne) => {
      driver.send = (_peer, packet) => {
        packets.push(packet.slice());
        return true;
      };
      while (packets.length < PACKETS) sendOne();
      driver.send = send;
      return packets;
    },
  };
}
