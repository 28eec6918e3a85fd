import { SteamError } from '../driver/SteamError.ts';
import { type Control, encodeControl } from '../wire/control.ts';
import { Code } from '../wire/packet.ts';
import type { Compressor } from './Compressor.ts';
import type { Outbox } from './Outbox.ts';
import type { ResolvedOptions } from './options.ts';
import { countSent, type SessionTraffic } from './traffic.ts';

/** The bound of the whole queue, control frames included, as a multiple of `maxQueueBytes`. */
const CONTROL_SHARE = 2;

/** The control frames of one session on their way out: within their bound, compressed and counted. */
export class ControlSender {
  readonly #peer: bigint;
  readonly #maxBytes: number;
  readonly #outbox: Outbox;
  readonly #compressor: Compressor;
  readonly #traffic: SessionTraffic;

  constructor(peer: bigint, { maxQueueBytes }: ResolvedOptions, outbox: Outbox, compressor: Compressor, traffic: SessionTraffic) {
    this.#peer = peer;
    this.#maxBytes = maxQueueBytes * CONTROL_SHARE;
    this.#outbox = outbox;
    this.#compressor = compressor;
    this.#traffic = traffic;
  }

  /** Returns why the session is over when the peer asks and asks, and takes no answer. */
  send(control: Control): SteamError | undefined {
    const payload = encodeControl(control);
    const hasContent = control.type === 'request' || control.type === 'response';
    // The others are short: a receiver takes none of them compressed.
    const frame = hasContent ? this.#compressor.pack(Code.Control, payload, 'reliable') : { code: Code.Control, payload };
    if (!this.#hasRoom(frame.payload.length)) return this.#overflow();
    countSent(payload.length, true, this.#traffic.control);
    this.#compressor.count(payload.length, frame);
    this.#outbox.reliable.send(frame.code, frame.payload, this.#traffic.control);
    return undefined;
  }

  /** A hello, in its place in the reliable stream. False when it is not sent: who takes nothing, and asks for it again and again, will ask once more. */
  sendHello(packet: Uint8Array): boolean {
    if (!this.#hasRoom(packet.length)) return false;
    this.#outbox.reliable.sendHello(packet);
    return true;
  }

  /** Answers are beyond the bound of the data, for a close must have room, but not beyond every bound. */
  #hasRoom(bytes: number): boolean {
    return this.#outbox.reliable.queuedBytes + bytes <= this.#maxBytes;
  }

  #overflow(): SteamError {
    const message = `slow peer: ${this.#outbox.reliable.queuedBytes} bytes of answers wait for Steam user ${this.#peer} (maxQueueBytes)`;
    return new SteamError('connection-lost', message);
  }
}
