import type { LobbyDriver } from '../../src/driver/LobbyDriver.ts';
import type { DriverEvents, DriverLimits, DriverTicket, SendType, SteamDriver } from '../../src/driver/SteamDriver.ts';
import type { FromChild, FromParent, Hello, Method, RemoteTicketRef } from './messages.ts';
import { RemoteLater } from './RemoteLater.ts';
import { RemoteLobbies } from './RemoteLobbies.ts';
import { type RemoteOptions, RemoteProcess } from './RemoteProcess.ts';
import { reviveError } from './remoteErrors.ts';

/**
 * A driver that lives in another process, for Steam gives a process one user. The contract's calls answer at once, so each call
 * waits for the other process in a blocking read.
 */
export class RemoteDriver implements SteamDriver {
  readonly steamId: bigint;
  readonly limits: DriverLimits;
  /** Only where the driver over there has it, as below. */
  declare readonly closeSession?: (peer: bigint) => void;
  declare readonly lobbies?: LobbyDriver;
  declare readonly setRichPresence?: (key: string, value: string | undefined) => void;
  declare readonly createTicket?: (identity: string) => Promise<DriverTicket>;

  readonly #process: RemoteProcess;
  readonly #later: RemoteLater;
  #events: DriverEvents | undefined;
  #isClosed = false;

  private constructor(process: RemoteProcess, hello: Hello) {
    this.#process = process;
    this.steamId = BigInt(hello.steamId);
    this.limits = hello.limits;
    const call = this.#call.bind(this);
    this.#later = new RemoteLater(call);
    if (hello.canCloseSessions) this.closeSession = (peer) => void call('closeSession', peer);
    if (hello.hasLobbies) this.lobbies = new RemoteLobbies(call, this.#later);
    if (hello.hasRichPresence) this.setRichPresence = (key, value) => void call('setRichPresence', key, value);
    if (hello.hasTickets) this.createTicket = (identity) => this.#createTicket(identity);
  }

  static async spawn(options: RemoteOptions): Promise<RemoteDriver> {
    const { process, hello } = await RemoteProcess.start(options);
    return new RemoteDriver(process, hello);
  }

  get personaName(): string {
    return this.#call('personaName') as string;
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
    this.#later.stop();
    return this.#process.end();
  }

  #createTicket(identity: string): Promise<DriverTicket> {
    return this.#later.ask('createTicket', identity).then((made) => {
      const { ticket, bytes } = made as RemoteTicketRef;
      return { bytes, cancel: () => void this.#call('cancelTicket', ticket) };
    });
  }

  #call(method: Method, ...args: readonly unknown[]): unknown {
    let handlerError: { readonly error: unknown } | undefined;
    let message: FromParent = { type: 'call', method, args };
    for (;;) {
      const answer = this.#process.exchange(message);
      if (answer.type !== 'event') {
        this.#isClosed = answer.isClosed;
        if (answer.type === 'returned') return answer.value;
        throw handlerError === undefined ? reviveError(answer.error) : handlerError.error;
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
