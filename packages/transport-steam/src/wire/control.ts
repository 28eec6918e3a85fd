import { ByteReader, ByteWriter, utf8, utf8Truncated } from './bytes.ts';
import { REASON_BYTES } from './hello.ts';
import { SEQUENCE_MASK } from './packet.ts';

/** Targets are URLs' paths and queries: tokens make them long, not this long. */
export const TARGET_BYTES = 8192;

/** What stands before the content of a request or a response: type and id. */
export const REQUEST_HEADER_BYTES = 3;

/** First byte of a control frame. */
export const ControlType = {
  Open: 0x01,
  Accept: 0x02,
  Refuse: 0x03,
  Close: 0x04,
  Closed: 0x05,
  Ping: 0x06,
  Pong: 0x07,
  Request: 0x08,
  Response: 0x09,
  RequestFailed: 0x0a,
  /** Reliable lane only: `chunks.ts`. */
  Chunk: 0x0b,
  /** Unreliable lane only: `Fragments.ts`. */
  Fragment: 0x0c,
  /** Either lane: `compression.ts`. */
  Compressed: 0x0d,
  Pause: 0x0e,
} as const;

/**
 * Control frames, decoded. `connection` is the data code of the connection as the *sender* of the frame says it:
 * bit 4 set when he opened it, and the slot.
 */
export type Control =
  /**
   * A connection begins. `offerFor` names the receiver's request that it comes with; undefined when the sender dials.
   * `unreliableFrom`: the sender's unreliable packets with an earlier number are of a former connection in this slot.
   */
  | {
      readonly type: 'open';
      readonly connection: number;
      readonly unreliableFrom: number;
      readonly offerFor: number | undefined;
      readonly target: string;
    }
  /** It is taken. `unreliableFrom` is as in `open`, for the other direction. */
  | { readonly type: 'accept'; readonly connection: number; readonly unreliableFrom: number }
  | { readonly type: 'refuse'; readonly connection: number; readonly code: number; readonly reason: string }
  /** The sender sends nothing more on it. */
  | { readonly type: 'close'; readonly connection: number; readonly code: number; readonly reason: string }
  /** The answer to a close: the slot is free again. */
  | { readonly type: 'closed'; readonly connection: number }
  | { readonly type: 'ping'; readonly token: number }
  | { readonly type: 'pong'; readonly token: number }
  /** The sender may be silent for so long from now on; 0: he is back. */
  | { readonly type: 'pause'; readonly ms: number }
  /** `content` is read by `requestCodec.ts`. */
  | { readonly type: 'request'; readonly id: number; readonly content: Uint8Array }
  | { readonly type: 'response'; readonly id: number; readonly content: Uint8Array }
  | { readonly type: 'requestFailed'; readonly id: number; readonly code: number; readonly reason: string };

/** In the place of a request id: the open comes with none. Ids therefore stop at 0xfffe. */
const NO_REQUEST = 0xffff;

export function encodeControl(control: Control): Uint8Array {
  const writer = new ByteWriter(32);
  switch (control.type) {
    case 'open':
      return writer
        .u8(ControlType.Open)
        .u8(control.connection)
        .u16(control.unreliableFrom)
        .u16(control.offerFor ?? NO_REQUEST)
        .bytes(utf8(control.target))
        .finish();
    case 'accept':
      return writer.u8(ControlType.Accept).u8(control.connection).u16(control.unreliableFrom).finish();
    case 'refuse':
      return writer.u8(ControlType.Refuse).u8(control.connection).u8(control.code).bytes(reason(control)).finish();
    case 'close':
      return writer.u8(ControlType.Close).u8(control.connection).u16(control.code).bytes(reason(control)).finish();
    case 'closed':
      return writer.u8(ControlType.Closed).u8(control.connection).finish();
    case 'ping':
      return writer.u8(ControlType.Ping).u32(control.token).finish();
    case 'pong':
      return writer.u8(ControlType.Pong).u32(control.token).finish();
    case 'pause':
      return writer.u8(ControlType.Pause).u32(control.ms).finish();
    case 'request':
      return writer.u8(ControlType.Request).u16(control.id).bytes(control.content).finish();
    case 'response':
      return writer.u8(ControlType.Response).u16(control.id).bytes(control.content).finish();
    case 'requestFailed':
      return writer.u8(ControlType.RequestFailed).u16(control.id).u8(control.code).bytes(reason(control)).finish();
  }
}

/** Undefined when the frame is malformed, or of a type that is not known here. */
export function decodeControl(payload: Uint8Array): Control | undefined {
  const reader = new ByteReader(payload);
  const control = read(reader);
  return reader.failed ? undefined : control;
}

function read(reader: ByteReader): Control | undefined {
  switch (reader.u8()) {
    case ControlType.Open: {
      const connection = reader.u8();
      const unreliableFrom = readSequence(reader);
      const request = reader.u16();
      const target = reader.textRest(TARGET_BYTES);
      return { type: 'open', connection, unreliableFrom, offerFor: request === NO_REQUEST ? undefined : request, target };
    }
    case ControlType.Accept:
      return { type: 'accept', connection: reader.u8(), unreliableFrom: readSequence(reader) };
    case ControlType.Refuse:
      return { type: 'refuse', connection: reader.u8(), code: reader.u8(), reason: reader.textRest(REASON_BYTES) };
    case ControlType.Close:
      return { type: 'close', connection: reader.u8(), code: reader.u16(), reason: reader.textRest(REASON_BYTES) };
    case ControlType.Closed:
      return { type: 'closed', connection: reader.u8() };
    case ControlType.Ping:
      return { type: 'ping', token: reader.u32() };
    case ControlType.Pong:
      return { type: 'pong', token: reader.u32() };
    case ControlType.Pause:
      return { type: 'pause', ms: reader.u32() };
    case ControlType.Request:
      return { type: 'request', id: reader.u16(), content: reader.rest() };
    case ControlType.Response:
      return { type: 'response', id: reader.u16(), content: reader.rest() };
    case ControlType.RequestFailed:
      return { type: 'requestFailed', id: reader.u16(), code: reader.u8(), reason: reader.textRest(REASON_BYTES) };
    default:
      return undefined;
  }
}

function readSequence(reader: ByteReader): number {
  const sequence = reader.u16();
  if (sequence > SEQUENCE_MASK) reader.failed = true;
  return sequence;
}

function reason(control: { readonly reason: string }): Uint8Array {
  return utf8Truncated(control.reason, REASON_BYTES);
}
