/**
 * Packets: what one Steam send carries. PROTOCOL.md is the document of record; all numbers are big-endian.
 *
 *   session packet   11 L CCCCC | TTTTTT SSSSSSSSSS | payload
 *                    L lane, C code, T tag of the sender's session, S sequence number of the packet in its lane
 *   a code of Many   then any number of frames:  CCCCC LLLLLLLLLLL | L bytes
 *
 * So a lone message costs 3 bytes, and one that shares a packet 2.
 */

/** First bytes. Everything below 0xbc is the game's own. */
export const PacketType = {
  /** Begins or answers a session: `hello.ts`. */
  Hello: 0xbc,
  /** Answers a hello with a reason why not. */
  Refuse: 0xbd,
  /** "I know no session for what you sent." */
  Reset: 0xbe,
  /** 0xc0 to 0xff: a packet of a session, lane and code in the low six bits. */
  Session: 0xc0,
} as const;

/** Bit 5 of a session packet. */
export const Lane = {
  /** In order, once, or the session ends. Steam's Reliable and ReliableWithBuffering. */
  Reliable: 0x00,
  /** In order and once, or not at all. Steam's Unreliable and UnreliableNoDelay. */
  Unreliable: 0x20,
} as const;
export type Lane = (typeof Lane)[keyof typeof Lane];

/** The five bits that say what a frame is. Every other value is data: bit 4 and a slot. */
export const Code = {
  /** Data on a connection that the sender of the packet opened. Clear: the receiver opened it. */
  OpenedBySender: 0x10,
  /** A control frame: its type is the first byte of the payload. */
  Control: 0x0f,
  /** Not a frame: the packet holds many, each with its own two bytes. */
  Many: 0x1f,
} as const;

/** The bits of the first byte that hold the code. */
export const CODE_MASK = 0x1f;

/** Connections that each side may have open to the other: slots 0 to 14. */
export const SLOTS = 15;

/** Packets that coalesce are no larger than what Steam sends as one datagram (Valve: 1200 bytes). */
export const COALESCED_BYTES = 1200;

export const PACKET_HEADER_BYTES = 3;
export const FRAME_HEADER_BYTES = 2;
const FRAME_LENGTH_MASK = 0x7ff;

/** Tags are 6 bits, sequence numbers 10. */
export const TAG_MASK = 0x3f;
export const SEQUENCE_MASK = 0x3ff;

/**
 * Reliable packets that are sent before the peer is known to have the session, at most. They are repeated with the hello, so only the
 * first of a session can come twice.
 */
export const MAX_UNCONFIRMED = 256;

/** True for a packet of this protocol, false for one of the game's own. */
export function isProtocolPacket(packet: Uint8Array): boolean {
  return packet.length > 0 && (packet[0] as number) >= PacketType.Hello;
}

/** How far `a` is ahead of `b` on the ring of sequence numbers: -512 to 511. */
export function sequenceDistance(a: number, b: number): number {
  return (((a - b) & SEQUENCE_MASK) << 22) >> 22;
}

export function writePacketHeader(buffer: Uint8Array, at: number, lane: Lane, code: number, tag: number, sequence: number): void {
  buffer[at] = PacketType.Session | lane | code;
  buffer[at + 1] = (tag << 2) | (sequence >> 8);
  buffer[at + 2] = sequence & 0xff;
}

/** The tag of a session packet, which must have its header. */
export function tagOf(packet: Uint8Array): number {
  return (packet[1] as number) >> 2;
}

/** The number of a session packet in its lane. */
export function sequenceOf(packet: Uint8Array): number {
  return (((packet[1] as number) << 8) | (packet[2] as number)) & SEQUENCE_MASK;
}

/** Whether a session packet is of the reliable lane. */
export function isReliablePacket(packet: Uint8Array): boolean {
  return ((packet[0] as number) & Lane.Unreliable) === 0;
}

/** The same code as the other side says it: what the sender opened, the receiver did not. */
export function flipCode(code: number): number {
  return code ^ Code.OpenedBySender;
}

/** Called for each frame of a packet. Returns false to stop. */
export type FrameSink = (code: number, payload: Uint8Array) => boolean;

/**
 * Hands the frames of a session packet to `sink`, in order. Payloads are views of the packet.
 * Returns false when the packet is malformed (after the frames that came before the fault) or the sink stopped.
 */
export function readFrames(packet: Uint8Array, sink: FrameSink): boolean {
  if (packet.length < PACKET_HEADER_BYTES) return false;
  const code = (packet[0] as number) & CODE_MASK;
  if (code !== Code.Many) {
    return sink(code, packet.subarray(PACKET_HEADER_BYTES));
  }
  let at = PACKET_HEADER_BYTES;
  while (at < packet.length) {
    if (at + FRAME_HEADER_BYTES > packet.length) return false;
    const header = ((packet[at] as number) << 8) | (packet[at + 1] as number);
    const frameCode = header >> 11;
    const end = at + FRAME_HEADER_BYTES + (header & FRAME_LENGTH_MASK);
    if (end > packet.length || frameCode === Code.Many) return false;
    if (!sink(frameCode, packet.subarray(at + FRAME_HEADER_BYTES, end))) return false;
    at = end;
  }
  return true;
}

/** How many frames {@link readFrames} finds in a packet at most, by their lengths alone; 0 in one of another kind, or larger than anybody makes it. */
export function countFrames(packet: Uint8Array): number {
  if (packet.length < PACKET_HEADER_BYTES || (packet[0] as number) < PacketType.Session) return 0;
  if (((packet[0] as number) & CODE_MASK) !== Code.Many) return 1;
  if (packet.length > COALESCED_BYTES) return 0;
  let frames = 0;
  for (let at = PACKET_HEADER_BYTES; at + FRAME_HEADER_BYTES <= packet.length; frames++) {
    const header = ((packet[at] as number) << 8) | (packet[at + 1] as number);
    at += FRAME_HEADER_BYTES + (header & FRAME_LENGTH_MASK);
  }
  return frames;
}
