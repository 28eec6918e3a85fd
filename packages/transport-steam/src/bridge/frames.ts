import type { Delivery } from '../connection/types.ts';
import { type SteamErrorCode, steamErrorCodes } from '../driver/SteamError.ts';
import { ByteReader, ByteWriter, utf8Truncated } from '../wire/bytes.ts';

// BRIDGE.md has the same in tables. Numbers are big-endian.

/** Of this format. Both ends must have the same. */
export const BRIDGE_VERSION = 1;

/** First bytes of a page's first frame: what else connects to a WebSocket is told apart. `ctsb`. */
const MAGIC = 0x63747362;

/** What a frame costs of a window beside its bytes: many small ones must not cost less than a large one. */
const FRAME_OVERHEAD_BYTES = 32;

/** Of a data frame, before its message, at most. */
export const DATA_HEADER_BYTES = 10;

/** Requests, calls and what answers them: the stream that is always there. Others are connections. */
export const CALL_STREAM = 0;

/** First byte of a frame. */
export const FrameType = {
  /** Page, first frame. */
  Hello: 0x01,
  /** Owner, first frame. */
  Welcome: 0x02,
  /** Either: the bridge ends. */
  Bye: 0x03,
  /** Either: nothing to say. */
  Alive: 0x04,
  /** Either: so much of a stream was taken. */
  Credit: 0x05,
  /** Page: a connection to a host. */
  Open: 0x10,
  /** Owner: the host took it. */
  Opened: 0x11,
  /** Either: a message of a connection. */
  Data: 0x12,
  /** Either: the end of a connection, behind its messages. */
  Close: 0x13,
  /** Page: to a host, as in PROTOCOL.md. */
  Request: 0x20,
  /** Owner: what the host answered. */
  Response: 0x21,
  /** Owner: there is no answer to a request or a call, and why. */
  Failure: 0x22,
  /** Page: nobody waits for that answer any more. */
  Cancel: 0x23,
  /** Page: of the owner himself. */
  Call: 0x30,
  /** Owner: what it came to. */
  Result: 0x31,
  /** Owner: something happened. */
  Event: 0x32,
} as const;

/** Who is called about what, in a {@link FrameType.Call}. */
export const CallName = {
  FindLobbies: 0x01,
  LobbyOfFriend: 0x02,
  EnterLobby: 0x03,
  StayInLobby: 0x04,
  LeaveLobby: 0x05,
  OpenInviteDialog: 0x06,
  Stats: 0x10,
} as const;

/** What happened, in a {@link FrameType.Event}. */
export const EventName = {
  JoinRequested: 0x01,
  LobbyChanged: 0x02,
} as const;

export interface Hello {
  readonly version: number;
  readonly windowBytes: number;
  readonly fingerprint: bigint;
}

export interface Welcome extends Hello {
  readonly maxMessageBytes: number;
  readonly steamId: bigint;
  /** Whom the page plays with when it names nobody; 0: nobody. */
  readonly host: bigint;
  readonly hasLobbies: boolean;
  readonly personaName: string;
}

/** How something ended. `error` when nobody meant it to. */
export interface End {
  readonly code: number;
  readonly error: SteamErrorCode | undefined;
  readonly reason: string;
}

export type Frame =
  | ({ readonly type: typeof FrameType.Hello } & Hello)
  | ({ readonly type: typeof FrameType.Welcome } & Welcome)
  | ({ readonly type: typeof FrameType.Bye } & End)
  | { readonly type: typeof FrameType.Alive }
  | { readonly type: typeof FrameType.Credit; readonly id: number; readonly bytes: number }
  | { readonly type: typeof FrameType.Open; readonly id: number; readonly host: bigint; readonly target: string }
  | { readonly type: typeof FrameType.Opened; readonly id: number }
  | {
      readonly type: typeof FrameType.Data;
      readonly id: number;
      readonly delivery: Delivery;
      readonly latest: number | undefined;
      readonly bytes: Uint8Array;
    }
  | ({ readonly type: typeof FrameType.Close; readonly id: number } & End)
  | { readonly type: typeof FrameType.Request; readonly id: number; readonly host: bigint; readonly content: Uint8Array }
  | { readonly type: typeof FrameType.Response; readonly id: number; readonly content: Uint8Array }
  | {
      readonly type: typeof FrameType.Failure;
      readonly id: number;
      readonly error: SteamErrorCode | undefined;
      readonly reason: string;
    }
  | { readonly type: typeof FrameType.Cancel; readonly id: number }
  | { readonly type: typeof FrameType.Call; readonly id: number; readonly name: number; readonly json: string }
  | { readonly type: typeof FrameType.Result; readonly id: number; readonly json: string }
  | { readonly type: typeof FrameType.Event; readonly name: number; readonly json: string };

