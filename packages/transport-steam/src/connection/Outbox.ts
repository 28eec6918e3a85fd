import type { SendType } from '../driver/SteamDriver.ts';
import { ReliableLane } from './ReliableLane.ts';
import { UnreliableLane } from './UnreliableLane.ts';

/** Gives a packet to Steam, which has copied it when this returns. False: not now. The channel is that of `control` by default. */
export type Transmit = (packet: Uint8Array, sendType: SendType, steamChannel?: number) => boolean;

/**
 * Everything on its way to one peer in one session: frames that wait for the end of the turn, and packets that Steam did not take yet.
 *
 * While Steam takes what it is given, a frame is copied once, into its packet, and nothing is allocated.
 */
export class Outbox {
  readonly reliable: ReliableLane;
  readonly unreliable: UnreliableLane;

  /** `tag`: in every packet. */
  constructor(tag: number, transmit: Transmit) {
    this.reliable = new ReliableLane(tag, transmit);
    this.unreliable = new UnreliableLane(tag, transmit);
  }

  /** How often Steam took a packet not at once. */
  get retries(): number {
    return this.reliable.retries + this.unreliable.retries;
  }

  /** Nothing is left to give to Steam. */
  get isEmpty(): boolean {
    return this.reliable.isEmpty && this.unreliable.isEmpty;
  }

  /** Gives everything to Steam that it takes now. True when nothing waits any more. */
  flush(): boolean {
    this.reliable.flush();
    this.unreliable.flush();
    return this.isEmpty;
  }

  clear(): void {
    this.reliable.clear();
    this.unreliable.clear();
  }
}
