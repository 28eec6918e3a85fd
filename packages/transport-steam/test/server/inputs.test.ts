import { Protocol, ProtocolModifier } from '@colyseus/core';
import { expect, test } from '@jest/globals';
import { MAX_INPUTS, stampedInputs } from '../../src/server/inputs.ts';

const STAMPED = Protocol.ROOM_INPUT_UNRELIABLE | ProtocolModifier.TIMED;
const frame = (first: number, count: number, bytes: number) => Uint8Array.of(first, count, ...new Uint8Array(bytes));

test.each([
  ['as many as it says', frame(STAMPED, 3, 3), 3],
  ['the most that there may be', frame(STAMPED, MAX_INPUTS, MAX_INPUTS), MAX_INPUTS],
  ['fewer bytes than stamps', frame(STAMPED, 3, 2), undefined],
  ['none', frame(STAMPED, 0, 3), undefined],
  ['too many', frame(STAMPED, MAX_INPUTS + 1, 100), undefined],
  ['no number', Uint8Array.of(STAMPED), undefined],
  ['an input without stamps', frame(Protocol.ROOM_INPUT_UNRELIABLE, 3, 0), 0],
  ['no input', frame(Protocol.ROOM_DATA, 3, 0), 0],
  ['nothing at all', new Uint8Array(), 0],
])('stamps of a frame: %s', (_, bytes, expected) => {
  expect(stampedInputs(bytes)).toBe(expected);
});
