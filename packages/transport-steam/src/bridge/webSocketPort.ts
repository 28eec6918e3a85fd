import type { BridgePort, BridgePortEvents } from './BridgePort.ts';
import { portBytes } from './portBytes.ts';

/** A `WebSocket` of a browser, of Node, or of the package `ws`. */
export interface WebSocketLike {
  binaryType: string;
  readonly readyState: number;
  readonly bufferedAmount: number;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { readonly code: number; readonly reason: string }) => void): void;
  addEventListener(type: 'open' | 'error', listener: () => void): void;
}

const ReadyState = { Connecting: 0, Open: 1 } as const;

/** A browser lets a page close with no other code; ours is in the last frame. */
const NORMAL = 1000;

/** Of UTF-8, in the close frame of a WebSocket. */
const MAX_REASON_BYTES = 123;

/**
 * A bridge over a WebSocket, which may still be connecting. To be made as soon as there is the socket: what it gives before is lost.
 *
 * Whoever reaches the server's port can be a page: see BRIDGE.md for who should.
 */
export function webSocketPort(socket: WebSocketLike): BridgePort {
  socket.binaryType = 'arraybuffer';
  /** Until it is open, and until somebody listens. */
  const early: Uint8Array<ArrayBuffer>[] = [];
  const kept: ((events: BridgePortEvents) => void)[] = [];
  let events: BridgePortEvents | undefined;
  let isClosed = false;

  const tell = (call: (events: BridgePortEvents) => void) => {
    if (events === undefined) kept.push(call);
    else call(events);
  };
  socket.addEventListener('open', () => {
    for (const frame of early.splice(0)) send(frame);
  });
  socket.addEventListener('message', ({ data }) => {
    const frame = portBytes(data);
    if (!isClosed) tell(({ onFrame }) => onFrame(frame));
  });
  // After every error there is a close.
  socket.addEventListener('error', () => undefined);
  socket.addEventListener('close', ({ code, reason }) => {
    if (isClosed) return;
    isClosed = true;
    tell(({ onClose }) => onClose(`the WebSocket closed (${code})${reason && `: ${reason}`}`));
  });

  const send = (frame: Uint8Array<ArrayBuffer>) => {
    if (socket.readyState === ReadyState.Connecting) early.push(frame);
    else if (socket.readyState === ReadyState.Open) socket.send(frame);
  };
  return {
    start(given) {
      events = given;
      // Not from inside start().
      queueMicrotask(() => {
        for (const call of kept.splice(0)) call(given);
      });
    },
    send,
    get bufferedAmount() {
      return socket.bufferedAmount + early.reduce((bytes, frame) => bytes + frame.length, 0);
    },
    close(reason) {
      isClosed = true;
      socket.close(NORMAL, cut(reason));
    },
  };
}

function cut(reason: string): string {
  const bytes = new Uint8Array(MAX_REASON_BYTES);
  const { written } = new TextEncoder().encodeInto(reason, bytes);
  return new TextDecoder().decode(bytes.subarray(0, written));
}
