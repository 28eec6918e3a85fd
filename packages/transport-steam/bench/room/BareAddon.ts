import { SendType } from '../../src/driver/SteamDriver.ts';
import type { SteamworksClient } from '../../src/driver/steamworksClient.ts';
import type { NullTransport } from './NullTransport.ts';

const POLL_MS = 1;

/**
 * The limit of every transport over the addon: a call for each frame, and a look every millisecond. No sessions, no limits, nobody who notices that
 * somebody has gone.
 */
export class BareAddon {
  readonly #client: SteamworksClient;
  readonly #transport: NullTransport;
  readonly #players = new Map<bigint, (frame: Buffer) => void>();
  #timer: NodeJS.Timeout | undefined;
  packets = 0;
  bytes = 0;

  constructor(client: SteamworksClient, transport: NullTransport) {
    this.#client = client;
    this.#transport = transport;
  }

  /** Has a user in the room who is at the other end of Steam. */
  async join(roomName: string, user: bigint): Promise<void> {
    const receive = await this.#transport.join(roomName, (frame) => {
      this.#count(frame);
      this.#client.networking.sendP2PPacket(user, SendType.Reliable, frame);
    });
    this.#players.set(user, receive);
  }

  begin(): void {
    this.#timer = setInterval(() => this.#poll(), POLL_MS);
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #poll(): void {
    const { networking } = this.#client;
    for (let size = networking.isP2PPacketAvailable(); size > 0; size = networking.isP2PPacketAvailable()) {
      const { data, steamId } = networking.readP2PPacket(size);
      this.#count(data);
      this.#players.get(steamId.steamId64)?.(data as Buffer);
    }
  }

  #count({ length }: Uint8Array): void {
    this.packets++;
    this.bytes += length;
  }
}
