import { expect, test } from '@jest/globals';
import type { Peer } from '../../src/connection/Peer.ts';
import { Reader } from '../../src/connection/Reader.ts';
import type { SteamDriver } from '../../src/driver/SteamDriver.ts';

// What waited for its turn was no traffic: it was looked at every 50 ms in silence, though 5 ms of it may be done in each.
test('the next turn is wanted soon while something waits, also when nothing comes any more', () => {
  let mayBegin = false;
  const peer = { affords: () => true, begin: () => mayBegin, isShutOut: () => false } as unknown as Peer;
  const handled: number[] = [];
  let hurries = 0;
  const reader = new Reader({
    driver: { poll: () => 0 } as unknown as SteamDriver,
    maxPacketsPerPoll: 256,
    find: () => peer,
    handle: (_id, _peer, packet) => void handled.push(packet[0] as number),
    hurry: () => hurries++,
  });
  for (const byte of [1, 2, 3]) reader.receive(7n, Uint8Array.of(byte), 0);
  for (let turn = 1; turn <= 5; turn++) {
    expect(reader.read(turn)).toBe(0);
    expect(hurries).toBe(turn);
  }
  mayBegin = true;
  expect(reader.read(6)).toBe(3);
  reader.read(7);
  expect(handled).toEqual([1, 2, 3]);
  expect(hurries).toBe(5);
});

test('the memory of a packet that nobody looks at is given back, where it is all of its buffer', () => {
  const peer = { affords: () => false } as unknown as Peer;
  const reader = new Reader({
    driver: { poll: () => 0 } as unknown as SteamDriver,
    maxPacketsPerPoll: 256,
    find: (id) => (id === 7n ? peer : undefined),
    handle: () => undefined,
    hurry: () => undefined,
  });
  const whole = new Uint8Array(60_000);
  const part = new Uint8Array(60_000).subarray(1);
  const small = new Uint8Array(1_000);
  const looked = new Uint8Array(60_000);
  for (const packet of [whole, part, small]) reader.receive(7n, packet, 0);
  reader.receive(8n, looked, 0);
  expect([whole, part, small, looked].map(({ length }) => length)).toEqual([0, 59_999, 1_000, 60_000]);
});
