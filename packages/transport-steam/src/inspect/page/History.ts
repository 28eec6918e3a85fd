import type { InspectedPeer } from '../../connection/inspection.ts';
import type { ChannelTraffic, Traffic } from '../../connection/types.ts';
import type { SourceSnapshot } from '../messages.ts';

/** What the charts show. Unit: s. */
export const WINDOW_S = 60;

/** Rates are over so long: packets go in bursts. Unit: ms. */
const RATE_MS = 1_000;

export type SeenInspection = Extract<SourceSnapshot, { inspection: unknown }>['inspection'];

/** How counters are kept apart. */
export type Grouping = 'channels' | 'types';
export type Direction = 'sent' | 'received';

/** Of one counter, a second. */
export interface Rate {
  readonly bytes: number;
  readonly packets: number;
}

/** What goes through one session, a second. */
export interface PeerRates {
  readonly sent: Rate;
  readonly received: Rate;
  readonly channels: ReadonlyMap<string, Record<Direction, Rate>>;
  readonly types: ReadonlyMap<string, Record<Direction, Rate>>;
}

/** One moment of one source. */
export interface Sample {
  /** Seconds since 1970. */
  readonly at: number;
  readonly peers: ReadonlyMap<string, { readonly peer: InspectedPeer; readonly rates: PeerRates }>;
}

/** The last minute of one source. */
export class History {
  readonly samples: Sample[] = [];
  /** Of the last second, and the one before. */
  #recent: SeenInspection[] = [];

  /** `at`: milliseconds since 1970. A snapshot that is there already, as of a process that sends them more slowly, is none. */
  add(inspection: SeenInspection, at: number): void {
    const newest = this.#recent.at(-1);
    if (newest?.now === inspection.now) return;
    // Another process, in the place of the former one.
    if (newest !== undefined && (newest.now > inspection.now || newest.steamId !== inspection.steamId)) this.#recent = [];
    const [former] = this.#recent;
    const elapsedS = former === undefined ? 0 : (inspection.now - former.now) / 1_000;
    this.#recent.push(inspection);
    while (this.#recent[1] !== undefined && inspection.now - this.#recent[1].now >= RATE_MS) this.#recent.shift();
    const before = former === undefined ? new Map<string, InspectedPeer>() : peersByKey(former.peers);
    const peers = [...peersByKey(inspection.peers)].map(([key, peer]) => {
      return [key, { peer, rates: ratesOf(peer, before.get(key), elapsedS) }] as const;
    });
    this.samples.push({ at: at / 1_000, peers: new Map(peers) });
    while (this.samples[0] !== undefined && this.samples[0].at < at / 1_000 - WINDOW_S) this.samples.shift();
  }

  get last(): Sample | undefined {
    return this.samples.at(-1);
  }
}

/** By SteamID. A host who plays in his own game is both ends of a session: the last, which is the host's, stands for it. */
export function peersByKey(peers: readonly InspectedPeer[]): Map<string, InspectedPeer> {
  return new Map(peers.map((peer) => [peer.peer, peer]));
}

function ratesOf(peer: InspectedPeer, before: InspectedPeer | undefined, elapsedS: number): PeerRates {
  const rate = (now: Traffic, then: Traffic | undefined): Rate => ({
    bytes: perSecond(now.bytes, then?.bytes, elapsedS),
    packets: perSecond(now.packets, then?.packets, elapsedS),
  });
  const grouped = (grouping: Grouping) => {
    const former = new Map<string, ChannelTraffic>(Object.entries(before?.[grouping] ?? {}));
    const isKnown = before !== undefined;
    const rates = Object.entries(peer[grouping]).map(([name, { sent, received }]) => {
      // What was not counted before began at nothing.
      const then = former.get(name) ?? (isKnown ? NOTHING : undefined);
      return [name, { sent: rate(sent, then?.sent), received: rate(received, then?.received) }] as const;
    });
    return new Map(rates);
  };
  return {
    sent: rate(peer.sent, before?.sent),
    received: rate(peer.received, before?.received),
    channels: grouped('channels'),
    types: grouped('types'),
  };
}

const NOTHING: Pick<ChannelTraffic, Direction> = {
  sent: { messages: 0, packets: 0, bytes: 0 },
  received: { messages: 0, packets: 0, bytes: 0 },
};

/** Counters of a new session begin anew. */
function perSecond(now: number, then: number | undefined, elapsedS: number): number {
  if (then === undefined || elapsedS <= 0) return 0;
  return (now < then ? now : now - then) / elapsedS;
}