/** Of a reason, in UTF-8; what is longer is cut. */
const MAX_REASON_BYTES = 4_096;
const MAX_TARGET_BYTES = 8_192;
const MAX_JSON_BYTES = 1_048_576;
const MAX_PERSONA_BYTES = 256;
const MAX_ERROR_BYTES = 64;

const HAS_LOBBIES = 0x01;

const deliveries: readonly Delivery[] = ['reliable', 'buffered', 'unreliable', 'unreliableNoDelay'];
const DELIVERY_MASK = 0x03;
/** Only for an unreliable message: a newer one replaces it. Four bytes of its key follow. */
const LATEST = 0x04;

type Bytes = Uint8Array<ArrayBuffer>;

/** What a frame of so many bytes costs of a window. */
export function costOf(frameBytes: number): number {
  return frameBytes + FRAME_OVERHEAD_BYTES;
}

export function helloFrame({ version, windowBytes, fingerprint }: Hello): Bytes {
  return of(FrameType.Hello).u32(MAGIC).u8(version).u32(windowBytes).u64(fingerprint).finish();
}

export function welcomeFrame(welcome: Welcome): Bytes {
  const { version, windowBytes, fingerprint, maxMessageBytes, steamId, host, hasLobbies, personaName } = welcome;
  return of(FrameType.Welcome)
    .u8(version)
    .u32(windowBytes)
    .u64(fingerprint)
    .u32(maxMessageBytes)
    .u64(steamId)
    .u64(host)
    .u8(hasLobbies ? HAS_LOBBIES : 0)
    .bytes(utf8Truncated(personaName, MAX_PERSONA_BYTES))
    .finish();
}

export function byeFrame(end: End): Bytes {
  return withEnd(of(FrameType.Bye), end);
}

export function aliveFrame(): Bytes {
  return of(FrameType.Alive).finish();
}

export function creditFrame(id: number, bytes: number): Bytes {
  return of(FrameType.Credit).u32(id).u32(bytes).finish();
}

/** @throws RangeError for a target that is too long */
export function openFrame(id: number, host: bigint, target: string): Bytes {
  return of(FrameType.Open)
    .u32(id)
    .u64(host)
    .bytes(bounded('target', target, MAX_TARGET_BYTES))
    .finish();
}

export function openedFrame(id: number): Bytes {
  return of(FrameType.Opened).u32(id).finish();
}

/** For each message, so written by hand: one allocation, of the size of the frame. */
export function dataFrame(id: number, message: Uint8Array, delivery: Delivery, latest?: number): Bytes {
  const head = latest === undefined ? DATA_HEADER_BYTES - 4 : DATA_HEADER_BYTES;
  const frame = new Uint8Array(head + message.length);
  frame[0] = FrameType.Data;
  putU32(frame, 1, id);
  frame[5] = deliveries.indexOf(delivery) | (latest === undefined ? 0 : LATEST);
  if (latest !== undefined) putU32(frame, 6, latest);
  frame.set(message, head);
  return frame;
}

export function closeFrame(id: number, end: End): Bytes {
  return withEnd(of(FrameType.Close).u32(id), end);
}

export function requestFrame(id: number, host: bigint, content: Uint8Array): Bytes {
  return of(FrameType.Request, content.length).u32(id).u64(host).bytes(content).finish();
}

export function responseFrame(id: number, content: Uint8Array): Bytes {
  return of(FrameType.Response, content.length).u32(id).bytes(content).finish();
}

export function failureFrame(id: number, error: SteamErrorCode | undefined, reason: string): Bytes {
  return withReason(of(FrameType.Failure).u32(id), error, reason);
}

export function cancelFrame(id: number): Bytes {
  return of(FrameType.Cancel).u32(id).finish();
}

/** @throws RangeError for JSON that is too long */
export function callFrame(id: number, name: number, json: string): Bytes {
  return of(FrameType.Call)
    .u32(id)
    .u8(name)
    .bytes(bounded('JSON', json, MAX_JSON_BYTES))
    .finish();
}

/** @throws RangeError for JSON that is too long */
export function resultFrame(id: number, json: string): Bytes {
  return of(FrameType.Result)
    .u32(id)
    .bytes(bounded('JSON', json, MAX_JSON_BYTES))
    .finish();
}

/** @throws RangeError for JSON that is too long */
export function eventFrame(name: number, json: string): Bytes {
  return of(FrameType.Event)
    .u8(name)
    .bytes(bounded('JSON', json, MAX_JSON_BYTES))
    .finish();
}

