import { CloseCode as SdkCloseCode } from '@colyseus/sdk';
import { LobbyClient } from '../client/LobbyClient.ts';
import { Budget } from '../connection/Budget.ts';
import { CloseCode } from '../connection/Connection.ts';
import { fingerprintOf } from '../connection/contract.ts';
import { guard } from '../connection/guard.ts';
import { SteamError } from '../driver/SteamError.ts';
import { decodeRequest, encodeResponse } from '../wire/requestCodec.ts';
import type { BridgePort } from './BridgePort.ts';
import {
  BRIDGE_VERSION,
  CALL_STREAM,
  CallName,
  costOf,
  creditFrame,
  type End,
  eventFrame,
  FrameType,
  failureFrame,
  type Hello,
  responseFrame,
  resultFrame,
  welcomeFrame,
} from './frames.ts';
import { Inflow } from './Inflow.ts';
import { statsJson } from './lobbyJson.ts';
import { Outflow } from './Outflow.ts';
import { OwnerConnection, type OwnerPort } from './OwnerConnection.ts';
import { OwnerHosts } from './OwnerHosts.ts';
import { OwnerLobbies } from './OwnerLobbies.ts';
import type { ResolvedBridgeOptions } from './ownerOptions.ts';
import { bridgeBounds } from './pageOptions.ts';
import { BridgeCode, Wire, type WireFrame } from './Wire.ts';

/** Frames beside messages: a page that reads 100 MB a second sends as many credits. */
const BURST = 1_024;
const REFILL_MS = 1_000;

/** What a page may do once it has said hello. */
interface Served {
  readonly calls: Outflow;
  readonly answers: Inflow;
  readonly port: OwnerPort;
}

type FrameOf<T extends WireFrame['type']> = Extract<WireFrame, { type: T }>;

/** The owner's end of a bridge. A page may be hostile: whatever it sends ends its own bridge at most. */
export class OwnerSession {
  readonly #options: ResolvedBridgeOptions;
  readonly #wire: Wire;
  readonly #hosts: OwnerHosts;
  readonly #connections = new Map<number, OwnerConnection>();
  /** Requests and calls that wait for their answer. */
  readonly #pending = new Map<number, AbortController>();
  #lobbies: OwnerLobbies | undefined;
  #served: Served | undefined;
  #lastId: number = CALL_STREAM;

