import { ByteReader, ByteWriter, utf8Truncated } from './bytes.ts';
import { PacketType, TAG_MASK } from './packet.ts';

/** Raised with every change that an older peer cannot understand. */
export const PROTOCOL_VERSION = 1;

/** `CTS`, in every packet that is not of a session: a packet of the game's own that begins with the same byte is not taken for ours. */
const MAGIC = [0x43, 0x54, 0x53] as const;

/** Reasons given to people are cut to this many bytes of UTF-8. */
export const REASON_BYTES = 512;

/** The description of message definitions, in a refusal because of them, is cut to this many. */
export const DESCRIPTION_BYTES = 16_384;

/** What the sender calls himself is cut to this many. */
export const NAME_BYTES = 128;

/** No peer has a smaller limit. One who says so would have every send to him fail, here. */
export const LEAST_MAX_MESSAGE_BYTES = 1024;

const HelloFlag = {
  /** Answers a hello: `echo` is that hello's epoch. */
  Answer: 0x01,
} as const;

/** Begins a session, and answers its beginning. */
export interface Hello {
  readonly version: number;
  /** Names this session at the sender: random, new for every session. */
  readonly epoch: number;
  /** The epoch of the hello that this one answers; undefined when it answers none. */
  readonly echo: number | undefined;
  /** In every packet that the sender will send in this session. */
  readonly tag: number;
  /** The largest message that the sender takes. */
  readonly maxMessageBytes: number;
  /** Of the sender's message definitions, 64 bits; 0 when there are none. */
  readonly fingerprint: bigint;
  /** What the sender compresses with, and takes: one of `Compression`, or what only a later version knows. */
  readonly compression: number;
  /** What the sender calls himself: anything, and nobody's identity. Empty when he does not say. */
  readonly personaName: string;
}

/** Why a hello is refused. The values are on the wire. */
export const RefuseCode = {
  Denied: 1,
  VersionMismatch: 2,
  Full: 3,
  NotHosting: 4,
  /** Other message definitions. The reason is the description of those of the one who refuses. */
  SchemaMismatch: 5,
  /** The session that this hello began was here, and is over: what came with it may have been done. Of a hello only. */
  Ended: 6,
} as const;
export type RefuseCode = (typeof RefuseCode)[keyof typeof RefuseCode];

export interface Refuse {
  readonly code: number;
  /** The epoch of the hello that is refused. */
  readonly echo: number;
  /** For people. */
  readonly reason: string;
}

export function encodeHello(hello: Omit<Hello, 'version'>): Uint8Array {
  const name = utf8Truncated(hello.personaName, NAME_BYTES);
  return begin(PacketType.Hello)
    .u8(PROTOCOL_VERSION)
    .u8(hello.echo === undefined ? 0 : HelloFlag.Answer)
    .u32(hello.epoch)
    .u32(hello.echo ?? 0)
    .u8(hello.tag)
    .u32(hello.maxMessageBytes)
    .u64(hello.fingerprint)
    .u8(hello.compression)
    .u8(name.length)
    .bytes(name)
    .finish();
}

/**
 * Undefined when it is not a hello. Of a hello of another version only `version`, `epoch` and `echo` mean anything: what stands before
 * the tag never changes its place. What stands behind is for later versions, and skipped.
 */
export function decodeHello(packet: Uint8Array): Hello | undefined {
  const reader = open(packet);
  const version = reader.u8();
  const flags = reader.u8();
  const epoch = reader.u32();
  const echo = reader.u32();
  const answered = (flags & HelloFlag.Answer) !== 0 ? echo : undefined;
  const beginning = { version, epoch, echo: answered };
  if (!reader.failed && version !== PROTOCOL_VERSION) {
    return { ...beginning, tag: 0, maxMessageBytes: 0, fingerprint: 0n, compression: 0, personaName: '' };
  }
  const hello = {
    ...beginning,
    tag: reader.u8(),
    maxMessageBytes: reader.u32(),
    fingerprint: reader.u64(),
    compression: reader.u8(),
    personaName: reader.left > 0 ? reader.text8(NAME_BYTES) : '',
  };
  const valid = !reader.failed && hello.tag <= TAG_MASK && hello.maxMessageBytes >= LEAST_MAX_MESSAGE_BYTES;
  return valid ? hello : undefined;
}

export function encodeRefuse(refuse: Refuse): Uint8Array {
  const reason = utf8Truncated(refuse.reason, maxReasonBytes(refuse.code));
  return begin(PacketType.Refuse).u8(refuse.code).u32(refuse.echo).bytes(reason).finish();
}

export function decodeRefuse(packet: Uint8Array): Refuse | undefined {
  const reader = open(packet);
  const code = reader.u8();
  const refuse = { code, echo: reader.u32(), reason: reader.textRest(maxReasonBytes(code)) };
  return reader.failed ? undefined : refuse;
}

/** `tag` is the one in the packets that belong to no session here: the peer drops its session if it still uses it. */
export function encodeReset(tag: number): Uint8Array {
  return begin(PacketType.Reset).u8(tag).finish();
}

export function decodeReset(packet: Uint8Array): number | undefined {
  const reader = open(packet);
  const tag = reader.u8();
  return reader.failed ? undefined : tag;
}

function maxReasonBytes(code: number): number {
  return code === RefuseCode.SchemaMismatch ? DESCRIPTION_BYTES : REASON_BYTES;
}

function begin(type: number): ByteWriter {
  return new ByteWriter(32).u8(type).u8(MAGIC[0]).u8(MAGIC[1]).u8(MAGIC[2]);
}

function open(packet: Uint8Array): ByteReader {
  const reader = new ByteReader(packet, 1);
  for (const byte of MAGIC) {
    if (reader.u8() !== byte) reader.failed = true;
  }
  return reader;
}
