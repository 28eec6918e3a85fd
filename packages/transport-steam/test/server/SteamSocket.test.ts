import { logger } from '@colyseus/core';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { Connection } from '../../src/connection/Connection.ts';
import type { ConnectionEvents, Delivery } from '../../src/connection/types.ts';
import { DelayLine } from '../../src/server/DelayLine.ts';
import { FaultLog } from '../../src/server/FaultLog.ts';
import { ReadyState, SteamSocket } from '../../src/server/SteamSocket.ts';
import { muteConsole } from '../helpers/muteConsole.ts';

/** A connection that notes what it is told. As the real one, it takes a message's bytes at once. */
class FakeConnection {
  readonly peer = 76561197960265730n;
  state = 'open';
  readonly sent: [Delivery, ...number[]][] = [];
  readonly closed: [number, string | undefined][] = [];
  limit = 100;

  send(bytes: Uint8Array, delivery: Delivery): void {
    if (bytes.length > this.limit)
      throw new RangeError(`message of ${bytes.length} bytes is over the limit of ${this.limit} bytes`);
    this.sent.push([delivery, ...bytes]);
  }

  close(code: number, reason?: string): void {
    this.closed.push([code, reason]);
  }
}

function make() {
  const line = new DelayLine();
  const connection = new FakeConnection();
  const socket = new SteamSocket(
    { line, faults: new FaultLog(), knowsMessages: false },
    () => connection as unknown as Connection,
  );
  const ends: unknown[][] = [];
  socket.on('close', (...end) => ends.push(end));
  return { line, connection, socket, ends, events: socket.events as Required<ConnectionEvents> };
}

beforeEach(muteConsole);
afterEach(() => {
  jest.restoreAllMocks();
});

test('a frame goes out, and its callback hears so', () => {
  const { socket, connection } = make();
  const callback = jest.fn();
  socket.send(Uint8Array.of(1, 2), callback);
  expect(connection.sent).toEqual([['reliable', 1, 2]]);
  expect(callback.mock.calls).toEqual([[]]);
});

test('a delayed frame is what it was when it was sent', () => {
  const { socket, connection, line } = make();
  line.setDelay(1_000);
  const shared = Uint8Array.of(1);
  const patch = Uint8Array.of(15 | 0x40, 9, 9);
  socket.send(shared);
  socket.sendUnreliable(patch);
  socket.sendUnreliable(patch);
  shared[0] = 2;
  line.flush();
  expect(connection.sent).toEqual([
    ['reliable', 1],
    ['unreliable', 15 | 0x40, 1, 0],
    ['unreliable', 15 | 0x40, 2, 0],
  ]);
});

test('a frame over the limit throws nothing at core: it is logged, told to the callback, and ends the link with 1009', () => {
  const { socket, connection } = make();
  const logged = jest.spyOn(logger, 'error');
  const callback = jest.fn();
  socket.send(new Uint8Array(101), callback);
  const words = 'message of 101 bytes is over the limit of 100 bytes';
  expect(callback.mock.calls).toEqual([[new RangeError(words)]]);
  expect(logged.mock.calls).toEqual([[expect.stringContaining(words)]]);
  expect(connection.closed).toEqual([[1009, words]]);
});

test('an unreliable frame that is refused is logged once, and the link stays', () => {
  const { socket, connection } = make();
  const logged = jest.spyOn(logger, 'error');
  const callback = jest.fn();
  for (let i = 0; i < 3; i++) socket.sendUnreliable(new Uint8Array(101), callback);
  expect(callback).toHaveBeenCalledTimes(3);
  expect(logged).toHaveBeenCalledTimes(1);
  expect(connection.closed).toEqual([]);
});

