import { expect } from '@jest/globals';
import type { Connection } from '../../src/connection/Connection.ts';
import { Endpoint } from '../../src/connection/Endpoint.ts';
import type { EndpointOptions } from '../../src/connection/options.ts';
import type { ConnectionEvents, Delivery, HostHandlers, SteamRequest, SteamResponse } from '../../src/connection/types.ts';
import type { SteamDriver } from '../../src/driver/SteamDriver.ts';
import type { SteamError } from '../../src/driver/SteamError.ts';
import type { SimulatedDriver } from '../../src/sim/SimulatedDriver.ts';
import { SimulatedSteam, type SimulatedSteamOptions } from '../../src/sim.ts';

/** The longest jump of the clock, where a test does not say otherwise: deadlines are noticed about as late as this. */
const STEP_MS = 20;

/** Several processes on one simulated Steam, and one clock that jumps. */
export class World {
  readonly steam: SimulatedSteam;
  readonly #endpoints = new Set<Endpoint>();
  readonly #random: () => number;

  constructor(options: Omit<SimulatedSteamOptions, 'clock'> = {}) {
    this.steam = new SimulatedSteam({ seed: 1, ...options });
    this.#random = generator(Number(options.seed ?? 1) + 1);
  }

  user(options: EndpointOptions = {}, steamId?: bigint): { driver: SimulatedDriver; endpoint: Endpoint } {
    const driver = this.steam.user(steamId === undefined ? {} : { steamId });
    return { driver, endpoint: this.endpoint(driver, options) };
  }

  endpoint(driver: SteamDriver, options: EndpointOptions = {}): Endpoint {
    const endpoint = Endpoint.of(driver, { poll: 'manual', ...options }, { now: () => this.steam.now, random: this.#random });
    endpoint.acquire();
    this.#endpoints.add(endpoint);
    return endpoint;
  }

  /** The process of this endpoint stops taking part: it polls no more. */
  freeze(endpoint: Endpoint): void {
    this.#endpoints.delete(endpoint);
  }

  thaw(endpoint: Endpoint): void {
    this.#endpoints.add(endpoint);
  }

  /** One turn of everybody, at the present time. */
  turn(): void {
    for (const endpoint of this.#endpoints) endpoint.poll();
  }

  run(ms: number, stepMs = STEP_MS): void {
    const end = this.steam.now + ms;
    for (;;) {
      this.turn();
      const now = this.steam.now;
      if (now >= end) return;
      const next = Math.max(this.steam.nextEventAt ?? Number.POSITIVE_INFINITY, now + 0.001);
      this.steam.advance(Math.min(next, end, now + stepMs) - now);
    }
  }

  runUntil(condition: () => boolean, withinMs = 60_000): void {
    const end = this.steam.now + withinMs;
    while (!condition()) {
      if (this.steam.now >= end) throw new Error(`not within ${withinMs} ms of simulated time`);
      this.run(1);
    }
  }

  /** Everybody leaves; nothing may be left. */
  close(): void {
    for (const endpoint of this.#endpoints) {
      endpoint.release();
      expect(endpoint.stats()).toEqual([]);
      endpoint.driver.close();
    }
    this.steam.close();
  }
}

/** What happened to one connection, in order. */
export class Recorder implements ConnectionEvents {
  readonly messages: Uint8Array[] = [];
  readonly reliable: boolean[] = [];
  opened = 0;
  drained = 0;
  readonly closes: { code: number; reason: string; error: SteamError | undefined }[] = [];
  connection: Connection | undefined;

  onOpen(): void {
    this.opened++;
  }
  onMessage(bytes: Uint8Array, reliable: boolean): void {
    if (this.closes.length > 0) throw new Error('a message after the end');
    this.messages.push(bytes.slice());
    this.reliable.push(reliable);
  }
  onClose(code: number, reason: string, error?: SteamError): void {
    if (this.closes.length > 0) throw new Error('a second end');
    this.closes.push({ code, reason, error });
  }
  onDrain(): void {
    this.drained++;
  }

  get texts(): string[] {
    return this.messages.map((bytes) => text(bytes));
  }

  send(message: string, delivery?: Delivery): void {
    this.connection?.send(bytes(message), delivery);
  }
}

/** A host that takes everybody and records. */
export class Host implements HostHandlers {
  readonly connections: { target: string; record: Recorder; connection: Connection }[] = [];
  readonly requested: bigint[] = [];
  readonly requests: SteamRequest[] = [];
  mayJoin: boolean | string | Promise<boolean | string> = true;
  answer: HostHandlers['onRequest'] = async () => ok('');

  onSessionRequest(peer: bigint): boolean | string | Promise<boolean | string> {
    this.requested.push(peer);
    return this.mayJoin;
  }
  onConnection(connection: Connection, target: string): ConnectionEvents {
    const record = new Recorder();
    record.connection = connection;
    this.connections.push({ target, record, connection });
    return record;
  }
  onRequest: HostHandlers['onRequest'] = (peer, request, offer) => {
    this.requests.push(request);
    return this.answer(peer, request, offer);
  };
}

/** A connection to `peer`, recorded. */
export function dial(endpoint: Endpoint, peer: bigint, target = '/'): Recorder {
  const record = new Recorder();
  record.connection = endpoint.connect(peer, target, record);
  return record;
}

export function ok(body: string): SteamResponse {
  return { status: 200, headers: [['content-type', 'text/plain']], body: bytes(body) };
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** Lets promises that are ready settle. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

/** Seeded numbers from 0 to 1 (mulberry32). */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
