import type { Room } from '@colyseus/sdk';
import { SteamSDK } from '../../src/client.ts';
import { Endpoint, type SteamResponse } from '../../src/index.ts';
import { connectToHub } from '../../src/sim.ts';
import { once } from '../compliance/transport/waiting.ts';
import { endpointOptions } from './endpointOptions.ts';
import type { Whereabouts } from './messages.ts';

type HubDriver = Awaited<ReturnType<typeof connectToHub>>;

/** What came of a connection that was dialled by hand. */
export interface Dialled {
  /** First byte of each frame. */
  readonly codes: readonly number[];
  readonly code: number;
  readonly reason: string;
}

/** A Steam user who plays: with as many hosts as he likes, and without the SDK where it would not do what a thief does. */
export class Player {
  readonly driver: HubDriver;
  readonly #clients: SteamSDK[] = [];

  private constructor(driver: HubDriver) {
    this.driver = driver;
  }

  static async logIn(hub: string): Promise<Player> {
    return new Player(await connectToHub({ name: hub }));
  }

  get steamId(): bigint {
    return this.driver.steamId;
  }

  /** A client that asks this host. */
  at(host: { readonly endpoint: string }): SteamSDK {
    const client = new SteamSDK(host.endpoint, { driver: this.driver, ...endpointOptions });
    this.#clients.push(client);
    return client;
  }

  async ask(host: { readonly steamId: bigint }, path: string, options: object): Promise<SteamResponse & { fields: Fields }> {
    const headers = [['content-type', 'application/json']] as const;
    const body = new TextEncoder().encode(JSON.stringify(options));
    const response = await this.#endpoint((endpoint) => endpoint.request(host.steamId, { method: 'POST', path, headers, body }));
    return { ...response, fields: JSON.parse(new TextDecoder().decode(response.body)) };
  }

  /** Opens a connection, and says how it ended; one that got an answer is closed. */
  async dial(host: { readonly steamId: bigint }, target: string): Promise<Dialled> {
    const codes: number[] = [];
    return await this.#endpoint(
      (endpoint) =>
        new Promise((resolve) => {
          const connection = endpoint.connect(host.steamId, target, {
            onMessage: (frame) => {
              codes.push(frame[0] as number);
              setTimeout(() => connection.close(), 50);
            },
            onClose: (code, reason) => resolve({ codes, code, reason }),
          });
        }),
    );
  }

  logOut(): void {
    for (const client of this.#clients) client.close();
    this.driver.close();
  }

  async #endpoint<T>(use: (endpoint: Endpoint) => Promise<T>): Promise<T> {
    const endpoint = Endpoint.of(this.driver, endpointOptions);
    endpoint.acquire();
    try {
      return await use(endpoint);
    } finally {
      endpoint.release();
    }
  }
}

/** Of an answer of matchmaking. */
type Fields = {
  readonly processId: string;
  readonly roomId: string;
  readonly sessionId: string;
  readonly publicAddress?: string;
};

/** Who hosts the room, and who we are to him. */
export async function whereabouts(room: Room): Promise<Whereabouts> {
  const told = once<[Whereabouts]>((cb) => room.onMessage('here', cb));
  room.send('where');
  return (await told)[0];
}
