import { guard } from '../connection/guard.ts';
import type { ConnectionEvents, SteamRequest, SteamResponse } from '../connection/types.ts';
import { SteamError, type SteamErrorCode } from '../driver/SteamError.ts';
import { decodeResponse, encodeRequest } from '../wire/requestCodec.ts';
import type { BridgePort } from './BridgePort.ts';
import {
  BRIDGE_VERSION,
  CALL_STREAM,
  callFrame,
  cancelFrame,
  costOf,
  creditFrame,
  type End,
  FrameType,
  helloFrame,
  requestFrame,
  type Welcome,
} from './frames.ts';
import { Inflow } from './Inflow.ts';
import { Outflow } from './Outflow.ts';
import { type ConnectionPort, PageConnection } from './PageConnection.ts';
import { BridgeCode, Wire, type WireFrame } from './Wire.ts';

export interface PageSessionOptions {
  readonly fingerprint: bigint;
  readonly connectTimeoutMs: number;
  readonly silenceMs: number;
  readonly windowBytes: number;
  readonly maxBufferedBytes: number;
}

/** Somebody who waits for an answer: the content of a response, or the JSON of a result. */
interface Pending {
  answer(answer: Uint8Array | string): void;
  fail(error: Error): void;
}

/** The page's end of a bridge: what it asks the owner, what it is told, and its connections. */
export class PageSession {
  readonly welcome: Welcome;
  readonly #wire: Wire;
  readonly #calls: Outflow;
  readonly #answers: Inflow;
  readonly #port: ConnectionPort;
  readonly #pending = new Map<number, Pending>();
  readonly #connections = new Map<number, PageConnection>();
  #onEvent: ((name: number, json: string) => void) | undefined;
  /** The welcome and what follows it may come in one turn. */
  readonly #earlyEvents: { readonly name: number; readonly json: string }[] = [];
  readonly #endHandlers = new Set<(end: End) => void>();
  #end: End | undefined;
  #lastId: number = CALL_STREAM;

