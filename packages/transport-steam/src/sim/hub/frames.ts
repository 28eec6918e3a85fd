import type { SendType } from '../../driver/SteamDriver.ts';

/**
 * What a process and the hub say to each other: frames of `length (u32) | type (u8) | body`, little endian, `length` counting type
 * and body. Both ends come from one build or nearly so: {@link HUB_VERSION} says whether they understand each other.
 */
export const HUB_VERSION = 2;

export const FrameType = {
  // Process to hub.
  /** `version (u8) | role (u8) | steamId (u64, 0: any) | personaName (utf8)`. The first frame, once. */
  Hello: 0x01,
  /** `peer (u64) | sendType (u8) | channel (u8) | packet` */
  Send: 0x02,
  /** `peer (u64)` */
  AcceptSession: 0x03,
  /** `peer (u64)` */
  CloseSession: 0x04,
  /** The process ends in good order. */
  Bye: 0x05,
  /** JSON `{ id, method, args }`, from a {@link Role.Control}. */
  Command: 0x06,

  // Lobbies. `call (u32)` is the process's own number for what it asks; the hub answers each once, unless it was told to lose the answer.
  /** `call (u32) | type (u8) | maxMembers (u16)`. Answered by LobbyEntered. */
  LobbyCreate: 0x10,
  /** `call (u32) | lobby (u64)`. Answered by LobbyEntered. */
  LobbyJoin: 0x11,
  /** `call (u32) | pairs`: data that is wanted. Answered by LobbyListed. */
  LobbyList: 0x12,
  /** `lobby (u64)`. Answered by a LobbyState without flag 1: one with it that comes before is of a time when he had not left. */
  LobbyLeave: 0x13,
  /** `lobby (u64) | pairs`: data to set; an empty value deletes. A LobbyState that is on its way meanwhile does not have it yet. */
  LobbySetData: 0x14,
  /** `lobby (u64) | joinable (u8)` */
  LobbySetJoinable: 0x15,
  /** `lobby (u64)` */
  LobbyInviteDialog: 0x16,
  /** `pairs`: rich presence; an empty value deletes. */
  RichPresence: 0x17,

  // Hub to process.
  /** `steamId (u64) | channels (u16) | queueLimitBytes (f64) | personaName (utf8)` */
  Welcome: 0x81,
  /** Why there is no Welcome, in words. */
  Refused: 0x82,
  /** `peer (u64) | channel (u8) | packet` */
  Packet: 0x83,
  /** `peer (u64)` */
  SessionRequest: 0x84,
  /** `peer (u64) | error (u8)` */
  SessionFailed: 0x85,
  /** The reason, in words. */
  SteamLost: 0x86,
  SteamRestored: 0x87,
  /** `peer (u64) | bytes (f64)`: so many bytes for this peer, in all, have left the queue. */
  Released: 0x88,
  /** JSON `{ id, result }` or `{ id, error }`. */
  Reply: 0x89,
  /**
   * `lobby (u64) | owner (u64) | flags (u8) | memberLimit (u16) | memberCount (u16) | members (u16, then u64 each) | pairs`: all that a
   * process knows of a lobby, whenever that changes, and before the answer that it belongs to. Flag 1: it is a member, else owner and
   * members are empty. `pairs` is `count (u16)`, then for each `keyBytes (u8) | key | valueBytes (u16) | value`.
   */
  LobbyState: 0x90,
  /** `call (u32) | response (u8) | lobby (u64)`: `EChatRoomEnterResponse`, 1 for success. */
  LobbyEntered: 0x91,
  /** `call (u32) | count (u16) | lobby (u64) each` */
  LobbyListed: 0x92,
  /** `lobby (u64) | friend (u64, 0: none)`: the user accepted an invite in the overlay. */
  LobbyJoinRequested: 0x93,
} as const;
export type FrameType = (typeof FrameType)[keyof typeof FrameType];

export const Role = { User: 0, Control: 1 } as const;
export type Role = (typeof Role)[keyof typeof Role];

/** Largest frame: a reliable packet of 1 MiB and its header. Unit: bytes. */
export const MAX_FRAME_BYTES = 1_048_576 + 64;

const HEADER_BYTES = 5;

/** A frame whose body is `bodyBytes` long; the body is written by the caller from index 5 on. */
function frame(type: FrameType, bodyBytes: number): Buffer {
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + bodyBytes);
  buffer.writeUInt32LE(1 + bodyBytes, 0);
  buffer[4] = type;
  return buffer;
}

export function textFrame(type: FrameType, text: string): Buffer {
  const body = Buffer.from(text);
  const buffer = frame(type, body.length);
  buffer.set(body, HEADER_BYTES);
  return buffer;
}

/** A frame of these parts. */
export function bodyFrame(type: FrameType, ...parts: Uint8Array[]): Buffer {
  const buffer = frame(
    type,
    parts.reduce((bytes, part) => bytes + part.length, 0),
  );
  let at = HEADER_BYTES;
  for (const part of parts) {
    buffer.set(part, at);
    at += part.length;
  }
  return buffer;
}

export function peerFrame(type: FrameType, peer: bigint): Buffer {
  const buffer = frame(type, 8);
  buffer.writeBigUInt64LE(peer, 5);
  return buffer;
}

