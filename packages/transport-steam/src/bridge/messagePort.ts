import type { BridgePort } from './BridgePort.ts';
import { portBytes } from './portBytes.ts';

/** A `MessagePort` of a browser, of `node:worker_threads`, or of Electron's renderer. */
interface TargetPort {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close' | 'messageerror', listener: () => void): void;
  start?(): void;
  close(): void;
}

/** A `MessagePortMain` of Electron's main process: no EventTarget, and it transfers ports only. */
interface EmitterPort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { readonly data: unknown }) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  start(): void;
  close(): void;
}

export type MessagePortLike = TargetPort | EmitterPort;

/** Below it a copy costs less than handing the memory over. Unit: bytes. */
const TRANSFER_BYTES = 65_536;

/**
 * A bridge over one end of a `MessageChannel` or `MessageChannelMain`. Nothing is lost before it is made: such a port keeps what comes until it is
 * started. Not every port tells when its other end is gone; then the silence does, after a while.
 */
export function messagePort(port: MessagePortLike): BridgePort {
  let isClosed = false;
  return {
    start({ onFrame, onClose }) {
      const end = (reason: string) => {
        if (isClosed) return;
        isClosed = true;
        onClose(reason);
      };
      const receive = ({ data }: { readonly data: unknown }) => {
        if (!isClosed) onFrame(portBytes(data));
      };
      if ('addEventListener' in port) {
        port.addEventListener('message', receive);
        port.addEventListener('messageerror', () => receive({ data: undefined }));
        port.addEventListener('close', () => end('the other end of the MessagePort is gone'));
      } else {
        port.on('message', receive);
        port.on('close', () => end('the other end of the MessagePort is gone'));
      }
      port.start?.();
    },
    send(frame) {
      if (isClosed) return;
      if (!('addEventListener' in port)) port.postMessage(frame);
      else port.postMessage(frame, frame.length >= TRANSFER_BYTES ? [frame.buffer] : []);
    },
    bufferedAmount: 0,
    close() {
      isClosed = true;
      port.close();
    },
  };
}
