import type { DriverEvents, DriverLimits, SendType, SteamDriver } from '../../src/driver/SteamDriver.ts';
import type { FromChild, FromParent, Hello, Method, RemoteError } from './messages.ts';
import { type RemoteOptions, RemoteProcess } from './RemoteProcess.ts';

/**
 * A driver that lives in another process, for Steam gives a process one user. The contract's calls answer at once, so each call
 * waits for the other process in a blocking read.
 */
export class RemoteDriver implements SteamDriver {
  readonly steamId: bigint;
  readonly limits: DriverLimits;
  /** Only where the driver over there has it. */
  declare readonly closeSession?: (peer: bigint) => void;

  readonly #process: RemoteProcess;
  #events: DriverEvents | undefined;
  #isClosed = false;

  private constructor(process: RemoteProcess, { steamId, limits, canCloseSessions }: Hello) {
    this.#process = process;
    this.steamId = BigInt(steamId);
    this.limits = limits;
    if (canCloseSessions) this.closeSession = (peer) => void this.#call('closeSession', peer);
  }

  static async spawn(options: RemoteOptions): Promise<RemoteDriver> {
    const { process, hello } = await RemoteProcess.start(options);
    return new RemoteDriver(process, hello);
  }

  /** As the last call left it: nothing else changes it. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  start(events: DriverEvents): void {
    this.#call('start');
    this.#events = events;
  }

  poll(maxPackets: number): number {
    return this.#call('poll', maxPackets) as number;
  }

  send(peer: bigint, packet: Uint8Array, sendType: SendType, channel: number): boolean {
    // v8 cannot write an array whose buffer went elsewhere; for a driver it is an empty one.
    const bytes = packet.length === 0 ? new Uint8Array(0) : packet;
    return this.#call('send', peer, bytes, sendType, channel) as boolean;
  }

  acceptSession(peer: bigint): void {
    this.#call('acceptSession', peer);
  }

  close(): void {
    this.#call('close');
  }

  /** The process gets a signal; by default, it dies without a word. */
  kill(signal?: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** The process ends as it should. Rejects when it does not, or has written to stderr. */
  end(): Promise<void> {
    return this.#process.end();
  }

  #call(method: Method, ...args: readonly unknown[]): unknown {
    let handlerError: { readonly error: unknown } | undefined;
    let message: FromParent = { type: 'call', method, args };
    for (;;) {
      const answer = this.#process.exchange(message);
      if (answer.type !== 'event') {
        this.#isClosed = answer.isClosed;
        if (answer.type === 'returned') return answer.value;
        throw handlerError === undefined ? revive(answer.error) : handlerError.error;
      }
      try {
        this.#handle(answer);
        message = { type: 'handled', threw: false };
      } catch (error) {
        handlerError = { error };
        message = { type: 'handled', threw: true };
      }
    }
  }

  #handle({ name, args }: FromChild & { type: 'event' }): void {
    const events = this.#events as unknown as Record<keyof DriverEvents, (...args: readonly unknown[]) => void>;
    events[name](...args);
  }
}

/** The error over there, as one of this realm. */
function revive({ name, message, code, stack }: RemoteError): Error {
  const Class = { RangeError, TypeError }[name] ?? Error;
  const error = new Class(message, { cause: stack });
  return code === undefined ? error : Object.assign(error, { code });
}
