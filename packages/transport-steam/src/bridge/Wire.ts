import type { Budget } from '../connection/Budget.ts';
import type { BridgePort } from './BridgePort.ts';
import { aliveFrame, byeFrame, decodeFrame, type End, type Frame, FrameType } from './frames.ts';

/** Between two looks whether the other end is there. Unit: ms. */
const PULSE_MS = 5_000;

/** Close codes of a bridge: RFC 6455, section 7.4.1. */
export const BridgeCode = {
  Normal: 1000,
  GoingAway: 1001,
  /** What came is no frame, or not one that may come now. */
  ProtocolError: 1002,
  /** The port is gone, or silent. */
  Abnormal: 1006,
  /** The other end does more than anybody needs to. */
  PolicyViolation: 1008,
  TooBig: 1009,
  InternalError: 1011,
  /** The other end does not take what is sent. */
  TooSlow: 1013,
} as const;

/** What a {@link Wire} does not see to itself. */
export type WireFrame = Exclude<Frame, { type: typeof FrameType.Bye | typeof FrameType.Alive }>;

export interface WireEvents {
  /** `bytes`: its length. */
  onFrame(frame: WireFrame, bytes: number): void;

  /** Exactly once, and nothing after it. */
  onEnd(end: End): void;
}

export interface WireOptions {
  /** The owner asks whether the page is there, and the page answers: a browser slows the timers of a page in the background down. */
  readonly asks: boolean;
  /** Silence after which the other end is gone. Unit: ms. */
  readonly silenceMs: number;
  /** What may wait in the port. Unit: bytes. */
  readonly maxPortBytes: number;
  /** Frames that no window counts: all but messages. Without one there may be any number. */
  readonly budget?: Budget;
}

/** A port on which both ends speak the bridge's frames: tells frames from garbage, and who is there from who is not. */
export class Wire {
  readonly #port: BridgePort;
  readonly #events: WireEvents;
  readonly #options: WireOptions;
  readonly #timer: ReturnType<typeof setInterval>;
  #silentMs = 0;
  #isOver = false;

  constructor(port: BridgePort, options: WireOptions, events: WireEvents) {
    this.#port = port;
    this.#events = events;
    this.#options = options;
    this.#timer = setInterval(() => this.#look(), PULSE_MS);
    // In Node it is the port that keeps a process alive, or does not.
    (this.#timer as { unref?: () => void }).unref?.();
    port.start({
      onFrame: (frame) => this.#receive(frame),
      onClose: (reason) => this.#over({ code: BridgeCode.Abnormal, error: 'connection-lost', reason }),
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** The bytes are the port's from now on. */
  send(frame: Uint8Array<ArrayBuffer>): void {
    if (this.#isOver) return;
    if (this.#port.bufferedAmount > this.#options.maxPortBytes) {
      const reason = `more than ${this.#options.maxPortBytes} bytes wait for the other end of the bridge`;
      this.end({ code: BridgeCode.TooSlow, error: 'connection-lost', reason });
      return;
    }
    this.#port.send(frame);
  }

  /** Tells the other end, and ends here. Calling it again does nothing. */
  end(end: End): void {
    if (this.#isOver) return;
    this.#port.send(byeFrame(end));
    this.#over(end);
  }

  #over(end: End): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearInterval(this.#timer);
    this.#port.close(end.reason);
    this.#events.onEnd(end);
  }

  #receive(bytes: Uint8Array | undefined): void {
    if (this.#isOver) return;
    const frame = bytes && decodeFrame(bytes);
    if (bytes === undefined || frame === undefined) {
      this.end({
        code: BridgeCode.ProtocolError,
        error: 'protocol-error',
        reason: 'what came over the bridge is no frame of it',
      });
      return;
    }
    this.#silentMs = 0;
    if (frame.type !== FrameType.Data && this.#options.budget?.take(performance.now()) === false) {
      this.end({ code: BridgeCode.PolicyViolation, error: 'protocol-error', reason: 'the bridge is flooded' });
      return;
    }
    if (frame.type === FrameType.Bye) {
      const { type: _, ...end } = frame;
      this.#over(end);
    } else if (frame.type === FrameType.Alive) {
      if (!this.#options.asks) this.send(aliveFrame());
    } else {
      this.#events.onFrame(frame, bytes.length);
    }
  }

  /** Looks are counted, not time: a machine that slept, or a page that was stopped, has looked no more often than it could listen. */
  #look(): void {
    this.#silentMs += PULSE_MS;
    if (this.#silentMs > this.#options.silenceMs) {
      const reason = `nothing came over the bridge for ${this.#options.silenceMs} ms`;
      this.end({ code: BridgeCode.Abnormal, error: 'connection-lost', reason });
    } else if (this.#options.asks) {
      this.send(aliveFrame());
    }
  }
}
