import type { SteamDriver } from '../driver/SteamDriver.ts';
import { SteamError } from '../driver/SteamError.ts';
import type { Peer } from './Peer.ts';

/** When everybody has let go, so long peers may take to acknowledge the last words, and the goodbye behind them. */
const LINGER_MS = 2_000;

/** What a linger needs of the endpoint. */
export interface LingerContext {
  readonly driver: SteamDriver;
  now(): number;
  peers(): Peer[];
  /** Reads and sends. */
  turn(): void;
  /** Ends every session, and tells the peers so. */
  endAll(why: (peer: Peer) => SteamError): void;
  /** There is nothing more to do, unless somebody has begun anew. */
  rest(): void;
}

/** The time from the last release to the last acknowledgement: nobody holds the endpoint any more, and peers do not have all of it yet. */
export class Linger {
  readonly #context: LingerContext;
  #until: number | undefined;
  /** The driver is not what it was: nothing more goes by it. */
  #isMute = false;
  readonly #onDrained: (() => void)[] = [];

  constructor(context: LingerContext) {
    this.#context = context;
  }

  get isOn(): boolean {
    return this.#until !== undefined;
  }

  get isMute(): boolean {
    return this.#isMute;
  }

  begin(): void {
    this.#until = this.#context.now() + LINGER_MS;
    this.#endIdle();
  }

  /** Resolves when it is over; at once when there is none. */
  drained(): Promise<void> {
    if (!this.isOn) return Promise.resolve();
    return new Promise((resolve) => this.#onDrained.push(resolve));
  }

  turn(): void {
    if (this.#until === undefined) return;
    const { driver, now, turn } = this.#context;
    try {
      turn();
    } catch {
      // Whoever made the driver need not know that it is still used: it may have ended with what is below it.
      this.#isMute = true;
    }
    if (this.#isMute || driver.isClosed || now() >= this.#until) this.end();
    else this.#endIdle();
  }

  /** Whoever has not acknowledged it by now is given up. */
  end(): void {
    this.#until = undefined;
    this.#context.endAll(stopped);
    this.#isMute = false;
    this.#context.rest();
    for (const resolve of this.#onDrained.splice(0)) resolve();
  }

  /** Those who have nothing more to do here. */
  #endIdle(): void {
    if (this.#until === undefined) return;
    const peers = this.#context.peers();
    const isIdle = ({ session }: Peer) => session === undefined || !session.isEstablished || session.isDone;
    if (peers.every(isIdle)) this.end();
    else for (const peer of peers.filter(isIdle)) peer.end(stopped(peer));
  }
}

function stopped({ id }: Peer): SteamError {
  return new SteamError('closed', `this side stopped, and with it the session with Steam user ${id}`);
}
