import { Packr } from 'msgpackr';
import { compactHead, isCompact, readCompact } from '../messages/compact.ts';
import { MessageError } from '../messages/MessageError.ts';
import type { Messages } from '../messages/Messages.ts';
import { isSoundMsgpack } from './soundMsgpack.ts';

/**
 * First bytes of the frames between two members of a {@link LobbyMesh}: PROTOCOL.md has them. Declared messages begin with 0x20 to 0x3f, as in the
 * rooms of Colyseus.
 */
const MeshCode = {
  /** The first frame, from who was dialled: the other one is in. Nothing follows. */
  Welcome: 0x01,
  /** A message that is not declared: msgpack, a list of its type and, unless that is `undefined`, its payload. */
  Message: 0x02,
} as const;

/** As of declared messages. Unit: characters. */
const MAX_TYPE = 128;

/** Types are read once for each message: no records, which one side would have to remember for the other. */
const packr = new Packr({ useRecords: false, variableMapSize: true });

export const WELCOME: Uint8Array = Uint8Array.of(MeshCode.Welcome);

export function isWelcome(frame: Uint8Array): boolean {
  return frame.length === 1 && frame[0] === MeshCode.Welcome;
}

export interface MeshMessage {
  readonly type: string;
  readonly payload: unknown;
}

/**
 * A message as it is sent.
 *
 * @throws MessageError when a declared payload does not fit; TypeError for a type that is none, or a payload that msgpack has no room for
 */
export function encodeMessage(type: string, payload: unknown, messages: Messages | undefined): Uint8Array {
  const declared = messages?.get(type);
  if (declared !== undefined) return declared.encode(payload, compactHead(declared));
  if (!isType(type))
    throw new TypeError(`the type of a message must be a string of 1 to ${MAX_TYPE} characters, not ${String(type)}`);
  const packed = packr.pack(payload === undefined ? [type] : [type, payload]);
  // The other side would end the connection for it.
  if (!isSoundMsgpack(packed)) {
    throw new TypeError(
      `message ${type}: its payload has what mesh messages cannot carry; they take what JSON takes, and undefined, bytes (Uint8Array), dates ` +
        'and bigints of 64 bits, at most 60 levels deep',
    );
  }
  const frame = new Uint8Array(1 + packed.length);
  frame[0] = MeshCode.Message;
  frame.set(packed, 1);
  return frame;
}

/** The message in a frame of a member, decoded. Undefined when it is none: anything may come. */
export function decodeMessage(frame: Uint8Array, messages: Messages | undefined): MeshMessage | undefined {
  if (isCompact(frame)) return messages === undefined ? undefined : decodeDeclared(frame, messages);
  if (frame[0] !== MeshCode.Message || !isSoundMsgpack(frame, 1)) return undefined;
  const packed: unknown = packr.unpack(frame.subarray(1));
  if (!Array.isArray(packed) || packed.length < 1 || packed.length > 2) return undefined;
  const [type, payload] = packed as unknown[];
  // What is declared is decoded as it is declared, or not at all.
  if (!isType(type) || messages?.get(type) !== undefined) return undefined;
  return { type, payload };
}

function decodeDeclared(frame: Uint8Array, messages: Messages): MeshMessage | undefined {
  const found = readCompact(frame, messages);
  if (found === undefined) return undefined;
  try {
    return { type: found.declared.name, payload: found.declared.decode(found.bytes) };
  } catch (error) {
    if (error instanceof MessageError) return undefined;
    throw error;
  }
}

function isType(type: unknown): type is string {
  return typeof type === 'string' && type.length >= 1 && type.length <= MAX_TYPE;
}
