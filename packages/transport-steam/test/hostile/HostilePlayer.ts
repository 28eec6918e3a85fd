import { Protocol } from '@colyseus/core';
import type { Connection } from '../../src/connection/Connection.ts';
import type { RequestResult } from '../../src/connection/types.ts';
import type { SteamDriver } from '../../src/driver/SteamDriver.ts';
import { Endpoint, type EndpointOptions } from '../../src/index.ts';
import { until } from '../compliance/transport/waiting.ts';

export interface End {
  readonly code: number;
  readonly reason: string;
}

type HeaderList = readonly (readonly [string, string])[];

const JSON_BODY: HeaderList = [['content-type', 'application/json']];

/** A player without SDK: honest as far as the connection goes, and in it he says what he likes. */
export class HostilePlayer {
  readonly endpoint: Endpoint;
  readonly host: bigint;
  readonly ends: End[] = [];
  /** Frames that came, of all his links. */
  readonly frames: Uint8Array[] = [];
  /** Called while he waits, over and over: then he need not wait for anybody's timer. */
  hurry: (() => void) | undefined;

  constructor(driver: SteamDriver, host: bigint, options: EndpointOptions = {}) {
    this.endpoint = Endpoint.of(driver, options);
    this.endpoint.acquire();
    this.host = host;
  }

  get steamId(): bigint {
    return this.endpoint.steamId;
  }

  request(method: string, path: string, body: string | Uint8Array = '', headers = JSON_BODY): Promise<RequestResult> {
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
    return this.#hurried(this.endpoint.request(this.host, { method, path, headers, body: bytes }));
  }

  /** A seat in a room, by matchmaking: the target of its link. @throws Error with the host's answer when he gives none */
  async reserve(room: string, options: object | string = {}): Promise<string> {
    const body = typeof options === 'string' ? options : JSON.stringify(options);
    const response = await this.request('POST', `/matchmake/joinOrCreate/${room}`, body);
    const text = new TextDecoder().decode(response.body);
    if (response.status !== 200) throw new Error(`${response.status} ${text}`);
    const { processId, roomId, sessionId } = JSON.parse(text) as Record<string, string>;
    return `/${processId}/${roomId}?sessionId=${sessionId}`;
  }

  dial(target: string): Connection {
    return this.endpoint.connect(this.host, target, {
      onMessage: (frame) => this.frames.push(frame.slice()),
      onClose: (code, reason) => this.ends.push({ code, reason }),
    });
  }

  /** Takes a seat, as an SDK does. */
  async join(room: string, options?: object): Promise<Connection> {
    const target = await this.reserve(room, options);
    this.frames.length = 0;
    const connection = this.dial(target);
    const isJoined = () => this.frames.some(([code]) => code === Protocol.JOIN_ROOM);
    if (this.hurry !== undefined) await this.#turns(() => isJoined() || connection.state === 'closed');
    await until(isJoined, 'he joined');
    connection.send(Uint8Array.of(Protocol.JOIN_ROOM));
    return connection;
  }

  /** What became of his links, once there are so many ends. */
  async end(count = this.ends.length + 1): Promise<End> {
    await until(() => this.ends.length >= count, 'the end of his link');
    return this.ends.at(-1) as End;
  }

  close(): void {
    this.endpoint.release();
    this.endpoint.driver.close();
  }

  async #hurried<T>(promise: Promise<T>): Promise<T> {
    let isDone = false;
    const done = () => {
      isDone = true;
    };
    promise.then(done, done);
    if (this.hurry !== undefined) await this.#turns(() => isDone);
    return promise;
  }

  async #turns(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      this.hurry?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
