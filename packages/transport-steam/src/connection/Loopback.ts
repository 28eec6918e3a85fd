import type { SendType } from '../driver/SteamDriver.ts';
import { decodeHello } from '../wire/hello.ts';
import { PacketType } from '../wire/packet.ts';
import type { PeerContext } from './context.ts';
import { Peer } from './Peer.ts';

/**
 * Our own player at our own host: the two ends of a session with ourselves, and the packets between them, in memory. Everything else is
 * as between two processes.
 */
export class Loopback {
  /** The end that dials. */
  readonly player: Peer;
  /** The end that is dialled. */
  readonly host: Peer;
  #packets: { readonly to: Peer; readonly packet: Uint8Array; readonly steamChannel: number }[] = [];

  /** `wake`: there are packets to {@link receive}. */
  constructor(steamId: bigint, context: PeerContext, wake: () => void) {
    const transmitTo = (to: () => Peer) => (_: bigint, packet: Uint8Array, _sendType: SendType, steamChannel: number) => {
      this.#packets.push({ to: to(), packet: packet.slice(), steamChannel });
      wake();
      return true;
    };
    const own = {
      ...context,
      isSelf: true,
      terms: context.terms.withSelf(),
      sessions: { count: 0 },
      accept: () => undefined,
      mayAnswer: () => true,
      ended: () => undefined,
      receiveUnknown: (_: bigint, packet: Uint8Array) => this.#receiveUnknown(packet),
    };
    this.player = new Peer(steamId, { ...own, transmit: transmitTo(() => this.host) });
    this.host = new Peer(steamId, { ...own, transmit: transmitTo(() => this.player) });
  }

  get isEmpty(): boolean {
    return this.#packets.length === 0;
  }

  /** Delivers at most `maxPackets`, and returns how many. */
  receive(maxPackets: number, now: number): number {
    const packets = this.#packets.splice(0, maxPackets);
    for (const { to, packet, steamChannel } of packets) {
      if (to.session !== undefined) to.receive(packet, now, steamChannel);
      else this.#receiveUnknown(packet);
    }
    return packets.length;
  }

  isForgettable(now: number): boolean {
    return this.player.isForgettable(now) && this.host.isForgettable(now);
  }

  /** Without a session there is the player's hello. Everything else is late: who ended the session has told the other end. */
  #receiveUnknown(packet: Uint8Array): void {
    const hello = packet[0] === PacketType.Hello ? decodeHello(packet) : undefined;
    if (hello !== undefined && hello.echo === undefined) this.host.welcome(hello, packet);
  }
}
