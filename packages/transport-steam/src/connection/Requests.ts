import { SteamError } from '../driver/SteamError.ts';
import { utf8 } from '../wire/bytes.ts';
import type { Control } from '../wire/control.ts';
import { RefuseCode } from '../wire/hello.ts';
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse } from '../wire/requestCodec.ts';
import type { Connection } from './Connection.ts';
import type { Rejection } from './context.ts';
import type { ResolvedOptions } from './options.ts';
import type { ConnectionEvents, RequestHandler, RequestResult, SteamRequest, SteamResponse } from './types.ts';

/** Requests of one peer that are answered at the same time; a further one is refused as full. */
const MAX_SERVED = 32;

/** Of these, how many are begun in a turn: each may cost the game a room, a third of a millisecond. The others wait. */
const MAX_BEGUN = 4;

/** Ids are 16 bits, and 0xffff means none. */
const MAX_ID = 0xfffe;

type Offer = NonNullable<RequestResult['offer']>;

/** Opens a connection to the one who asks, along with the answer to his request. */
export type OfferTo = (target: string, events: ConnectionEvents) => Connection;

/** Who answers a request for this path, or why nobody does; an undefined path is malformed. `isAgain`: it was asked for before, and counted then. */
export type FindResponder = (path: string | undefined, isAgain: boolean) => RequestHandler | Rejection | 'undecided';

interface Pending {
  readonly since: number;
  readonly resolve: (result: RequestResult) => void;
  readonly reject: (error: unknown) => void;
  offer?: Offer;
}

/** A request of the peer that waits. */
interface Held {
  readonly id: number;
  readonly since: number;
  readonly request: SteamRequest | undefined;
  readonly responder: FindResponder;
  readonly offer: OfferTo;
}

/** A peer's requests that are being answered, in this session and in those before: he cannot have more by beginning anew. */
export interface Serving {
  count: number;
  /** In this turn. */
  begun: number;
}

/** What the session does for its requests. */
export interface RequestStream {
  send(control: Control): void;
  /** The largest content that both ends take. */
  maxBytes(): number;
  countRejected(): void;
  /** Runs `task` when the next turn begins, before anything is read. */
  nextTurn(task: () => void): void;
}

/** Requests and responses of one session, both ways. */
export class Requests {
  readonly #peer: bigint;
  readonly #options: ResolvedOptions;
  readonly #stream: RequestStream;
  /** Ours, oldest first. Made with the first one: most sessions of a host have none. */
  #pending: Map<number, Pending> | undefined;
  readonly #serving: Serving;
  /** Of those the ones in this session that wait for their answer. */
  readonly #served: { readonly id: number }[] = [];
  /** We began the session, so its peer was let in by nobody: what he asks first waits for the host's word on him. */
  readonly #held: Held[] = [];
  /** Those of which others were begun before. */
  readonly #waiting: Held[] = [];
  #nextId = 0;

  constructor(peer: bigint, options: ResolvedOptions, serving: Serving, stream: RequestStream) {
    this.#peer = peer;
    this.#options = options;
    this.#serving = serving;
    this.#stream = stream;
  }