export function helloFrame(role: Role, steamId: bigint, personaName: string): Buffer {
  const name = Buffer.from(personaName);
  const buffer = frame(FrameType.Hello, 10 + name.length);
  buffer[5] = HUB_VERSION;
  buffer[6] = role;
  buffer.writeBigUInt64LE(steamId, 7);
  buffer.set(name, 15);
  return buffer;
}

export function welcomeFrame(steamId: bigint, channels: number, queueLimitBytes: number, personaName: string): Buffer {
  const name = Buffer.from(personaName);
  const buffer = frame(FrameType.Welcome, 18 + name.length);
  buffer.writeBigUInt64LE(steamId, 5);
  buffer.writeUInt16LE(channels, 13);
  buffer.writeDoubleLE(queueLimitBytes, 15);
  buffer.set(name, 23);
  return buffer;
}

export function sendFrame(peer: bigint, sendType: SendType, channel: number, packet: Uint8Array): Buffer {
  const buffer = frame(FrameType.Send, 10 + packet.length);
  buffer.writeBigUInt64LE(peer, 5);
  buffer[13] = sendType;
  buffer[14] = channel;
  buffer.set(packet, 15);
  return buffer;
}

export function packetFrame(peer: bigint, channel: number, packet: Uint8Array): Buffer {
  const buffer = frame(FrameType.Packet, 9 + packet.length);
  buffer.writeBigUInt64LE(peer, 5);
  buffer[13] = channel;
  buffer.set(packet, 14);
  return buffer;
}

export function sessionFailedFrame(peer: bigint, error: number): Buffer {
  const buffer = frame(FrameType.SessionFailed, 9);
  buffer.writeBigUInt64LE(peer, 5);
  buffer[13] = error;
  return buffer;
}

export function releasedFrame(peer: bigint, bytes: number): Buffer {
  const buffer = frame(FrameType.Released, 16);
  buffer.writeBigUInt64LE(peer, 5);
  buffer.writeDoubleLE(bytes, 13);
  return buffer;
}

export interface Frame {
  readonly type: number;
  /** A view of what was received. Where that is read into {@link FrameReader.room}, it is written again, unless it is {@link FrameReader.keep kept}. */
  readonly body: Buffer;
}

/** What there is room for, and the least of it that is left to be read into. */
const SLAB_BYTES = 65_536;
const LEAST_ROOM = 8_192;

/** Cuts a byte stream into frames. Its bytes are given to {@link push}, or read into {@link room}. */
export class FrameReader {
  /** What was received and not returned yet is from `#from` to `#to`; what is behind it, if anything, is ours to write. */
  #buffer: Buffer = Buffer.alloc(0);
  #from = 0;
  #to = 0;
  /** Somebody has views of it. */
  #isKept = false;

  /** A chunk of the stream, which belongs to the reader from now on. */
  push(chunk: Buffer): void {
    if (this.#from === this.#to) {
      this.#buffer = chunk;
      this.#from = 0;
      this.#to = chunk.length;
      return;
    }
    if (this.#buffer.length - this.#to < chunk.length) this.#renew(chunk.length);
    chunk.copy(this.#buffer, this.#to);
    this.#to += chunk.length;
  }

  /** Where the next bytes of the stream go, from its beginning; {@link wrote} tells how many. */
  room(): Buffer {
    const missing = this.#missing();
    const least = missing > 0 ? missing : LEAST_ROOM;
    if (this.#buffer.length - this.#to < least) {
      if (this.#isKept || this.#buffer.length - (this.#to - this.#from) < least) this.#renew(0);
      else this.#moveTo(this.#buffer);
    }
    return this.#buffer.subarray(this.#to);
  }

  /** The frames that were returned last are looked at later, too: their memory is not written again. */
  keep(): void {
    this.#isKept = true;
  }

  wrote(bytes: number): void {
    this.#to += bytes;
  }

  /** Forgets what was received and not returned. */
  clear(): void {
    this.#from = this.#to;
  }

  /** The next frame; undefined until it is whole. @throws RangeError when the stream is not one of frames: end it */
  next(): Frame | undefined {
    const from = this.#from;
    if (this.#to - from < HEADER_BYTES) return undefined;
    const length = this.#buffer.readUInt32LE(from);
    if (length < 1 || length > MAX_FRAME_BYTES) {
      throw new RangeError(`a frame of ${length} bytes, but it must be 1 to ${MAX_FRAME_BYTES}`);
    }
    const end = from + 4 + length;
    if (this.#to < end) return undefined;
    this.#from = end;
    return { type: this.#buffer[from + 4] as number, body: this.#buffer.subarray(from + HEADER_BYTES, end) };
  }

  /** Of the frame that has begun, as far as is known. Not above 0: it is whole. */
  #missing(): number {
    const there = this.#to - this.#from;
    if (there < HEADER_BYTES) return 0;
    return 4 + Math.min(this.#buffer.readUInt32LE(this.#from), MAX_FRAME_BYTES) - there;
  }

  /** A new buffer, which begins with what is left, and has room for the rest of its last frame and for `bytes`. */
  #renew(bytes: number): void {
    const there = this.#to - this.#from;
    this.#moveTo(Buffer.allocUnsafeSlow(there + Math.max(SLAB_BYTES, this.#missing(), bytes)));
    this.#isKept = false;
  }

  /** What is left begins the buffer. */
  #moveTo(buffer: Buffer): void {
    this.#to = this.#buffer.copy(buffer, 0, this.#from, this.#to);
    this.#from = 0;
    this.#buffer = buffer;
  }
}
