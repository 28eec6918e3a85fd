import type { Room } from '@colyseus/sdk';
import type { PlayerSDK } from '../client/PlayerSDK.ts';
import { guard } from '../connection/guard.ts';
import type { BridgeLobby } from './BridgeLobby.ts';

/** For the host's goodbye. Unit: ms. */
const GOODBYE_MS = 2_000;

/** A game that a page joined through its lobby: both end together. */
// biome-ignore lint/suspicious/noExplicitAny: the SDK's own default, which means an untyped room
export class BridgeGame<T = any, State = any> {
  readonly room: Room<T, State>;
  /** With which the room was joined; closed with it. */
  readonly client: PlayerSDK;
  /** Leaves the room with consent, and the lobby. May be called twice. */
  readonly leave: () => Promise<void>;
  readonly #handlers = new Set<(lobby: BridgeLobby) => void>();
  readonly #onOver: () => void;
  #lobby: BridgeLobby;
  #isOver = false;
  #leaving: Promise<void> | undefined;

  /** @internal `onOver` is called once: the lobby is to be left. */
  constructor(client: PlayerSDK, room: Room<T, State>, lobby: BridgeLobby, onOver: () => void) {
    this.client = client;
    this.room = room;
    this.leave = () => {
      this.#leaving ??= this.#leave();
      return this.#leaving;
    };
    this.#lobby = lobby;
    this.#onOver = onOver;
    // For good: while the SDK reconnects there is only `onDrop`.
    room.onLeave(() => {
      this.#end();
      // Whoever is told after us may have something to say still.
      queueMicrotask(() => client.close());
    });
  }

  /** The lobby that the player is in. It may become another, and `isOver` while there is none. */
  get lobby(): BridgeLobby {
    return this.#lobby;
  }

  /** He has left, or the room is over. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Has `handler` called whenever the lobby is another, or anything in it, until the returned function is. */
  onLobbyChanged(handler: (lobby: BridgeLobby) => void): () => void {
    const own = (lobby: BridgeLobby) => handler(lobby);
    this.#handlers.add(own);
    return () => void this.#handlers.delete(own);
  }

  /** @internal */
  handleLobby(lobby: BridgeLobby): void {
    if (this.#isOver) return;
    this.#lobby = lobby;
    for (const handler of [...this.#handlers]) guard(() => handler(lobby));
  }

  async #leave(): Promise<void> {
    // While the SDK reconnects there is nobody to say it to.
    if (!this.#isOver && this.room.connection.isOpen) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, GOODBYE_MS);
      });
      await Promise.race([this.room.leave(), late]).catch(() => undefined);
      clearTimeout(timer);
    }
    this.#end();
    this.client.close();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#handlers.clear();
    this.#onOver();
  }
}