  /** Requests that wait for an answer, ours and the peer's. */
  get size(): number {
    return (this.#pending?.size ?? 0) + this.#served.length + this.#held.length + this.#waiting.length;
  }

  send(request: SteamRequest, signal: AbortSignal | undefined, now: number): Promise<RequestResult> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const content = encodeRequest(request);
      const maxBytes = this.#stream.maxBytes();
      if (content.length > maxBytes) {
        throw new RangeError(`request of ${content.length} bytes is over the limit of ${maxBytes} bytes (maxMessageBytes)`);
      }
      const id = this.#freeId();
      const abort = () => this.#settle(id, (pending) => pending.reject(signal?.reason));
      const done = <T>(settle: (value: T) => void) => {
        return (value: T) => {
          signal?.removeEventListener('abort', abort);
          settle(value);
        };
      };
      this.#pending ??= new Map();
      this.#pending.set(id, { since: now, resolve: done(resolve), reject: done(reject) });
      signal?.addEventListener('abort', abort);
      this.#stream.send({ type: 'request', id, content });
    });
  }

  /** An offer that comes with the answer to our request `id`. False when nobody waits for one. */
  receiveOffer(id: number, target: string, connection: Connection): boolean {
    const pending = this.#pending?.get(id);
    if (pending === undefined || pending.offer !== undefined) return false;
    pending.offer = { target, connection };
    return true;
  }

  /** False when malformed. */
  receiveResponse(id: number, content: Uint8Array): boolean {
    const response = decodeResponse(content);
    if (response === undefined) return false;
    this.#settle(id, ({ resolve, offer }) => resolve(offer === undefined ? response : { ...response, offer }));
    return true;
  }

  receiveFailure(id: number, error: SteamError): void {
    if (!this.#pending?.has(id)) this.#stream.countRejected();
    this.#settle(id, (pending) => pending.reject(error));
  }

  /** Answers a request of the peer. */
  receiveRequest(id: number, content: Uint8Array, responder: FindResponder, offer: OfferTo, now: number): void {
    this.#answer({ id, since: now, request: decodeRequest(content), responder, offer }, 'peer');
  }

  tick(now: number): void {
    if (this.#held.length > 0) this.#askAgain(now);
    if (this.#pending === undefined || this.#pending.size === 0) return;
    for (const [id, pending] of this.#pending) {
      const { requestTimeoutMs } = this.#options;
      if (now - pending.since < requestTimeoutMs) return;
      const message = `Steam user ${this.#peer} is there, but did not answer the request within ${requestTimeoutMs} ms (requestTimeoutMs)`;
      this.#settle(id, ({ reject }) => reject(new SteamError('timed-out', message)));
    }
  }

  /** What the peer asked is not answered any more. */
  refuseAll(reason: string): void {
    for (const { id } of [...this.#served, ...this.#held, ...this.#waiting]) this.#fail(id, RefuseCode.Denied, reason);
    this.#served.length = this.#held.length = this.#waiting.length = 0;
  }

  end(error: SteamError): void {
    this.#served.length = this.#held.length = this.#waiting.length = 0;
    for (const id of [...(this.#pending?.keys() ?? [])]) this.receiveFailure(id, error);
  }

  #answer(held: Held, from: 'peer' | 'held' | 'waiting'): void {
    const { id, request, responder, offer } = held;
    const respond = responder(request?.path, from !== 'peer');
    if (typeof respond === 'object') {
      this.#fail(id, respond.code, respond.reason);
    } else if (request === undefined) {
      this.#fail(id, RefuseCode.Denied, 'malformed request');
    } else if (this.#serving.count + this.#held.length + this.#waiting.length >= MAX_SERVED) {
      this.#stream.countRejected();
      this.#fail(id, RefuseCode.Full, `${MAX_SERVED} requests of yours are being answered`);
    } else if (respond === 'undecided') {
      this.#held.push(held);
    } else if (from !== 'waiting' && (this.#serving.begun === MAX_BEGUN || this.#waiting.length > 0)) {
      if (this.#waiting.push(held) === 1) this.#stream.nextTurn(() => this.#beginWaiting());
    } else {
      const served = { id };
      this.#served.push(served);
      void this.#serve(respond, request, offer).then((response) => {
        const at = this.#served.indexOf(served);
        if (at < 0) return;
        this.#served.splice(at, 1);
        this.#stream.send({ type: 'response', id, content: this.#encode(response) });
      });
    }
  }

  #askAgain(now: number): void {
    const { connectTimeoutMs } = this.#options;
    // A handler may end it all.
    for (let left = this.#held.length; left > 0; left--) {
      const one = this.#held.shift();
      if (one === undefined) return;
      if (now - one.since < connectTimeoutMs) this.#answer(one, 'held');
      else this.#fail(one.id, RefuseCode.Denied, `the host has not decided within ${connectTimeoutMs} ms (connectTimeoutMs)`);
    }
  }

  #beginWaiting(): void {
    while (this.#serving.begun < MAX_BEGUN) {
      const one = this.#waiting.shift();
      if (one === undefined) return;
      this.#answer(one, 'waiting');
    }
    if (this.#waiting.length > 0) this.#stream.nextTurn(() => this.#beginWaiting());
  }

  #countBegun(): void {
    const serving = this.#serving;
    if (serving.begun++ > 0) return;
    this.#stream.nextTurn(() => {
      serving.begun = 0;
    });
  }

  async #serve(respond: RequestHandler, request: SteamRequest, offer: OfferTo): Promise<SteamResponse> {
    this.#serving.count++;
    this.#countBegun();
    let mayOffer = true;
    const offerOnce: OfferTo = (target, events) => {
      if (!mayOffer) throw new Error('only one connection can be offered with an answer, and only before it');
      mayOffer = false;
      return offer(target, events);
    };
    try {
      return await respond(this.#peer, request, offerOnce);
    } catch {
      return failure('the host failed to answer');
    } finally {
      mayOffer = false;
      this.#serving.count--;
    }
  }

  #encode(response: SteamResponse): Uint8Array {
    const maxBytes = this.#stream.maxBytes();
    try {
      const content = encodeResponse(response);
      if (content.length <= maxBytes) return content;
      return encodeResponse(
        failure(`response of ${content.length} bytes is over the limit of ${maxBytes} bytes (maxMessageBytes)`),
      );
    } catch (error) {
      return encodeResponse(failure((error as Error).message));
    }
  }

  #fail(id: number, code: RefuseCode, reason: string): void {
    this.#stream.send({ type: 'requestFailed', id, code, reason });
  }

  #settle(id: number, settle: (pending: Pending) => void): void {
    const pending = this.#pending?.get(id);
    if (pending === undefined) return;
    this.#pending?.delete(id);
    settle(pending);
  }

  #freeId(): number {
    if (this.#pending !== undefined && this.#pending.size > MAX_ID)
      throw new SteamError('full', `${MAX_ID} requests to Steam user ${this.#peer} wait for their answers`);
    do {
      this.#nextId = this.#nextId >= MAX_ID ? 0 : this.#nextId + 1;
    } while (this.#pending?.has(this.#nextId));
    return this.#nextId;
  }
}

function failure(error: string): SteamResponse {
  return { status: 500, headers: [['content-type', 'application/json']], body: utf8(JSON.stringify({ error })) };
}