  private constructor(wire: Wire, welcome: Welcome, { windowBytes, maxBufferedBytes }: PageSessionOptions) {
    const transmit = (frame: Uint8Array<ArrayBuffer>) => wire.send(frame);
    this.welcome = welcome;
    this.#wire = wire;
    this.#calls = new Outflow(welcome.windowBytes, maxBufferedBytes, transmit);
    this.#answers = new Inflow(windowBytes, (bytes) => transmit(creditFrame(CALL_STREAM, bytes)));
    this.#port = {
      windowBytes,
      maxBufferedBytes,
      ownerWindowBytes: welcome.windowBytes,
      maxMessageBytes: welcome.maxMessageBytes,
      transmit,
      forget: (id) => void this.#connections.delete(id),
    };
  }

  /**
   * Says hello, and waits for the welcome.
   *
   * @throws SteamError (rejects) `version-mismatch`, `schema-mismatch`, `timed-out`, or what else the owner or the port has against it
   */
  static open(port: BridgePort, options: PageSessionOptions): Promise<PageSession> {
    const { fingerprint, windowBytes, connectTimeoutMs, silenceMs } = options;
    return new Promise((resolve, reject) => {
      let session: PageSession | undefined;
      const wire = new Wire(
        port,
        { asks: false, silenceMs, maxPortBytes: Number.POSITIVE_INFINITY },
        {
          onFrame: (frame, bytes) => {
            if (session !== undefined) {
              session.#receive(frame, costOf(bytes));
            } else if (frame.type === FrameType.Welcome) {
              clearTimeout(timer);
              session = new PageSession(wire, frame, options);
              resolve(session);
            } else {
              wire.end(unexpected());
            }
          },
          onEnd: (end) => {
            clearTimeout(timer);
            if (session !== undefined) session.#over(end);
            reject(errorOf(end));
          },
        },
      );
      const timer = setTimeout(() => {
        const reason = `nobody served the bridge within ${connectTimeoutMs} ms: serveBridge() takes its other end`;
        wire.end({ code: BridgeCode.Abnormal, error: 'timed-out', reason });
      }, connectTimeoutMs);
      wire.send(helloFrame({ version: BRIDGE_VERSION, windowBytes, fingerprint }));
    });
  }

  /** How the bridge ended, once it has. */
  get end(): End | undefined {
    return this.#end;
  }

  /** Bytes that wait here, because the owner has not taken what was sent before. */
  get bufferedAmount(): number {
    let bytes = this.#calls.bufferedAmount;
    for (const connection of this.#connections.values()) bytes += connection.bufferedAmount;
    return bytes;
  }

  /** Has `handler` called with what the owner tells, from the beginning. */
  onEvent(handler: (name: number, json: string) => void): void {
    this.#onEvent = handler;
    for (const { name, json } of this.#earlyEvents.splice(0)) guard(() => handler(name, json));
  }

  /** Has `handler` called once, when the bridge ends, until the returned function is. */
  onEnd(handler: (end: End) => void): () => void {
    const own = (end: End) => handler(end);
    this.#endHandlers.add(own);
    return () => void this.#endHandlers.delete(own);
  }

  open(host: bigint, target: string, events: ConnectionEvents): PageConnection {
    const id = ++this.#lastId;
    const connection = new PageConnection(this.#port, id, host, target, events);
    const { end } = this;
    if (end === undefined) this.#connections.set(id, connection);
    else queueMicrotask(() => connection.handleLost(lost(end)));
    return connection;
  }

  async request(host: bigint, request: SteamRequest, signal: AbortSignal): Promise<SteamResponse> {
    const content = encodeRequest(request);
    const answer = await this.#ask((id) => requestFrame(id, host, content), signal);
    const response = typeof answer === 'string' ? undefined : decodeResponse(answer);
    if (response === undefined)
      throw new SteamError('protocol-error', 'the owner of the bridge answered a request with what is no response');
    return response;
  }

  /** Asks the owner himself. What it resolves to is JSON of his. */
  async call(name: number, argument: unknown, signal?: AbortSignal): Promise<unknown> {
    const json = JSON.stringify(argument) ?? 'null';
    const answer = await this.#ask((id) => callFrame(id, name, json), signal);
    return typeof answer === 'string' ? JSON.parse(answer) : undefined;
  }

  close(code: number, reason: string): void {
    this.#wire.end({ code, error: undefined, reason });
  }

  #ask(frameOf: (id: number) => Uint8Array<ArrayBuffer>, signal: AbortSignal | undefined): Promise<Uint8Array | string> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      if (this.#end !== undefined) throw errorOf(this.#end);
      const id = ++this.#lastId;
      const frame = frameOf(id);
      if (!this.#calls.send(frame, true)) {
        throw new RangeError(`${frame.length} bytes are more than may wait for the owner of the bridge`);
      }
      const abort = () => {
        settle();
        this.#wire.send(cancelFrame(id));
        reject(signal?.reason);
      };
      const settle = () => {
        this.#pending.delete(id);
        signal?.removeEventListener('abort', abort);
      };
      signal?.addEventListener('abort', abort);
      this.#pending.set(id, {
        answer: (answer) => {
          settle();
          resolve(answer);
        },
        fail: (error) => {
          settle();
          reject(error);
        },
      });
    });
  }

  #receive(frame: WireFrame, cost: number): void {
    if (!this.#handle(frame, cost)) this.#wire.end(unexpected());
  }

  /** False for what the owner may not send now. What is about a connection or a question that is over is passed over. */
  #handle(frame: WireFrame, cost: number): boolean {
    switch (frame.type) {
      case FrameType.Credit:
        if (frame.id === CALL_STREAM) return this.#calls.credit(frame.bytes);
        return this.#connections.get(frame.id)?.handleCredit(frame.bytes) ?? true;
      case FrameType.Opened:
        this.#connections.get(frame.id)?.handleOpened();
        return true;
      case FrameType.Data:
        return this.#connections.get(frame.id)?.handleData(frame.bytes, frame.delivery, cost) ?? true;
      case FrameType.Close:
        this.#connections.get(frame.id)?.handleClose(frame);
        return true;
      case FrameType.Response:
      case FrameType.Failure:
      case FrameType.Result:
      case FrameType.Event:
        return this.#answered(frame, cost);
      default:
        return false;
    }
  }

  #answered(frame: AnswerFrame, cost: number): boolean {
    if (!this.#answers.receive(cost)) return false;
    if (frame.type === FrameType.Event) {
      const onEvent = this.#onEvent;
      if (onEvent === undefined) this.#earlyEvents.push(frame);
      else guard(() => onEvent(frame.name, frame.json));
    } else {
      const pending = this.#pending.get(frame.id);
      if (frame.type === FrameType.Failure) pending?.fail(failed(frame.error, frame.reason));
      else pending?.answer(frame.type === FrameType.Result ? frame.json : frame.content);
    }
    this.#answers.take(cost);
    return true;
  }

  #over(end: End): void {
    this.#end = end;
    for (const { fail } of [...this.#pending.values()]) fail(errorOf(end));
    for (const connection of [...this.#connections.values()]) connection.handleLost(lost(end));
    this.#connections.clear();
    for (const handler of [...this.#endHandlers]) guard(() => handler(end));
  }
}

type AnswerFrame = Extract<
  WireFrame,
  { type: typeof FrameType.Response | typeof FrameType.Failure | typeof FrameType.Result | typeof FrameType.Event }
>;

function unexpected(): End {
  const reason = 'the owner of the bridge sent what may not come now';
  return { code: BridgeCode.ProtocolError, error: 'protocol-error', reason };
}

/** To a room the end of its bridge is a lost link, whoever ended it and why. */
function lost({ error = 'closed', reason }: End): End {
  return { code: BridgeCode.Abnormal, error, reason: `the bridge ended: ${reason}` };
}

function errorOf({ error = 'closed', reason }: End): SteamError {
  return new SteamError(error, `the bridge ended: ${reason}`);
}

/** Of a request or a call. */
function failed(error: SteamErrorCode | undefined, reason: string): Error {
  return error === undefined ? new Error(reason) : new SteamError(error, reason);
}
