import { CloseCode as SdkCloseCode } from '@colyseus/sdk';
import type { SteamLink } from '../client/SteamLink.ts';
import { CloseCode, type Connection } from '../connection/Connection.ts';
import { isReliable } from '../connection/delivery.ts';
import type { Delivery, SendOptions } from '../connection/types.ts';
import { readCompact } from '../messages/compact.ts';
import type { Messages } from '../messages/Messages.ts';
import { closeFrame, creditFrame, dataFrame, type End, openedFrame } from './frames.ts';
import { Inflow } from './Inflow.ts';
import { Outflow } from './Outflow.ts';

/** What an {@link OwnerConnection} needs of the owner's session. */
export interface OwnerPort {
  readonly windowBytes: number;
  /** Of the page. */
  readonly pageWindowBytes: number;
  readonly maxBufferedBytes: number;
  readonly messages: Messages | undefined;
  transmit(frame: Uint8Array<ArrayBuffer>): void;
  /** Both ends have closed it. */
  forget(id: number): void;
}

/** Ends after which the SDK tries to come back; it pauses up to 5 s between two attempts, and should find the session still there. */
const RETURNING: readonly number[] = [
  SdkCloseCode.GOING_AWAY,
  SdkCloseCode.NO_STATUS_RECEIVED,
  SdkCloseCode.ABNORMAL_CLOSURE,
  SdkCloseCode.MAY_TRY_RECONNECT,
];
const LINGER_MS = 6_000;

/** A connection to a host, for a page: what one end sends, the other gets, no faster than it is taken. */
export class OwnerConnection {
  readonly #id: number;
  readonly #port: OwnerPort;
  readonly #out: Outflow;
  readonly #in: Inflow;
  #steam: Connection | undefined;
  /** What the page sent and Steam has not taken yet. */
  #owed = 0;
  /** We have said that it is over, or are about to: the page may not have heard yet. */
  #isEnding = false;

  constructor(port: OwnerPort, id: number) {
    this.#id = id;
    this.#port = port;
    this.#out = new Outflow(port.pageWindowBytes, port.maxBufferedBytes, (frame) => port.transmit(frame));
    this.#in = new Inflow(port.windowBytes, (bytes) => port.transmit(creditFrame(id, bytes)));
  }

  get bufferedAmount(): number {
    return this.#out.bufferedAmount;
  }

  dial(link: SteamLink, host: bigint, target: string): void {
    const { messages } = this.#port;
    let mayReturn = false;
    try {
      this.#steam = link.dial(
        host,
        target,
        {
          onOpen: () => {
            this.#port.transmit(openedFrame(this.#id));
            this.#takeOwed();
          },
          onMessage: (bytes, reliable) => {
            const declared = messages && readCompact(bytes, messages)?.declared;
            if (declared !== undefined) this.#steam?.countReceived(declared.name, bytes.length, reliable);
            this.#deliver(bytes, reliable);
          },
          onDrain: () => this.#takeOwed(),
          onClose: (code, reason, error) => {
            mayReturn = RETURNING.includes(code);
            this.refuse({ code, error: error?.code, reason });
          },
        },
        () => (mayReturn ? LINGER_MS : undefined),
      );
    } catch (error) {
      // Of what the page asked for, such as a target that is none.
      this.refuse({ code: CloseCode.Abnormal, error: 'protocol-error', reason: String((error as Error).message) });
    }
  }

  /** The end, from this side. */
  refuse(end: End): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#out.finish(closeFrame(this.#id, end));
  }

  /** False when it was not allowed to come. */
  handleData(bytes: Uint8Array, delivery: Delivery, latest: number | undefined, cost: number): boolean {
    if (!this.#in.receive(cost)) return false;
    const steam = this.#steam;
    if (steam === undefined || this.#isEnding) {
      this.#in.take(cost);
      return true;
    }
    try {
      steam.send(bytes, delivery, this.#routeOf(bytes, delivery, latest));
    } catch (error) {
      // Larger than the host takes. An unreliable one may be lost, and is.
      if (!(error instanceof RangeError)) throw error;
      if (isReliable(delivery)) this.#fail(CloseCode.MessageTooBig, error.message);
    }
    this.#owed += cost;
    // Steam has a queue of its own, which must not fill: what the page may send is what Steam takes.
    if (steam.state === 'open' && steam.bufferedAmount < this.#port.windowBytes) this.#takeOwed();
    return true;
  }

  /** False when so much was never sent. */
  handleCredit(bytes: number): boolean {
    return this.#out.credit(bytes);
  }

  /** The page has closed it, or has heard that it is closed. */
  handleClose({ code, reason }: End): void {
    this.#out.clear();
    if (!this.#isEnding) this.#port.transmit(closeFrame(this.#id, { code, error: undefined, reason }));
    this.#isEnding = true;
    this.#port.forget(this.#id);
    this.#steam?.close(code, reason);
  }

  #deliver(bytes: Uint8Array, reliable: boolean): void {
    if (this.#isEnding) return;
    if (this.#out.send(dataFrame(this.#id, bytes, reliable ? 'reliable' : 'unreliable'), reliable)) return;
    this.#out.clear();
    this.#fail(CloseCode.SlowPeer, `more than ${this.#port.maxBufferedBytes} bytes wait for the page`);
  }

  #fail(code: number, reason: string): void {
    this.refuse({ code, error: undefined, reason });
    this.#steam?.close(code, reason);
  }

  #takeOwed(): void {
    const owed = this.#owed;
    this.#owed = 0;
    this.#in.take(owed);
  }

  /** As the page's declared messages travel; their names need not cross. */
  #routeOf(bytes: Uint8Array, delivery: Delivery, latest: number | undefined): SendOptions | undefined {
    const { messages } = this.#port;
    const declared = messages && readCompact(bytes, messages)?.declared;
    if (declared === undefined) return latest === undefined ? undefined : { latest };
    if (declared.delivery !== delivery) return { label: declared.name, latest };
    return { label: declared.name, channel: declared.channel, latest };
  }
}
