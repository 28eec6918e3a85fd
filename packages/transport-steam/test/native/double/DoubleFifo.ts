import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** See `fifo.c`. */
const RecordKind = { Callback: 1, Packet: 2, RefuseSends: 3, KillSteam: 4, Frame: 5 } as const;
type RecordKind = (typeof RecordKind)[keyof typeof RecordKind];

const HEADER_BYTES = 8;
/** What a write to a FIFO may have to be neither cut nor mixed with another (`PIPE_BUF`). Unit: bytes. */
const MAX_RECORD_BYTES = 4096;

/** Has things happen in one process of the double that no hub does. Give its `path` to `doubleEnvironment`. */
export class DoubleFifo {
  readonly path: string;
  readonly #folder: string;
  readonly #descriptor: number;

  constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), 'steam-double-'));
    this.path = join(this.#folder, 'fifo');
    execFileSync('mkfifo', ['-m', '600', this.path]);
    // For reading as well: what is written before the process has it open waits in it.
    this.#descriptor = openSync(this.path, constants.O_RDWR | constants.O_NONBLOCK);
  }

  /** Steam calls back, with a struct as Linux on x86-64 has it. */
  callback(id: number, bytes: Uint8Array): void {
    const body = Buffer.alloc(4 + bytes.length);
    body.writeInt32LE(id, 0);
    body.set(bytes, 4);
    this.#write(RecordKind.Callback, body);
  }

  /** A packet arrives, past sessions and conditions. It may be empty. */
  packet(from: bigint, channel: number, bytes: Uint8Array): void {
    const body = Buffer.alloc(9 + bytes.length);
    body.writeBigUInt64LE(from, 0);
    body[8] = channel;
    body.set(bytes, 9);
    this.#write(RecordKind.Packet, body);
  }

  /** The next `count` sends return false, as with a full queue. */
  refuseSends(count: number): void {
    const body = Buffer.alloc(4);
    body.writeUInt32LE(count, 0);
    this.#write(RecordKind.RefuseSends, body);
  }

  /** The Steam client dies, of this process only, and does not come back. */
  killSteam(): void {
    this.#write(RecordKind.KillSteam, Buffer.alloc(0));
  }

  /** As if the hub sent it (`src/sim/hub/frames.ts`): what a real one would not say, or not now. */
  frame(type: number, body: Uint8Array): void {
    this.#write(RecordKind.Frame, Buffer.concat([Buffer.of(type), body]));
  }

  close(): void {
    closeSync(this.#descriptor);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** @throws RangeError when `body` is too long; Error (`EAGAIN`) when the process does not read */
  #write(kind: RecordKind, body: Uint8Array): void {
    const record = Buffer.alloc(HEADER_BYTES + body.length);
    if (record.length > MAX_RECORD_BYTES) {
      throw new RangeError(`a record of ${record.length} bytes, but ${MAX_RECORD_BYTES} is the most`);
    }
    record.writeUInt32LE(kind, 0);
    record.writeUInt32LE(body.length, 4);
    record.set(body, HEADER_BYTES);
    writeSync(this.#descriptor, record);
  }
}
