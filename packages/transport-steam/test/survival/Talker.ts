import type { Connection } from '../../src/connection/Connection.ts';
import type { ConnectionEvents, Delivery } from '../../src/connection/types.ts';
import type { SteamError } from '../../src/driver/SteamError.ts';

/** What a message is, in its first byte. */
export const Kind = { Say: 1, State: 2, Move: 3 } as const;

const KIND_BYTES = 1;
const NUMBER_BYTES = 4;
const HEADER_BYTES = KIND_BYTES + NUMBER_BYTES + 8;

/** An entry of a {@link Kind.State}: whose score, and what it is. */
const ENTRY_BYTES = 6;

/** Closed by nobody. */
const ABNORMAL = 1_006;

/** The shortest message. */
export const LEAST_BYTES = HEADER_BYTES;

export interface TalkerEvents {
  /** A reliable message of the other end was taken, in its turn. */
  onSaid?(): void;
  onState?(entries: readonly (readonly [who: number, score: number])[]): void;
  onEnd?(): void;
}

/**
 * One end of a connection. What it says is numbered, dated and filled, each lane for itself, so that the end that hears it knows at once
 * what is missing, doubled, out of order or damaged: nothing need be kept, however long it goes on.
 */
export class Talker implements ConnectionEvents {
  readonly name: string;
  connection: Connection | undefined;
  /** Reliable messages: given to `send`, and taken. */
  said = 0;
  heard = 0;
  moves = 0;
  movesHeard = 0;
  /** The longest that a reliable message took to come here. Unit: ms. */
  slowestMs = 0;
  opened = 0;
  /** Its process was killed: nobody is left to be told. */
  isGone = false;
  /** What came in another way than it must. */
  readonly faults: string[] = [];
  end: { readonly code: number; readonly reason: string; readonly at: number } | undefined;
  readonly #now: () => number;
  readonly #events: TalkerEvents;
  #newestMove = -1;

  /** `name` tells a connection from all others. */
  constructor(now: () => number, name: string, events: TalkerEvents = {}) {
    this.#now = now;
    this.name = name;
    this.#events = events;
  }

  /** It may say something, and would be told of the end. */
  get isOpen(): boolean {
    const state = this.connection?.state;
    return !this.isGone && this.end === undefined && (state === 'open' || state === 'opening');
  }

  say(bytes = HEADER_BYTES, delivery: Delivery = 'reliable'): void {
    if (this.isOpen) this.connection?.send(this.#message(Kind.Say, this.said++, bytes), delivery);
  }

  move(bytes = HEADER_BYTES, delivery: Delivery = 'unreliable'): void {
    if (this.isOpen) this.connection?.send(this.#message(Kind.Move, this.moves++, bytes), delivery);
  }

  tellState(entries: readonly (readonly [who: number, score: number])[]): void {
    if (!this.isOpen) return;
    const message = this.#message(Kind.State, this.said++, HEADER_BYTES + entries.length * ENTRY_BYTES);
    const view = viewOf(message);
    for (const [i, [who, score]] of entries.entries()) {
      view.setUint16(HEADER_BYTES + i * ENTRY_BYTES, who);
      view.setUint32(HEADER_BYTES + i * ENTRY_BYTES + 2, score);
    }
    this.connection?.send(message);
  }

  onOpen(): void {
    this.opened++;
    if (this.opened > 1) this.faults.push('opened twice');
  }

  onMessage(bytes: Uint8Array, reliable: boolean): void {
    if (this.end !== undefined) this.faults.push('a message after the end');
    if (bytes.length < HEADER_BYTES) {
      this.faults.push(`a message of ${bytes.length} bytes, and nobody says so little`);
      return;
    }
    const view = viewOf(bytes);
    const kind = bytes[0] as number;
    const number = view.getUint32(KIND_BYTES);
    if (kind !== Kind.State && !isFilled(bytes, number)) this.faults.push(`message ${number} was damaged`);
    if (kind === Kind.Move) this.#hearMove(number);
    else this.#hear(number, this.#now() - view.getFloat64(KIND_BYTES + NUMBER_BYTES), reliable);
    if (kind === Kind.State) this.#events.onState?.(entriesOf(view));
    else if (kind === Kind.Say) this.#events.onSaid?.();
  }

  onClose(code: number, reason: string, error?: SteamError): void {
    if (this.end !== undefined) this.faults.push('a second end');
    if ((code === ABNORMAL) !== (error !== undefined)) this.faults.push(`ended with ${code}, and ${error ?? 'no error'}`);
    // Neither connection nor error is kept, whose stack has the peer: who looks for what was left behind should not find it here.
    this.end ??= { code, reason, at: this.#now() };
    this.connection = undefined;
    this.#events.onEnd?.();
  }

  toString(): string {
    const { said, heard, isGone, end, faults } = this;
    const state = isGone ? 'gone' : end === undefined ? this.connection?.state : `ended ${end.code} at ${end.at}: ${end.reason}`;
    return `said ${said}, heard ${heard}, ${state}${faults.map((fault) => `, FAULT ${fault}`).join('')}`;
  }

  #hear(number: number, ageMs: number, reliable: boolean): void {
    if (!reliable) this.faults.push(`${number} came on the unreliable lane`);
    if (number !== this.heard) this.faults.push(`${number} came in place of ${this.heard}`);
    this.heard = number + 1;
    this.slowestMs = Math.max(this.slowestMs, ageMs);
  }

  #hearMove(number: number): void {
    if (number <= this.#newestMove) this.faults.push(`move ${number} came after ${this.#newestMove}`);
    this.#newestMove = number;
    this.movesHeard++;
  }

  #message(kind: number, number: number, bytes: number): Uint8Array {
    const message = new Uint8Array(bytes);
    const view = viewOf(message);
    message[0] = kind;
    view.setUint32(KIND_BYTES, number);
    view.setFloat64(KIND_BYTES + NUMBER_BYTES, this.#now());
    message.fill(number, HEADER_BYTES);
    return message;
  }
}

function isFilled(bytes: Uint8Array, number: number): boolean {
  for (let i = HEADER_BYTES; i < bytes.length; i++) if (bytes[i] !== (number & 0xff)) return false;
  return true;
}

function entriesOf(view: DataView): [number, number][] {
  const entries: [number, number][] = [];
  for (let at = HEADER_BYTES; at < view.byteLength; at += ENTRY_BYTES) {
    entries.push([view.getUint16(at), view.getUint32(at + 2)]);
  }
  return entries;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