test('after a close nothing goes out, and callbacks hear so', () => {
  const { socket, connection } = make();
  socket.close(4_000, 'bye');
  socket.close(4_001);
  const callback = jest.fn();
  socket.send(Uint8Array.of(1), callback);
  socket.sendUnreliable(Uint8Array.of(1), callback);
  expect(socket.readyState).toBe(ReadyState.CLOSING);
  expect(connection).toMatchObject({ sent: [], closed: [[4_000, 'bye']] });
  expect(callback.mock.calls).toEqual([[expect.any(Error)], [expect.any(Error)]]);
});

test('without a code it is 1005; a code that is none is refused', () => {
  const { socket, connection } = make();
  for (const code of [-1, 1.5, 65_536, Number.NaN]) expect(() => socket.close(code)).toThrow(RangeError);
  socket.close();
  expect(connection.closed).toEqual([[1005, undefined]]);
});

test("'close' comes once, with a number", () => {
  const { socket, ends, events } = make();
  events.onClose(1006, 'lost');
  events.onClose(1000, '');
  expect(ends).toEqual([[1006, 'lost']]);
  expect(socket.readyState).toBe(ReadyState.CLOSED);
});

test('a link that gives way is lost for the room, and refused for the player', () => {
  const { socket, connection, ends, events } = make();
  socket.giveWay();
  expect(connection.closed).toEqual([[4002, expect.any(String)]]);
  events.onClose(4002, '');
  expect(ends).toEqual([[1006, '']]);
});

test('a lost link whose loss is held is open for the room, until it is told; a second one that gives way has no say in it', () => {
  const { socket, connection, ends, events } = make();
  const tell = socket.holdLoss();
  events.onClose(1006, 'lost');
  expect([socket.readyState, ends]).toEqual([ReadyState.OPEN, []]);
  socket.giveWay();
  expect(connection.closed).toEqual([]);
  tell();
  expect([socket.readyState, ends]).toEqual([ReadyState.CLOSED, [[1006, 'lost']]]);
});

test('a link that gives way while its loss is held is open for the room, until it is told', () => {
  const { socket, connection, ends, events } = make();
  const tell = socket.holdLoss();
  socket.giveWay();
  expect([connection.closed, socket.readyState]).toEqual([[[4002, expect.any(String)]], ReadyState.OPEN]);
  events.onClose(4002, '');
  expect(ends).toEqual([]);
  tell();
  expect(ends).toEqual([[1006, '']]);
});

test.each([
  ['the player leaves on purpose', 4000, () => undefined],
  ['the host closes it', 4444, (socket: SteamSocket) => socket.close(4444)],
])('a held loss is none when %s', (_, code, close) => {
  const { socket, ends, events } = make();
  socket.holdLoss();
  close(socket);
  events.onClose(code, '');
  expect(ends).toEqual([[code, '']]);
});

test('what is lost after the loss was told of is told at once', () => {
  const { socket, ends, events } = make();
  socket.holdLoss()();
  expect(ends).toEqual([]);
  events.onClose(1006, '');
  expect(ends).toEqual([[1006, '']]);
});

test('a frame comes in as a Buffer of exactly that frame, and none after a close', () => {
  const { socket, events } = make();
  const frames: unknown[] = [];
  socket.on('message', (frame) => frames.push(frame));
  events.onMessage(Uint8Array.of(0, 1, 2, 3).subarray(1, 3), true);
  socket.close();
  events.onMessage(Uint8Array.of(9), true);
  expect(frames).toEqual([Buffer.from([1, 2])]);
});

test('what a handler throws ends that link, not the host', () => {
  const { socket, connection, events } = make();
  socket.on('message', () => {
    throw new Error('cannot be decoded');
  });
  expect(() => events.onMessage(Uint8Array.of(13, 0xff), true)).not.toThrow();
  expect(connection.closed).toEqual([[1011, expect.any(String)]]);
});

test('an offer that could not be made is closed from the start', () => {
  const socket = new SteamSocket(
    { line: new DelayLine(), faults: new FaultLog(), knowsMessages: false },
    () => Object.assign(new FakeConnection(), { state: 'closed' }) as unknown as Connection,
  );
  expect(socket.readyState).toBe(ReadyState.CLOSED);
});
