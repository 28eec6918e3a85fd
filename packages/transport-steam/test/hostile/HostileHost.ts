import type { Connection } from '../../src/connection/Connection.ts';
import { Endpoint } from '../../src/index.ts';
import type { SimulatedDriver } from '../../src/sim.ts';
import { concat } from '../wire/support.ts';
import type { End } from './HostilePlayer.ts';

/** A host without Colyseus: gives everybody a seat, and sends on the link to it what he likes. */
export class HostileHost {
  readonly driver: SimulatedDriver;
  readonly links: Connection[] = [];
  readonly ends: End[] = [];
  /** What he sends as soon as there is a link. */
  greeting: Uint8Array[] = [joinFrame()];

  constructor(driver: SimulatedDriver) {
    this.driver = driver;
    const endpoint = Endpoint.of(driver);
    endpoint.acquire();
    const seat = { name: 'room', roomId: 'r', sessionId: 's', processId: 'p', publicAddress: `${driver.steamId}.steam` };
    endpoint.serve({
      onSessionRequest: () => true,
      onConnection: (connection) => {
        this.links.push(connection);
        for (const frame of this.greeting) connection.send(frame);
        return { onMessage: () => undefined, onClose: (code, reason) => this.ends.push({ code, reason }) };
      },
      onRequest: async () => ({
        status: 200,
        headers: [['content-type', 'application/json']],
        body: new TextEncoder().encode(JSON.stringify(seat)),
      }),
    });
  }

  send(...frames: readonly Uint8Array[]): void {
    for (const frame of frames) this.links.at(-1)?.send(frame);
  }

  close(): void {
    Endpoint.of(this.driver).release();
  }
}

/** The answer to a join: token, serializer, the state's schema, and parts behind it. */
export function joinFrame({ serializer = 'none', handshake = new Uint8Array(), parts = new Uint8Array() } = {}): Uint8Array {
  const name = new TextEncoder().encode(serializer);
  const length = [0xcd, handshake.length & 0xff, handshake.length >> 8];
  return concat([10, 3, 116, 111, 107, name.length], name, length, handshake, parts);
}