/** Undefined for anything but a frame, whole and without more behind it. What is bytes in it is a view of it. */
export function decodeFrame(bytes: Uint8Array): Frame | undefined {
  const reader = new ByteReader(bytes);
  const frame = read(reader);
  return reader.failed || reader.left > 0 ? undefined : frame;
}

function read(reader: ByteReader): Frame | undefined {
  const type = reader.u8();
  switch (type) {
    case FrameType.Hello: {
      const isOurs = reader.u32() === MAGIC;
      const version = reader.u8();
      // Another version may have more to say.
      if (isOurs && version !== BRIDGE_VERSION) reader.rest();
      const isSame = version === BRIDGE_VERSION;
      const hello = { type, version, windowBytes: isSame ? reader.u32() : 0, fingerprint: isSame ? reader.u64() : 0n };
      return isOurs ? hello : undefined;
    }
    case FrameType.Welcome:
      return {
        type,
        version: reader.u8(),
        windowBytes: reader.u32(),
        fingerprint: reader.u64(),
        maxMessageBytes: reader.u32(),
        steamId: reader.u64(),
        host: reader.u64(),
        hasLobbies: (reader.u8() & HAS_LOBBIES) !== 0,
        personaName: reader.textRest(MAX_PERSONA_BYTES),
      };
    case FrameType.Bye:
      return { type, ...readEnd(reader) };
    case FrameType.Alive:
      return { type };
    case FrameType.Credit:
      return { type, id: reader.u32(), bytes: reader.u32() };
    case FrameType.Open:
      return { type, id: reader.u32(), host: reader.u64(), target: reader.textRest(MAX_TARGET_BYTES) };
    case FrameType.Data:
      return readData(reader);
    case FrameType.Close:
      return { type, id: reader.u32(), ...readEnd(reader) };
    case FrameType.Request:
      return { type, id: reader.u32(), host: reader.u64(), content: reader.rest() };
    case FrameType.Response:
      return { type, id: reader.u32(), content: reader.rest() };
    case FrameType.Failure:
      return { type, id: reader.u32(), ...readReason(reader) };
    case FrameType.Opened:
    case FrameType.Cancel:
      return { type, id: reader.u32() };
    case FrameType.Call:
      return { type, id: reader.u32(), name: reader.u8(), json: reader.textRest(MAX_JSON_BYTES) };
    case FrameType.Result:
      return { type, id: reader.u32(), json: reader.textRest(MAX_JSON_BYTES) };
    case FrameType.Event:
      return { type, name: reader.u8(), json: reader.textRest(MAX_JSON_BYTES) };
    default:
      return undefined;
  }
}

function readData(reader: ByteReader): Frame | undefined {
  const id = reader.u32();
  const how = reader.u8();
  const delivery = deliveries[how & DELIVERY_MASK] as Delivery;
  const hasLatest = (how & LATEST) !== 0;
  if ((how & ~(DELIVERY_MASK | LATEST)) !== 0 || (hasLatest && (delivery === 'reliable' || delivery === 'buffered')))
    return undefined;
  const latest = hasLatest ? reader.u32() : undefined;
  return { type: FrameType.Data, id, delivery, latest, bytes: reader.rest() };
}

function withEnd(frame: FrameWriter, { code, error, reason }: End): Bytes {
  return withReason(frame.u16(code), error, reason);
}

function readEnd(reader: ByteReader): End {
  return { code: reader.u16(), ...readReason(reader) };
}

function withReason(frame: FrameWriter, error: SteamErrorCode | undefined, reason: string): Bytes {
  const code = utf8Truncated(error ?? '', MAX_ERROR_BYTES);
  return frame.u8(code.length).bytes(code).bytes(utf8Truncated(reason, MAX_REASON_BYTES)).finish();
}

/** A code that we do not know is none: the reason says it all the same. */
function readReason(reader: ByteReader): Pick<End, 'error' | 'reason'> {
  const code = reader.text8(MAX_ERROR_BYTES);
  return { error: steamErrorCodes.find((known) => known === code), reason: reader.textRest(MAX_REASON_BYTES) };
}

function bounded(what: string, text: string, maxBytes: number): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > maxBytes)
    throw new RangeError(`${what} of ${bytes.length} bytes is over the ${maxBytes} that a bridge carries`);
  return bytes;
}

/** Its frame fills its buffer, which a port may hand over. */
class FrameWriter extends ByteWriter {
  override finish(): Bytes {
    return super.finish().slice();
  }
}

function of(type: number, capacity = 0): FrameWriter {
  return new FrameWriter(64 + capacity).u8(type);
}

function putU32(to: Uint8Array, at: number, value: number): void {
  to[at] = value >>> 24;
  to[at + 1] = value >>> 16;
  to[at + 2] = value >>> 8;
  to[at + 3] = value;
}
