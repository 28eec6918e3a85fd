import { EventEmitter } from 'node:events';
import { runInNewContext } from 'node:vm';
import { describe, expect, jest, test } from '@jest/globals';
import { aliveFrame } from '../../src/bridge/frames.ts';
import { Wire, type WireEvents } from '../../src/bridge/Wire.ts';
import { type BridgePort, messagePort, webSocketPort } from '../../src/bridge.ts';
import { memoryPorts } from './memoryPorts.ts';

const bytes = (...values: number[]) => Uint8Array.from(values);

/** What came out of a port. */
function listen(port: BridgePort): { frames: (number[] | undefined)[]; closes: string[] } {
  const heard: ReturnType<typeof listen> = { frames: [], closes: [] };
  port.start({
    onFrame: (frame) => heard.frames.push(frame && [...frame]),
    onClose: (reason) => heard.closes.push(reason),
  });
  return heard;
}

/** As a `MessagePortMain` of Electron. */
class MainPort extends EventEmitter {
  readonly posted: unknown[][] = [];
  isStarted = false;
  isClosed = false;
  postMessage(...message: unknown[]): void {
    this.posted.push(message);
  }
  start(): void {
    this.isStarted = true;
  }
  close(): void {
    this.isClosed = true;
  }
}

describe('a MessagePort', () => {
  test('of Electron’s main process transfers no memory, and is no EventTarget', () => {
    const main = new MainPort();
    const port = messagePort(main);
    const heard = listen(port);
    expect(main.isStarted).toBe(true);
    main.emit('message', { data: bytes(1, 2), ports: [] });
    const large = new Uint8Array(100_000);
    port.send(large);
    expect(main.posted).toEqual([[large]]);
    main.emit('close');
    main.emit('close');
    main.emit('message', { data: bytes(3) });
    port.send(bytes(4));
    expect(heard).toEqual({ frames: [[1, 2]], closes: ['the other end of the MessagePort is gone'] });
    expect(main.posted).toHaveLength(1);
    port.close('over');
    expect(main.isClosed).toBe(true);
  });

  test('gives bytes of whatever realm, and of what is none says so', () => {
    const main = new MainPort();
    const heard = listen(messagePort(main));
    const foreign: unknown = runInNewContext('Uint8Array.of(1, 2)');
    expect(foreign).not.toBeInstanceOf(Uint8Array);
    for (const data of [
      foreign,
      runInNewContext('Uint8Array.of(3).buffer'),
      new DataView(bytes(4, 5).buffer, 1),
      Buffer.from('6'),
    ]) {
      main.emit('message', { data });
    }
    for (const data of ['text', 7, null, undefined, {}, [1], { length: 1, 0: 1 }]) main.emit('message', { data });
    expect(heard.frames).toEqual([[1, 2], [3], [5], [54], ...Array(7).fill(undefined)]);
  });

  test('keeps no shared memory, into which its sender can write still', () => {
    const main = new MainPort();
    const frames: (Uint8Array | undefined)[] = [];
    messagePort(main).start({ onFrame: (frame) => frames.push(frame), onClose: () => undefined });
    const shared = new Uint8Array(new SharedArrayBuffer(2));
    shared[0] = 1;
    main.emit('message', { data: shared });
    shared[0] = 2;
    expect([...(frames[0] ?? [])]).toEqual([1, 0]);
  });
});

/** A WebSocket that a test opens and closes. */
class Socket extends EventTarget {
  binaryType = 'blob';
  readyState = 0;
  bufferedAmount = 0;
  readonly sent: Uint8Array[] = [];
  readonly closed: unknown[][] = [];
  send(data: Uint8Array): void {
    this.sent.push(data);
  }
  close(...args: unknown[]): void {
    this.closed.push(args);
  }
  emit(type: string, fields: object = {}): void {
    this.dispatchEvent(Object.assign(new Event(type), fields));
  }
}

