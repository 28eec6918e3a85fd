import { describe, expect, test } from '@jest/globals';
import { SendType } from '../../src/driver/SteamDriver.ts';
import { FrameReader, FrameType, MAX_FRAME_BYTES, peerFrame, sendFrame, textFrame } from '../../src/sim/hub/frames.ts';

const PEER = 76561197960265729n;

function readAll(reader: FrameReader, chunk: Buffer): [number, string][] {
  reader.push(chunk);
  const frames: [number, string][] = [];
  for (let frame = reader.next(); frame !== undefined; frame = reader.next())
    frames.push([frame.type, frame.body.toString('hex')]);
  return frames;
}

describe('Frames between a process and the hub', () => {
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
    expect(readAll(new FrameReader(), stream)).toEqual(frames);
    for (let size = 1; size < stream.length; size++) {
      const reader = new FrameReader();
      const read: [number, string][] = [];
      for (let at = 0; at < stream.length; at += size) read.push(...readAll(reader, stream.subarray(at, at + size)));
      expect(read).toEqual(frames);
    }
  });

  test('of no length or too long are refused at their length, before anything is kept', () => {
    for (const length of [0, MAX_FRAME_BYTES + 1, 0xffff_ffff]) {
      const header = Buffer.alloc(5);
      header.writeUInt32LE(length);
      expect(() => readAll(new FrameReader(), header)).toThrow(RangeError);
    }
  });
});
