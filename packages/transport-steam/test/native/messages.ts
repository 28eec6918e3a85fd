import { read, readSync, writeSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import type { LobbyEvents } from '../../src/driver/LobbyDriver.ts';
import type { DriverEvents, SteamDriver } from '../../src/driver/SteamDriver.ts';

// What RemoteDriver.ts and remoteUser.ts say to each other, strictly in turn: a call is answered by any number of events, each of
// which waits to be handled, and then by its outcome. A handler may make further calls, which are answered before it is done.

export type Method =
  | ('start' | 'poll' | 'send' | 'acceptSession' | 'closeSession' | 'close')
  | ('personaName' | 'setRichPresence' | 'createTicket' | 'cancelTicket')
  | ('createLobby' | 'joinLobby' | 'listLobbies' | 'lobby' | 'subscribeToLobbies' | 'unsubscribe')
  /** Returns the {@link Later} of the child since the last call. */
  | 'later';

export type FromParent =
  | { readonly type: 'call'; readonly method: Method; readonly args: readonly unknown[] }
  | { readonly type: 'handled'; readonly threw: boolean };

export type FromChild =
  | { readonly type: 'event'; readonly name: keyof DriverEvents; readonly args: readonly unknown[] }
  | { readonly type: 'returned'; readonly value: unknown; readonly isClosed: boolean }
  | { readonly type: 'threw'; readonly error: RemoteError; readonly isClosed: boolean };

/** What comes of a call when that has long returned. The child cannot speak unasked: the parent asks for it. `asked` is the parent's own number. */
export type Later =
  | { readonly type: 'resolved'; readonly asked: number; readonly value: unknown }
  | { readonly type: 'rejected'; readonly asked: number; readonly error: RemoteError }
  | { readonly type: 'told'; readonly asked: number; readonly name: keyof LobbyEvents; readonly args: readonly unknown[] };

export interface RemoteError {
  readonly name: string;
  readonly message: string;
  readonly code: unknown;
  /** Of a LobbyError. */
  readonly response: unknown;
  readonly stack: string | undefined;
}

/** The child's first line on stdout, as JSON: it is logged in, and listens. */
export interface Hello {
  readonly steamId: string;
  readonly limits: SteamDriver['limits'];
  readonly canCloseSessions: boolean;
  readonly hasLobbies: boolean;
  readonly hasRichPresence: boolean;
  readonly hasTickets: boolean;
}

/** A lobby of the child, by a number of its own. */
export interface RemoteLobbyRef {
  readonly lobby: number;
  readonly id: bigint;
}

export interface RemoteTicketRef {
  readonly ticket: number;
  readonly bytes: Uint8Array;
}

/** Each message is its length in four bytes, and then what v8 makes of it: it knows bigint and Uint8Array, and is quick. */
const HEADER_BYTES = 4;

/** One end of a pair of FIFOs whose reads and writes block. */
export class MessagePipe<In, Out> {
  readonly #readFd: number;
  readonly #writeFd: number;
  readonly #header = Buffer.alloc(HEADER_BYTES);

  constructor(readFd: number, writeFd: number) {
    this.#readFd = readFd;
    this.#writeFd = writeFd;
  }

  /** @throws Error `EPIPE` when nobody reads the other end any more */
  write(message: Out): void {
    const body = serialize(message);
    const frame = Buffer.allocUnsafe(HEADER_BYTES + body.length);
    frame.writeUInt32LE(body.length);
    frame.set(body, HEADER_BYTES);
    for (let written = 0; written < frame.length; ) written += writeSync(this.#writeFd, frame, written);
  }

  /** Waits for the next message; `undefined` when the other end is gone. */
  read(): In | undefined {
    return this.#readFully(this.#header) ? this.#readBody() : undefined;
  }

  /** As {@link read}, and the event loop goes on meanwhile. */
  readLater(done: (message: In | undefined) => void): void {
    read(this.#readFd, this.#header, 0, HEADER_BYTES, null, (error, length) => {
      const isWhole = error === null && length > 0 && this.#readFully(this.#header, length);
      done(isWhole ? this.#readBody() : undefined);
    });
  }

  /** In a buffer of its own: a packet in it belongs to the receiver. */
  #readBody(): In | undefined {
    const body = Buffer.allocUnsafeSlow(this.#header.readUInt32LE());
    return this.#readFully(body) ? (deserialize(body) as In) : undefined;
  }

  #readFully(buffer: Buffer, begun = 0): boolean {
    for (let length = begun; length < buffer.length; ) {
      const more = readSync(this.#readFd, buffer, length, buffer.length - length, null);
      if (more === 0) return false;
      length += more;
    }
    return true;
  }
}
