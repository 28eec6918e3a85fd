import type { BridgePort, BridgePortEvents } from '../../src/bridge.ts';

/** One end of {@link memoryPorts}, as a test holds it. */
export interface MemoryPort extends BridgePort {
  /** While it is true nothing is delivered here: whoever listens is busy. */
  isBusy: boolean;
  /** Everything that was delivered here. */
  readonly frames: Uint8Array[];
  readonly closedWith: string | undefined;
}

class MemoryEnd implements MemoryPort {
  other!: MemoryEnd;
  readonly frames: Uint8Array[] = [];
  closedWith: string | undefined;
  #isBusy = false;
  #events: BridgePortEvents | undefined;
  #waiting: ((events: BridgePortEvents) => void)[] = [];

  get isBusy(): boolean {
    return this.#isBusy;
  }

  set isBusy(isBusy: boolean) {
    this.#isBusy = isBusy;
    this.#deliver();
  }

  get bufferedAmount(): number {
    return 0;
  }

  start(events: BridgePortEvents): void {
    this.#events = events;
    this.#deliver();
  }

  send(frame: Uint8Array<ArrayBuffer>): void {
    if (this.closedWith !== undefined) return;
    const sent = structuredClone(frame);
    this.other.#later(({ onFrame }) => {
      this.other.frames.push(sent);
      onFrame(sent);
    });
  }

  close(reason: string): void {
    if (this.closedWith !== undefined) return;
    this.closedWith = reason;
    this.other.#later(({ onClose }) => {
      if (this.other.closedWith !== undefined) return;
      this.other.closedWith = reason;
      onClose(reason);
    });
  }

  #later(call: (events: BridgePortEvents) => void): void {
    this.#waiting.push(call);
    this.#deliver();
  }

  #deliver(): void {
    queueMicrotask(() => {
      while (!this.#isBusy && this.#events !== undefined && this.closedWith === undefined) {
        const call = this.#waiting.shift();
        if (call === undefined) return;
        call(this.#events);
      }
    });
  }
}

/** Two ends of a port in this process, of which each may be busy. */
export function memoryPorts(): { page: MemoryPort; owner: MemoryPort } {
  const [page, owner] = [new MemoryEnd(), new MemoryEnd()];
  page.other = owner;
  owner.other = page;
  return { page, owner };
}
