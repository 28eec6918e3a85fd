import { pack } from 'msgpackr';
import { SendType } from '../../../src/driver/SteamDriver.ts';
import { Compression, compress } from '../../../src/wire/compression.ts';
import { ControlType, encodeControl } from '../../../src/wire/control.ts';
import { encodeRefuse, encodeReset } from '../../../src/wire/hello.ts';
import { Code, Lane } from '../../../src/wire/packet.ts';
import { encodeRequest } from '../../../src/wire/requestCodec.ts';
import { concat, field, greeting } from '../../wire/support.ts';
import { messageFrame } from '../frames.ts';

/** Writes packets of the flooder's session, numbered as they must be. */
export interface Pen {
  /** The connection that he has opened, as its sender says it. */
  readonly code: number;
  /** Good until the next one: who floods is not to be slowed down by memory. */
  packet(lane: Lane, code: number, payload: Uint8Array | readonly number[]): Uint8Array;
}

/** One packet of a flood, and how it goes. */
export interface Drop {
  readonly packet: Uint8Array;
  readonly sendType: SendType;
}

/** Makes the next packet of a flood: as fast as it can be made. */
export type Flood = (pen: Pen) => Drop;

const reliable = (packet: Uint8Array): Drop => ({ packet, sendType: SendType.Reliable });
const unreliable = (packet: Uint8Array): Drop => ({ packet, sendType: SendType.Unreliable });

const text = new TextEncoder();
let count = 0;
const next = () => (count = (count + 1) >>> 0);

const small = messageFrame('say', 'x');
const ping = encodeControl({ type: 'ping', token: 1 });
const emptyFrames = new Uint8Array(1_196);
const requestBody = text.encode(JSON.stringify({ text: 'x'.repeat(1_000) }));
const join = encodeRequest({
  method: 'POST',
  path: '/matchmake/create/match',
  headers: [['content-type', 'application/json']],
  body: requestBody,
});
/** As many values as a message can hold: what costs a reader most for each byte. */
const manyValues = messageFrame(
  'say',
  Array.from({ length: 60_000 }, (_, i) => i & 0x7f),
);
const zeros = compress(Compression.Deflate, new Uint8Array(250_000));
const bomb = concat([ControlType.Compressed, Code.OpenedBySender], field(250_000, 4), zeros);
/** It says that it is compressed, and zlib can make nothing of it. */
const garbage = concat([ControlType.Compressed, Code.OpenedBySender], field(100, 4), new Uint8Array(4).fill(0x55));

/** What one hostile peer may send as fast as he can. */
export const floods: Readonly<Record<string, Flood>> = {
  'messages to the room': (pen) => reliable(pen.packet(Lane.Reliable, pen.code, small)),
  'messages to the room, 70 in a packet': (pen) => {
    const frame = concat(field((pen.code << 11) | small.length, 2), small);
    return reliable(pen.packet(Lane.Reliable, Code.Many, concat(...Array.from({ length: 70 }, () => frame))));
  },
  'large messages': (pen) => reliable(pen.packet(Lane.Reliable, pen.code, manyValues)),
  'tiny packets': (pen) => unreliable(pen.packet(Lane.Unreliable, pen.code, [])),
  'packets of 598 empty frames': (pen) => {
    for (let at = 0; at < emptyFrames.length; at += 2) emptyFrames[at] = pen.code << 3;
    return unreliable(pen.packet(Lane.Unreliable, Code.Many, emptyFrames));
  },
  "packets of the game's own": () => unreliable(Uint8Array.of(1, 2, 3)),
  'packets of no session': (pen) => {
    const packet = pen.packet(Lane.Unreliable, pen.code, [1, 2, 3]);
    packet[1] = packet[1]! ^ 0xfc;
    return unreliable(packet);
  },
  hellos: () => reliable(greeting({ epoch: next(), tag: count & 0x3f })),
  'refusals and resets of nobody': () =>
    reliable(next() % 2 === 0 ? encodeReset(60) : encodeRefuse({ code: 1, echo: 1, reason: 'x'.repeat(512) })),
  opens: (pen) => {
    const open = {
      type: 'open',
      connection: 17 + (next() % 14),
      unreliableFrom: 0,
      offerFor: undefined,
      target: '/p/r?sessionId=x',
    } as const;
    return reliable(pen.packet(Lane.Reliable, Code.Control, encodeControl(open)));
  },
  'opens and closes': (pen) => {
    const connection = 17 + (next() % 14);
    const frames = [
      encodeControl({ type: 'open', connection, unreliableFrom: 0, offerFor: undefined, target: '/' }),
      encodeControl({ type: 'close', connection, code: 1000, reason: '' }),
    ];
    const packed = frames.map((frame) => concat(field((Code.Control << 11) | frame.length, 2), frame));
    return reliable(pen.packet(Lane.Reliable, Code.Many, concat(...packed)));
  },
  pings: (pen) => reliable(pen.packet(Lane.Reliable, Code.Control, ping)),
  requests: (pen) => {
    const payload = concat([ControlType.Request], field(next() % 0xffff, 2), join);
    return reliable(pen.packet(Lane.Reliable, Code.Control, payload));
  },
  'fragments, the last of each missing': (pen) => {
    const payload = concat([ControlType.Fragment, pen.code, next() % 223, 224], new Uint8Array(1_190));
    return unreliable(pen.packet(Lane.Unreliable, Code.Control, payload));
  },
  'counts of 4 billion': (pen) =>
    reliable(pen.packet(Lane.Reliable, pen.code, concat(messageFrame('say'), [0xdd, 0xff, 0xff, 0xff, 0xff]))),
  'compressed zeros': (pen) => reliable(pen.packet(Lane.Reliable, Code.Control, bomb)),
  'compressed garbage': (pen) => unreliable(pen.packet(Lane.Unreliable, Code.Control, garbage)),
  rubbish: (pen) => unreliable(pen.packet(Lane.Unreliable, Code.Control, pack([next(), 'rubbish']))),
};
