import { type Channel, channels, type Link, type Traffic } from '../stage/words.ts';

/** Rates are those of so much time. Unit: ms. */
const WINDOW_MS = 1_500;

/** What one process tells of its session with one peer, over time. */
export class LinkMeter {
  readonly from: string;
  readonly to: string;
  /** Undefined while there is no session. */
  latest: Link | undefined;
  /** All that was sent: packets to Steam, and frames by logical channel. */
  readonly total: { packets: number } & Record<Channel, Traffic>;
  #previous: Link | undefined;
  #window: { readonly at: number; readonly packets: number }[] = [];

  constructor(from: string, to: string) {
    this.from = from;
    this.to = to;
    const none = { packets: 0, bytes: 0 };
    this.total = { packets: 0, control: none, messages: none, state: none, bulk: none };
  }

  get packetsPerSecond(): number {
    const [first] = this.#window;
    const last = this.#window.at(-1);
    if (first === undefined || last === undefined || last.at === first.at) return 0;
    return ((last.packets - first.packets) * 1_000) / (last.at - first.at);
  }

  /** `link` is undefined when the process knows of no session. */
  update(link: Link | undefined, now: number): void {
    this.latest = link?.state === 'established' ? link : undefined;
    if (link !== undefined) {
      this.total.packets += growth(link.sent.packets, this.#previous?.sent.packets);
      for (const channel of channels) {
        const { packets, bytes } = this.total[channel];
        const [sent, before] = [link.channels[channel].sent, this.#previous?.channels[channel].sent];
        this.total[channel] = {
          packets: packets + growth(sent.packets, before?.packets),
          bytes: bytes + growth(sent.bytes, before?.bytes),
        };
      }
    }
    this.#previous = link;
    this.#window = [...this.#window, { at: now, packets: this.total.packets }].filter(({ at }) => at >= now - WINDOW_MS);
  }
}

/** A counter that is lower than before has begun anew, with a new session. */
function growth(counter: number, before = 0): number {
  return counter < before ? counter : counter - before;
}
