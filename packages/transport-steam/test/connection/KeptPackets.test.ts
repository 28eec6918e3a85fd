import { expect, test } from '@jest/globals';
import { KeptPackets } from '../../src/connection/KeptPackets.ts';
import { Code, Lane, writePacketHeader } from '../../src/wire/packet.ts';

const PEER = 7n;
const TAG = 5;
const hello = { packet: Uint8Array.of(0xbc), steamChannel: 0 };

function numbered(sequence: number, lane: Lane = Lane.Reliable, tag = TAG) {
  const packet = new Uint8Array(4);
  writePacketHeader(packet, 0, lane, Code.Control, tag, sequence);
  return { packet, steamChannel: 0 };
}

function kept() {
  const packets = new KeptPackets(8, 1_000);
  packets.begin(PEER, { epoch: 1, tag: TAG }, hello, 0);
  return packets;
}

test('keeps a hello and the reliable packets behind it, each once and in their order', () => {
  const packets = kept();
  for (const sequence of [0, 2, 1, 0, 4, 2]) expect(packets.add(PEER, numbered(sequence), 0)).toBe(true);
  const expected = [hello, numbered(0), numbered(1), numbered(2)];
  expect(packets.take(PEER, 0)).toEqual(expected);
  expect(packets.take(PEER, 0)).toEqual([]);
});

test('takes nothing of another session, and keeps nothing unreliable', () => {
  const packets = kept();
  expect(packets.add(PEER, numbered(0, Lane.Reliable, TAG + 1), 0)).toBe(false);
  expect(packets.add(PEER, numbered(0, Lane.Unreliable), 0)).toBe(true);
  expect(packets.take(PEER, 0)).toEqual([hello]);
});
