import { describe, expect, test } from '@jest/globals';
import { SendType } from '../../src/driver/SteamDriver.ts';
import {
  type Frame,
  FrameReader,
  FrameType,
  MAX_FRAME_BYTES,
  peerFrame,
  sendFrame,
  textFrame,
} from '../../src/sim/hub/frames.ts';
import { generator } from '../helpers/World.ts';

const PEER = 76561197960265729n;

type Give = (reader: FrameReader, chunk: Buffer) => void;

const ways: [string, Give][] = [
  ['pushed', (reader, chunk) => reader.push(chunk)],
  [
    'read into its room',
    (reader, chunk) => {
      for (let at = 0; at < chunk.length; ) {
        const bytes = chunk.copy(reader.room(), 0, at);
        reader.wrote(bytes);
        at += bytes;
      }
    },
  ],
];

function framesOf(reader: FrameReader): Frame[] {
  const frames: Frame[] = [];
  for (let frame = reader.next(); frame !== undefined; frame = reader.next()) frames.push(frame);
  reader.keep();
  return frames;
}

function readAll(reader: FrameReader, chunk: Buffer, give: Give): [number, string][] {
  give(reader, chunk);
  return framesOf(reader).map(({ type, body }) => [type, body.toString('hex')]);
}

describe.each(ways)('Frames between a process and the hub, %s', (_way, give) => {
  const stream = Buffer.concat([
    textFrame(FrameType.Bye, ''),
    peerFrame(FrameType.AcceptSession, PEER),
    sendFrame(PEER, SendType.Reliable, 3, Uint8Array.of(1, 2, 3)),
    textFrame(FrameType.SteamLost, 'gone'),
  ]);
  const frames: [number, string][] = [
    [0x05, ''],
    [0x03, '0100000001001001'],
    [0x02, '01000000010010010203010203'],
    [0x86, '676f6e65'],
  ];

  test('are read in whatever pieces they come', () => {
    expect(readAll(new FrameReader(), stream, give)).toEqual(frames);
    for (let size = 1; size < stream.length; size++) {
      const reader = new FrameReader();
      const read: [number, string][] = [];
      for (let at = 0; at < stream.length; at += size) read.push(...readAll(reader, stream.subarray(at, at + size), give));
      expect(read).toEqual(frames);
    }
  });

  test('of all sizes keep what is in them, however much is read behind them', () => {
    const random = generator(5);
    const sizes = Array.from({ length: 200 }, (_, i) => Math.floor(random() * (i % 10 === 0 ? 300_000 : 2_000)));
    const packets = sizes.map((size) => Uint8Array.from({ length: size }, () => random() * 256));
    const bytes = Buffer.concat(packets.map((packet) => sendFrame(PEER, SendType.Reliable, 0, packet)));
    const reader = new FrameReader();
    const read: Frame[] = [];
    for (let at = 0; at < bytes.length; ) {
      const size = 1 + Math.floor(random() * 70_000);
      give(reader, Buffer.from(bytes.subarray(at, at + size)));
      read.push(...framesOf(reader));
      at += size;
    }
    expect(read.length).toBe(packets.length);
    expect(read.every(({ body }, i) => body.subarray(10).equals(packets[i] as Uint8Array))).toBe(true);
    expect(reader.next()).toBeUndefined();
  });

  test('that nobody wants are thrown away', () => {
    const reader = new FrameReader();
    give(reader, stream.subarray(0, 9));
    reader.clear();
    expect(readAll(reader, stream, give)).toEqual(frames);
  });

  test('of no length or too long are refused at their length, before anything is kept', () => {
    for (const length of [0, MAX_FRAME_BYTES + 1, 0xffff_ffff]) {
      const header = Buffer.alloc(5);
      header.writeUInt32LE(length);
      expect(() => readAll(new FrameReader(), header, give)).toThrow(RangeError);
    }
  });
});
