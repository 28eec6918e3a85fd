import type { Compressor } from './Compressor.ts';
import { CloseCode, type Connection } from './Connection.ts';
import { checkLatest, goesUnreliable, isReliable, tooLarge } from './delivery.ts';
import type { Outbox } from './Outbox.ts';
import type { ResolvedOptions } from './options.ts';
import { countSent, type SessionTraffic } from './traffic.ts';
import type { Delivery, SendOptions } from './types.ts';

/** The messages of one session on their way out: within its limits, compressed, counted, and on the lane that they go by. */
export class MessageSender {
  readonly #options: ResolvedOptions;
  readonly #outbox: Outbox;
  readonly #compressor: Compressor;
  readonly #traffic: SessionTraffic;
  /** The smaller of both ends' limits. */
  maxMessageBytes: number;

  constructor(options: ResolvedOptions, outbox: Outbox, compressor: Compressor, traffic: SessionTraffic) {
    this.#options = options;
    this.#outbox = outbox;
    this.#compressor = compressor;
    this.#traffic = traffic;
    this.maxMessageBytes = options.maxMessageBytes;
  }

  /** The lane that it goes by; undefined when the connection was closed over it. @throws RangeError: see {@link Connection.send} */
  send(
    connection: Connection,
    bytes: Uint8Array,
    delivery: Delivery,
    how: SendOptions | undefined,
  ): 'reliable' | 'unreliable' | undefined {
    const { oversizedUnreliable, maxQueueBytes } = this.#options;
    const { peer, code } = connection;
    if (bytes.length > this.maxMessageBytes) throw tooLarge(peer, bytes.length, this.maxMessageBytes);
    const route = this.#traffic.route(delivery, how?.channel);
    const latest = how?.latest;
    if (latest !== undefined) checkLatest(latest, delivery);
    const frame = this.#compressor.pack(code, bytes, isReliable(delivery) ? 'reliable' : 'unreliable', how?.isShared);
    const isUnreliable = goesUnreliable(frame.payload.length, delivery, oversizedUnreliable);
    const queuedBytes = this.#outbox.reliable.queuedBytes;
    if (!isUnreliable && queuedBytes + frame.payload.length > maxQueueBytes) {
      const reason = `slow peer: ${queuedBytes} bytes wait for Steam user ${peer} and ${frame.payload.length} more were sent, the limit (maxQueueBytes) is ${maxQueueBytes}`;
      connection.close(CloseCode.SlowPeer, reason);
      return undefined;
    }
    const type = how?.label === undefined ? undefined : this.#traffic.type(how.label);
    this.#compressor.count(bytes.length, frame);
    if (isUnreliable && latest !== undefined) {
      this.#outbox.unreliable.sendLatest(code, latest, frame, bytes.length, route, type);
    } else if (isUnreliable) {
      countSent(bytes.length, false, route, type);
      this.#outbox.unreliable.send(frame.code, frame.payload, route, type);
    } else {
      if (latest !== undefined) this.#outbox.unreliable.replaceLatest(code, latest);
      countSent(bytes.length, true, route, type);
      this.#outbox.reliable.send(frame.code, frame.payload, route, type);
    }
    return isUnreliable ? 'unreliable' : 'reliable';
  }
}