  constructor(port: BridgePort, options: ResolvedBridgeOptions) {
    const { split, named, mayReach = () => false, limits } = options;
    const { driver, endpoint, tickets } = split;
    this.#options = options;
    this.#hosts = new OwnerHosts({
      driver,
      endpoint,
      tickets,
      mayReach: (host) => host === named || host === this.#lobbies?.host || mayReach(host),
    });
    this.#wire = new Wire(
      port,
      {
        asks: true,
        silenceMs: limits.silenceMs,
        maxPortBytes: limits.maxConnections * limits.maxBufferedBytes,
        budget: new Budget(BURST, REFILL_MS),
      },
      { onFrame: (frame, bytes) => this.#receive(frame, costOf(bytes)), onEnd: (end) => this.#over(end) },
    );
  }

  /** Of the page, those included that have ended without its having heard. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Bytes that wait here, because the page has not taken what was sent before. */
  get bufferedAmount(): number {
    let bytes = this.#served?.calls.bufferedAmount ?? 0;
    for (const connection of this.#connections.values()) bytes += connection.bufferedAmount;
    return bytes;
  }

  close(code: number, reason: string): void {
    this.#wire.end({ code, error: undefined, reason });
  }

  #receive(frame: WireFrame, cost: number): void {
    try {
      const fault = this.#handle(frame, cost);
      if (fault !== undefined) this.#wire.end({ code: BridgeCode.ProtocolError, error: 'protocol-error', reason: fault });
    } catch (error) {
      // Ours, then, whatever the page did: its bridge ends, and nothing else.
      this.#wire.end({ code: BridgeCode.InternalError, error: 'protocol-error', reason: String(error) });
    }
  }

  /** What is wrong with a frame, if anything is. */
  #handle(frame: WireFrame, cost: number): string | undefined {
    const served = this.#served;
    if (served === undefined) return frame.type === FrameType.Hello ? this.#greet(frame) : 'a page says hello first';
    switch (frame.type) {
      case FrameType.Open:
        return this.#open(served, frame);
      case FrameType.Data:
        return this.#data(frame, cost);
      case FrameType.Credit:
        return this.#credit(served, frame);
      case FrameType.Close:
        this.#connections.get(frame.id)?.handleClose(frame);
        return undefined;
      case FrameType.Request:
      case FrameType.Call:
        if (!served.answers.receive(cost)) return 'more than the window was sent';
        served.answers.take(cost);
        return this.#asked(frame);
      case FrameType.Cancel:
        this.#pending.get(frame.id)?.abort();
        return undefined;
      default:
        return 'a page sends no such frame, or sends it once';
    }
  }

  #greet({ version, windowBytes, fingerprint }: Hello): string | undefined {
    const { endpoint, split, named, limits, lobbies } = this.#options;
    if (version !== BRIDGE_VERSION) {
      const reason = `the page speaks version ${version} of the bridge, its owner ${BRIDGE_VERSION}: both come from one version of the package`;
      this.#wire.end({ code: BridgeCode.ProtocolError, error: 'version-mismatch', reason });
      return undefined;
    }
    const [least, most] = bridgeBounds.windowBytes;
    if (windowBytes < least || windowBytes > most) return `a window of ${windowBytes} bytes is not from ${least} to ${most}`;
    const own = fingerprintOf(endpoint.options.contract);
    if (fingerprint !== own) {
      const reason = 'page and owner of the bridge have other message definitions: give both the same option messages';
      this.#wire.end({ code: BridgeCode.ProtocolError, error: 'schema-mismatch', reason });
      return undefined;
    }
    const transmit = (frame: Uint8Array<ArrayBuffer>) => this.#wire.send(frame);
    this.#served = {
      calls: new Outflow(windowBytes, limits.maxBufferedBytes, transmit),
      answers: new Inflow(limits.windowBytes, (bytes) => transmit(creditFrame(CALL_STREAM, bytes))),
      port: {
        windowBytes: limits.windowBytes,
        pageWindowBytes: windowBytes,
        maxBufferedBytes: limits.maxBufferedBytes,
        messages: split.messages,
        transmit,
        forget: (id) => void this.#connections.delete(id),
      },
    };
    transmit(
      welcomeFrame({
        version: BRIDGE_VERSION,
        windowBytes: limits.windowBytes,
        fingerprint: own,
        maxMessageBytes: endpoint.options.maxMessageBytes,
        steamId: endpoint.steamId,
        host: named ?? 0n,
        hasLobbies: lobbies !== undefined,
        personaName: endpoint.personaOf(endpoint.steamId) ?? '',
      }),
    );
    if (lobbies !== undefined) {
      this.#lobbies = new OwnerLobbies(new LobbyClient(lobbies.options), (...event) => this.#tell(...event), lobbies.invited);
    }
    return undefined;
  }

  #open({ port }: Served, { id, host, target }: FrameOf<typeof FrameType.Open>): string | undefined {
    if (id <= this.#lastId) return `id ${id} was used before`;
    if (!target.startsWith('/')) return 'a target begins with a slash';
    this.#lastId = id;
    const connection = new OwnerConnection(port, id);
    const isFull = this.#connections.size >= this.#options.limits.maxConnections;
    // The page may be about to send already: what it opened is there until it has closed it, too.
    if (this.#connections.size >= this.#options.limits.maxConnections * 2) return 'more connections than there may be, by far';
    this.#connections.set(id, connection);
    const link = isFull ? undefined : this.#hosts.reach(host);
    if (link !== undefined) connection.dial(link, host, target);
    else connection.refuse({ code: CloseCode.Abnormal, ...(isFull ? this.#full() : notAllowed(host)) });
    return undefined;
  }

  #data({ id, bytes, delivery, latest }: FrameOf<typeof FrameType.Data>, cost: number): string | undefined {
    const connection = this.#connections.get(id);
    if (connection === undefined) return `there is no connection ${id}`;
    return connection.handleData(bytes, delivery, latest, cost) ? undefined : 'more than the window was sent';
  }

  /** What is about a connection that is over crossed its end. */
  #credit({ calls }: Served, { id, bytes }: FrameOf<typeof FrameType.Credit>): string | undefined {
    const isDue = id === CALL_STREAM ? calls.credit(bytes) : (this.#connections.get(id)?.handleCredit(bytes) ?? true);
    return isDue ? undefined : 'what was never sent was taken';
  }

  #asked(frame: FrameOf<typeof FrameType.Request> | FrameOf<typeof FrameType.Call>): string | undefined {
    const { id } = frame;
    if (id <= this.#lastId) return `id ${id} was used before`;
    this.#lastId = id;
    if (this.#pending.size >= this.#options.limits.maxRequests) {
      const { maxRequests } = this.#options.limits;
      this.#answer(failureFrame(id, 'full', `${maxRequests} requests of this page wait for an answer (maxRequests)`));
      return undefined;
    }
    const abort = new AbortController();
    this.#pending.set(id, abort);
    void this.#answerTo(frame, abort.signal)
      .catch((error: unknown) => failureOf(id, error))
      .then((answer) => {
        this.#pending.delete(id);
        if (!abort.signal.aborted) this.#answer(answer);
      });
    return undefined;
  }

  async #answerTo(
    frame: FrameOf<typeof FrameType.Request> | FrameOf<typeof FrameType.Call>,
    signal: AbortSignal,
  ): Promise<Uint8Array<ArrayBuffer>> {
    if (frame.type === FrameType.Call) return resultFrame(frame.id, await this.#call(frame.name, frame.json, signal));
    const { id, host, content } = frame;
    const request = decodeRequest(content);
    if (request === undefined) throw new SteamError('protocol-error', 'the request cannot be read');
    const link = this.#hosts.reach(host);
    if (link === undefined) throw new SteamError('denied', notAllowed(host).reason);
    return responseFrame(id, encodeResponse(await link.request(host, request, signal)));
  }

  async #call(name: number, json: string, signal: AbortSignal): Promise<string> {
    const argument = parsed(json);
    if (name === CallName.Stats) return JSON.stringify(this.#stats());
    const about = this.#lobbies?.call(name, argument, signal);
    if (about === undefined) throw new SteamError('denied', `the owner of the bridge exposes no call ${name} (option lobbies?)`);
    return JSON.stringify((await about) ?? null);
  }

  /** Of the hosts that the page may reach, and of nobody else whom this process knows. */
  #stats(): object[] {
    const { endpoint } = this.#options;
    return endpoint
      .stats()
      .filter(({ peer }) => this.#hosts.has(peer))
      .map(statsJson);
  }

  #tell(event: number, content: unknown): void {
    let frame: Uint8Array<ArrayBuffer>;
    try {
      frame = eventFrame(event, JSON.stringify(content));
    } catch {
      // Somebody wrote more into his lobby than a bridge carries: to the page it stays as it was.
      return;
    }
    this.#answer(frame);
  }

  #answer(frame: Uint8Array<ArrayBuffer>): void {
    if (this.#served?.calls.send(frame, true) !== false) return;
    const reason = `more than ${this.#options.limits.maxBufferedBytes} bytes of answers wait for the page`;
    this.#wire.end({ code: BridgeCode.TooSlow, error: 'connection-lost', reason });
  }

  #full(): Pick<End, 'error' | 'reason'> {
    return { error: 'full', reason: `${this.#options.limits.maxConnections} connections of this page are open (maxConnections)` };
  }

  #over({ code, reason }: End): void {
    for (const abort of this.#pending.values()) abort.abort();
    this.#connections.clear();
    // A page that says so leaves for good; one that is gone may come back, as after a reload.
    void this.#lobbies?.close();
    this.#hosts.close(code === BridgeCode.Normal ? SdkCloseCode.CONSENTED : CloseCode.GoingAway);
    const { onEnd } = this.#options;
    if (onEnd !== undefined) guard(() => onEnd(code, reason));
  }
}

function notAllowed(host: bigint): Pick<End, 'error' | 'reason'> {
  const reason = `the owner of the bridge does not let its page reach Steam user ${host}: option hosts, or the host of a lobby that it joins`;
  return { error: 'denied', reason };
}

function failureOf(id: number, error: unknown): Uint8Array<ArrayBuffer> {
  const code = error instanceof SteamError ? error.code : undefined;
  return failureFrame(id, code, String((error as Error | undefined)?.message ?? error));
}

/** A page may say anything. */
function parsed(json: string): unknown {
  try {
    // What is made of it is looked at key by key: this one would change what it is.
    return JSON.parse(json, (key, value: unknown) => (key === '__proto__' ? undefined : value)) ?? undefined;
  } catch {
    throw new SteamError('protocol-error', 'the argument of a call is no JSON');
  }
}
