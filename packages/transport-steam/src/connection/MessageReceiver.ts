import { CloseCode, type Connection } from './Connection.ts';
import type { Origin } from './Inbox.ts';
import type { ResolvedOptions } from './options.ts';
import { countMessage, type SessionTraffic } from './traffic.ts';

/** The messages of one session on their way in: counted, within its limits, and given to their connections. */
export class MessageReceiver {
  readonly #maxMessageBytes: number;
  readonly #traffic: SessionTraffic;
  /** Of the packet that is being received. */
  steamChannel = 0;
  #late = 0;

  constructor({ maxMessageBytes }: ResolvedOptions, traffic: SessionTraffic) {
    this.#maxMessageBytes = maxMessageBytes;
    this.#traffic = traffic;
  }

  /** Unreliable messages that came too late. */
  get late(): number {
    return this.#late;
  }

  /** False when it is refused. `connection` is undefined when the message was on its way as it was refused or closed here. */
  receive(connection: Connection | undefined, payload: Uint8Array, origin: Origin): boolean {
    const { reliable } = origin;
    const counters = reliable ? this.#traffic.receivedReliable : this.#traffic.receivedUnreliable(this.steamChannel);
    countMessage(counters.received, payload.length, reliable);
    if (connection === undefined) return false;
    if (!reliable) {
      if (!connection.handleUnreliable(payload, origin)) this.#countLate();
    } else if (payload.length > this.#maxMessageBytes) {
      const reason = `message of ${payload.length} bytes is over the limit of ${this.#maxMessageBytes} bytes (maxMessageBytes)`;
      connection.close(CloseCode.MessageTooBig, reason);
      return false;
    } else {
      connection.handleMessage(payload);
    }
    return true;
  }

  #countLate(): void {
    this.#late++;
    this.#traffic.receivedUnreliable(this.steamChannel).dropped++;
  }
}
