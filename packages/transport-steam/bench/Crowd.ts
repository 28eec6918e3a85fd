import type { Connection } from '../src/connection/Connection.ts';
import { Endpoint } from '../src/connection/Endpoint.ts';
import type { Delivery } from '../src/connection/types.ts';
import { SendType } from '../src/driver/SteamDriver.ts';
import { SEQUENCE_MASK, sequenceOf } from '../src/wire/packet.ts';
import { type BareDriver, BareSteam } from './BareSteam.ts';

/** From one turn of the host to the next while there is traffic, as with `poll: 'auto'`. */
const TURN_MS = 1;

/** The players answer no ping. */
const DEAD_AFTER_MS = 600_000;

/** What goes through every connection of a crowd. */
export interface Traffic {
  readonly everyMs: number;
  /** From the host. */
  readonly patch: { readonly bytes: Uint8Array; readonly delivery: Delivery };
  /** Bytes that come to him, unreliable. */
  readonly inputBytes: number;
}

/**
 * A host and so many connections, each of another user, on a {@link BareSteam} and a clock of their own. The players are none: once they are connected,
 * each sends the packet of his input again and again with another number, and takes nothing. So it is the host who uses the processor, and its caches.
 */
export class Crowd {
  readonly host: Endpoint;
  /** Messages that came to the host. */
  received = 0;
  readonly #players: Player[] = [];
  readonly #connections: Connection[] = [];
  #now = 0;

  constructor(size: number, inputBytes = 16) {
    const steam = new BareSteam();
    const now = () => this.#now;
    this.host = Endpoint.of(steam.user(), { poll: 'manual', maxPeers: size, deadAfterMs: DEAD_AFTER_MS }, { now });
    this.host.acquire();
    this.host.serve({
      onSessionRequest: () => true,
      onConnection: (connection) => {
        this.#connections.push(connection);
        return { onMessage: () => void this.received++, onClose: () => {} };
      },
      onRequest: () => Promise.reject(new Error('nobody asks')),
    });
    for (let i = 0; i < size; i++) {
      const driver = steam.user();
      const endpoint = Endpoint.of(driver, { poll: 'manual' }, { now });
      const turns = () => {
        for (let turn = 0; turn < 3; turn++) {
          this.run(TURN_MS);
          endpoint.poll();
        }
      };
      endpoint.acquire();
      const connection = endpoint.connect(this.host.steamId, '/', {
        onMessage: () => {},
        onClose: (code, reason) => {
          throw new Error(`closed: ${code} ${reason}`);
        },
      });
      turns();
      if (connection.state !== 'open') throw new Error(`connection ${i} is ${connection.state}`);
      let input = new Uint8Array();
      driver.onSend = (packet) => {
        input = packet.slice();
      };
      connection.send(new Uint8Array(inputBytes), 'unreliable');
      turns();
      driver.onSend = undefined;
      driver.isDeaf = true;
      this.#players.push(new Player(driver, this.host.steamId, input));
    }
    if (this.received !== size) throw new Error(`${this.received} of ${size} inputs came`);
  }

  /** Lets so much time pass. Returns the milliseconds that it took the host: his turns, and what he sends. */
  run(forMs: number, traffic?: Traffic): number {
    let tookMs = 0;
    for (const end = this.#now + forMs; this.#now < end; this.#now += TURN_MS) {
      // Players are not in step: a part of them in each turn.
      const { everyMs } = traffic ?? { everyMs: Number.POSITIVE_INFINITY };
      const phase = this.#now % everyMs;
      if (traffic !== undefined) for (let i = phase; i < this.#players.length; i += everyMs) this.#players[i]?.send();
      const start = performance.now();
      if (traffic !== undefined && phase === 0) this.#sendPatch(traffic.patch);
      this.host.poll();
      tookMs += performance.now() - start;
    }
    return tookMs;
  }

  #sendPatch({ bytes, delivery }: Traffic['patch']): void {
    for (const connection of this.#connections) connection.send(bytes, delivery);
  }
}

class Player {
  readonly #driver: BareDriver;
  readonly #host: bigint;
  readonly #packet: Uint8Array;

  constructor(driver: BareDriver, host: bigint, packet: Uint8Array) {
    this.#driver = driver;
    this.#host = host;
    this.#packet = packet;
  }

  send(): void {
    const packet = this.#packet;
    const sequence = (sequenceOf(packet) + 1) & SEQUENCE_MASK;
    packet[1] = ((packet[1] as number) & ~0x03) | (sequence >> 8);
    packet[2] = sequence & 0xff;
    this.#driver.send(this.#host, packet, SendType.Unreliable, 0);
  }
}