describe('a WebSocket', () => {
  const made = () => {
    const socket = new Socket();
    return { socket, port: webSocketPort(socket as unknown as Parameters<typeof webSocketPort>[0]) };
  };

  test('that is connecting still has what was sent meanwhile, in order', () => {
    const { socket, port } = made();
    expect(socket.binaryType).toBe('arraybuffer');
    port.send(bytes(1));
    port.send(bytes(2, 3));
    expect([socket.sent, port.bufferedAmount]).toEqual([[], 3]);
    socket.readyState = 1;
    socket.emit('open');
    port.send(bytes(4));
    expect(socket.sent).toEqual([bytes(1), bytes(2, 3), bytes(4)]);
    socket.bufferedAmount = 9;
    expect(port.bufferedAmount).toBe(9);
    socket.readyState = 2;
    port.send(bytes(5));
    expect(socket.sent).toHaveLength(3);
  });

  test('keeps what comes before anybody listens, and says its end once', async () => {
    const { socket, port } = made();
    socket.emit('message', { data: bytes(1).buffer });
    socket.emit('message', { data: 'text' });
    socket.emit('error');
    const heard = listen(port);
    expect(heard.frames).toEqual([]);
    await Promise.resolve();
    socket.emit('close', { code: 1006, reason: '' });
    socket.emit('close', { code: 1006, reason: '' });
    expect(heard).toEqual({ frames: [[1], undefined], closes: ['the WebSocket closed (1006)'] });
  });

  test('is closed with as much of a reason as it takes, and is silent then', () => {
    const { socket, port } = made();
    const heard = listen(port);
    port.close('ä'.repeat(100));
    expect(socket.closed).toEqual([[1000, 'ä'.repeat(61)]]);
    socket.emit('message', { data: bytes(1).buffer });
    socket.emit('close', { code: 1000, reason: '' });
    expect(heard).toEqual({ frames: [], closes: [] });
  });
});

describe('silence', () => {
  const wire = (port: BridgePort, asks: boolean, silenceMs: number) => {
    const ends: string[] = [];
    const events: WireEvents = { onFrame: () => undefined, onEnd: ({ code, reason }) => ends.push(`${code} ${reason}`) };
    return { ends, wire: new Wire(port, { asks, silenceMs, maxPortBytes: Number.POSITIVE_INFINITY }, events) };
  };

  test('is none while both ends are there, though nobody says anything', async () => {
    jest.useFakeTimers({ doNotFake: ['queueMicrotask'] });
    const ports = memoryPorts();
    const [owner, page] = [wire(ports.owner, true, 60_000), wire(ports.page, false, 30_000)];
    await jest.advanceTimersByTimeAsync(300_000);
    expect([owner.ends, page.ends]).toEqual([[], []]);
    // The page answers, and asks nothing: in the background its timers may be slow.
    expect(ports.owner.frames.length).toBe(ports.page.frames.length);
    expect(ports.page.frames[0]).toEqual(aliveFrame());
    owner.wire.end({ code: 1000, error: undefined, reason: 'over' });
    jest.useRealTimers();
  });

  test('of a port that does not tell its end is the end', async () => {
    jest.useFakeTimers({ doNotFake: ['queueMicrotask'] });
    const ports = memoryPorts();
    const [owner, page] = [wire(ports.owner, true, 60_000), wire(ports.page, false, 30_000)];
    await jest.advanceTimersByTimeAsync(20_000);
    ports.page.isBusy = true;
    ports.owner.isBusy = true;
    // Looks are 5 s apart.
    await jest.advanceTimersByTimeAsync(25_000);
    expect(page.ends).toEqual([]);
    await jest.advanceTimersByTimeAsync(15_000);
    expect(page.ends).toEqual(['1006 nothing came over the bridge for 30000 ms']);
    expect(owner.ends).toEqual([]);
    await jest.advanceTimersByTimeAsync(30_000);
    expect(owner.ends).toEqual(['1006 nothing came over the bridge for 60000 ms']);
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  test('what piles up in a port ends the bridge', () => {
    const ends: number[] = [];
    const own = new Wire(
      { start: () => undefined, send: () => undefined, close: () => undefined, bufferedAmount: 101 },
      { asks: true, silenceMs: 60_000, maxPortBytes: 100 },
      { onFrame: () => undefined, onEnd: ({ code }) => ends.push(code) },
    );
    own.send(aliveFrame());
    expect(ends).toEqual([1013]);
  });
});
