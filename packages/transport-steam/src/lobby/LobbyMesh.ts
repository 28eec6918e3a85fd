import type { Connection } from '../connection/Connection.ts';
import type { Endpoint } from '../connection/Endpoint.ts';
import { guard } from '../connection/guard.ts';
import type { ConnectionEvents, Delivery, SendOptions } from '../connection/types.ts';
import { describe } from '../driver/describe.ts';
import { routeOf } from '../messages/edge.ts';
import type { Messages } from '../messages/Messages.ts';
import type { MessagesOf, SentMessagesOf } from '../messages/message.ts';
import type { Lobby } from './Lobby.ts';
import { MeshDoor } from './MeshDoor.ts';
import { MeshLink } from './MeshLink.ts';
import { decodeMessage, encodeMessage } from './meshFrame.ts';
import { checkMesh, type LobbyMeshOptions, type NoMessages } from './meshOptions.ts';
import { rejoin } from './rejoin.ts';

/** A member whom Steam dropped from the lobby may come back to it, and his connection goes on so long. Unit: ms. */
const RETURN_MS = 30_000;

/** Declared names first, for editors; and any other. */
type TypeOf<M> = (keyof SentMessagesOf<M> & string) | (string & Record<never, never>);

/** A payload is wanted where one is declared. */
type PayloadOf<M, T> = T extends keyof SentMessagesOf<M>
  ? undefined extends SentMessagesOf<M>[T]
    ? [payload?: SentMessagesOf<M>[T]]
    : [payload: SentMessagesOf<M>[T]]
  : [payload?: unknown];

type Received<M, T> = T extends keyof MessagesOf<M> ? MessagesOf<M>[T] : unknown;

/**
 * A session with every member of a lobby, and broadcast to all of them except oneself, for games that use no room of Colyseus. Everybody talks to
 * everybody: who owns the lobby does not matter.
 *
 * ```ts
 * const mesh = new LobbyMesh(lobby, { onPeer: (member) => mesh.send(member, 'hello', { name: 'Ann' }) });
 * mesh.onMessage('hello', (payload, from) => console.log(from, payload));
 * mesh.broadcast('ready');
 * ```
 */
export class LobbyMesh<M extends Messages = NoMessages> {
  readonly #options: LobbyMeshOptions<M>;
  readonly #endpoint: Endpoint;
  readonly #door: MeshDoor;
  readonly #links = new Map<bigint, MeshLink>();
  /** Members who are not in the lobby any more, and until when their connections go on. */
  readonly #gone = new Map<bigint, number>();
  readonly #handlers = new Map<string, Set<(payload: unknown, from: bigint) => void>>();
  readonly #closed = new AbortController();
  readonly #release: () => void;
  #lobby: Lobby;
  #unwatch: () => void = () => undefined;

