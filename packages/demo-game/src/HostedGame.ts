import { defineRoom, defineServer, matchMaker, type Room, type Server } from '@colyseus/core';
import { ArenaRoom } from './shared/ArenaRoom.ts';
import { createTransport, type Driver, openToOthers, type Transport } from './transport.ts';

/** The server in a player's process, from when he opens a game. */
export class HostedGame {
  readonly #driver: Driver | undefined;
  readonly #onInvitation: (invitation: readonly string[] | undefined) => void;
  #invitation: readonly string[] | undefined;
  #transport: Transport | undefined;
  #server: Server | undefined;
  #room: Room | undefined;

  /** Without a driver over WebSocket. */
  constructor(driver: Driver | undefined, onInvitation: (invitation: readonly string[] | undefined) => void) {
    this.#driver = driver;
    this.#onInvitation = onInvitation;
  }

  /** What his players come by; undefined while he hosts none. */
  get transport(): Transport | undefined {
    return this.#room && this.#transport;
  }

  /** With what others start their game to join this one; undefined while there is none. */
  get invitation(): readonly string[] | undefined {
    return this.#invitation;
  }

  /** Opens the arena, until {@link close}. @throws what Steam rejects with, when it makes no lobby */
  async open(): Promise<void> {
    if (this.#room !== undefined) return;
    const transport = await this.#listen();
    const { roomId } = await matchMaker.createRoom('arena', {});
    this.#room = matchMaker.getLocalRoomById(roomId);
    this.#room.autoDispose = false; // it waits for its players
    try {
      await openToOthers(transport, this.#room, (invitation) => this.#invite(invitation));
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Everybody has to leave. */
  async close(): Promise<void> {
    const room = this.#room;
    this.#room = undefined;
    this.#invite(undefined);
    await room?.disconnect();
  }

  /** Nothing is left of it. */
  async end(): Promise<void> {
    await this.#server?.gracefullyShutdown(false);
  }

  #invite(invitation: readonly string[] | undefined): void {
    this.#invitation = invitation;
    this.#onInvitation(invitation);
  }

  async #listen(): Promise<Transport> {
    if (this.#transport !== undefined) return this.#transport;
    const transport = createTransport(this.#driver);
    this.#server = defineServer({ transport, rooms: { arena: defineRoom(ArenaRoom) }, greet: false, gracefullyShutdown: false });
    await this.#server.listen(0, '127.0.0.1');
    this.#transport = transport;
    return transport;
  }
}