  /**
   * @param lobby that we are in
   * @throws Error when we are not in the lobby any more, or it has a mesh in this process; TypeError for bad options, or messages that are not the
   *   endpoint's
   */
  constructor(lobby: Lobby, options: LobbyMeshOptions<M> = {}) {
    checkMesh(lobby, options);
    const { endpoint } = lobby;
    this.#options = options;
    this.#lobby = lobby;
    this.#endpoint = endpoint;
    this.#door = new MeshDoor(endpoint, lobby.id, {
      isMember: (peer) => this.#isMember(peer),
      onWaiting: (ms) => this.#lobby.hurry(ms),
      welcome: (connection) => this.#welcome(connection),
    });
    endpoint.acquire();
    const stopTicking = endpoint.onTick((now) => this.#tick(now));
    this.#release = () => {
      stopTicking();
      endpoint.release();
    };
    this.#enter(lobby);
  }

  /** Another object for the same lobby, when Steam dropped us from it and we are back: it is this one that is to be left. */
  get lobby(): Lobby {
    return this.#lobby;
  }

  /** Who is there: what is sent to them arrives. A member who is not has not connected yet, or is lost. */
  get peers(): readonly bigint[] {
    return [...this.#links.values()].filter(({ isOpen }) => isOpen).map(({ member }) => member);
  }

  /** It was closed, or we are out of the lobby. */
  get isOver(): boolean {
    return this.#closed.signal.aborted;
  }

  /**
   * Sends a message to a member: a declared one as it is declared, another one through msgpack, reliably. False when he is not there
   * ({@link peers}), and then it is not sent.
   *
   * @throws MessageError when the payload does not fit its declaration; TypeError for one that msgpack has no room for; RangeError when it is over
   *   `maxMessageBytes`
   */
  send<T extends TypeOf<M>>(member: bigint, type: T, ...[payload]: PayloadOf<M, T>): boolean {
    if (typeof member !== 'bigint') throw new TypeError(`a member is a SteamID (bigint), not ${describe(member)}`);
    const link = this.#links.get(member);
    const send = this.#prepare(type, payload);
    if (!link?.isOpen) return false;
    send(link);
    return true;
  }

  /**
   * Sends a message to everybody who is there, not to ourselves: as {@link send}, encoded once. Returns to how many.
   *
   * @throws as {@link send}
   */
  broadcast<T extends TypeOf<M>>(type: T, ...[payload]: PayloadOf<M, T>): number {
    const send = this.#prepare(type, payload);
    const open = [...this.#links.values()].filter(({ isOpen }) => isOpen);
    const failures: unknown[] = [];
    for (const link of open) {
      try {
        send(link);
      } catch (error) {
        // Their limits differ: the others get it.
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
    return open.length;
  }

  /** Has `handler` called with each message of this type, until the returned function is. */
  onMessage<T extends TypeOf<M>>(type: T, handler: (payload: Received<M, T>, from: bigint) => void): () => void {
    if (typeof handler !== 'function')
      throw new TypeError(`onMessage(${describe(type)}) needs a function, not ${describe(handler)}`);
    const own = (payload: unknown, from: bigint) => handler(payload as Received<M, T>, from);
    const handlers = this.#handlers.get(type) ?? new Set();
    this.#handlers.set(type, handlers.add(own));
    return () => void handlers.delete(own);
  }

  /** Ends all connections; the lobby goes on. May be called twice. Nothing is called after it. */
  close(): void {
    this.#end('they closed their mesh');
  }

  #enter(lobby: Lobby): void {
    this.#lobby = lobby;
    this.#unwatch = lobby.watch({
      onMembers: () => this.#seeMembers(),
      onEnd: (why) => (why === 'left' ? this.#finish('we left the lobby', 'they left the lobby') : void this.#return()),
    });
    this.#seeMembers();
  }

  #seeMembers(): void {
    const { members } = this.#lobby;
    const gone = [...this.#links.keys()].filter((member) => !members.includes(member) && !this.#gone.has(member));
    for (const member of gone) this.#part(member);
    for (const member of members) {
      if (member === this.#endpoint.steamId) continue;
      this.#gone.delete(member);
      this.#linkTo(member);
    }
    this.#door.look();
  }

  /** Or was, when Steam dropped one of us, which ends no session. */
  #isMember(peer: bigint): boolean {
    return this.#lobby.has(peer) || this.#gone.has(peer) || (this.#lobby.isOver && this.#links.has(peer));
  }

  /** He is in the lobby no more. When he has left it, he says so himself; else Steam dropped him, and his session goes on. */
  #part(member: bigint): void {
    if (this.#links.get(member)?.isOpen) this.#gone.set(member, this.#endpoint.now() + RETURN_MS);
    else this.#forget(member, 'he is not in the lobby any more');
  }

  #linkTo(member: bigint): MeshLink {
    let link = this.#links.get(member);
    if (link !== undefined) return link;
    link = new MeshLink(this.#endpoint, member, this.#door.target, {
      onOpen: () => this.#tell(() => this.#options.onPeer?.(member)),
      onFrame: (frame, reliable, connection) => this.#receive(member, frame, reliable, connection),
      onLost: (reason) => {
        if (this.#gone.has(member)) this.#forget(member, reason);
        this.#tell(() => this.#options.onPeerLost?.(member, reason));
      },
    });
    this.#links.set(member, link);
    // Whoever hosts here may have turned him away a moment ago, as he was in no lobby then.
    if (!link.isDialler) this.#endpoint.expect(member);
    return link;
  }

  /** Unless the lobby shows him in time he has to go again, however often he connects. */
  #welcome(connection: Connection): ConnectionEvents {
    const { peer } = connection;
    const until = this.#gone.get(peer) ?? this.#endpoint.now() + RETURN_MS;
    // It is his former connection that is lost now, not he.
    this.#gone.delete(peer);
    const link = this.#linkTo(peer);
    const events = link.welcome(connection);
    // Whoever was told may have ended the mesh.
    if (this.isOver) link.end('they closed their mesh');
    else if (!this.#lobby.members.includes(peer)) this.#gone.set(peer, until);
    return events;
  }

  #forget(member: bigint, reason: string): void {
    const link = this.#links.get(member);
    this.#links.delete(member);
    this.#gone.delete(member);
    const wasOpen = link?.isOpen === true;
    link?.end(reason);
    if (wasOpen) this.#tell(() => this.#options.onPeerLost?.(member, reason));
  }

  #tick(now: number): void {
    this.#door.tick(now);
    const mayDial = !this.#lobby.isOver;
    for (const [member, until] of this.#gone) {
      if (now >= until && mayDial) this.#forget(member, 'he is not in the lobby any more');
    }
    const { bans } = this.#endpoint;
    for (const link of this.#links.values()) {
      // Whom the host of this process has banned, it does not turn to either.
      link.tick(now, mayDial && !this.#gone.has(link.member) && !bans.has(link.member));
    }
  }

  #receive(member: bigint, frame: Uint8Array, reliable: boolean, connection: Connection): boolean {
    const message = decodeMessage(frame, this.#options.messages);
    if (message === undefined) return false;
    const { type, payload } = message;
    connection.countReceived(type, frame.length, reliable);
    for (const handler of [...(this.#handlers.get(type) ?? [])]) this.#tell(() => handler(payload, member));
    return true;
  }

  #prepare(type: string, payload: unknown): (link: MeshLink) => void {
    const declared = this.#options.messages?.get(type);
    const frame = encodeMessage(type, payload, this.#options.messages);
    const delivery: Delivery = declared?.delivery ?? 'reliable';
    const how: SendOptions = declared === undefined ? { label: type, isShared: true } : routeOf(declared, payload);
    return (link) => link.send(frame, delivery, how);
  }

  /** Steam dropped us. The others may see that, or not; their sessions with us go on, and we go back. */
  async #return(): Promise<void> {
    this.#unwatch();
    const lobby = await rejoin(this.#lobby, this.#closed.signal);
    if (this.isOver) return;
    if (lobby !== undefined) this.#enter(lobby);
    else this.#finish('Steam dropped us from the lobby, and does not let us in again', 'they are not in the lobby any more');
  }

  #finish(reason: string, toThem: string): void {
    const lost = this.peers;
    if (!this.#end(toThem)) return;
    for (const member of lost) guard(() => this.#options.onPeerLost?.(member, reason));
    guard(() => this.#options.onEnd?.(reason));
  }

  /** False when it was over already. */
  #end(toThem: string): boolean {
    if (this.isOver) return false;
    this.#closed.abort();
    this.#unwatch();
    this.#door.close();
    for (const link of this.#links.values()) link.end(toThem);
    this.#links.clear();
    this.#gone.clear();
    this.#release();
    return true;
  }

  #tell(call: () => void): void {
    if (!this.isOver) guard(call);
  }
}
