import { matchMaker, Room } from '@colyseus/core';
import type { Endpoint } from '../connection/Endpoint.ts';
import type { InspectedRoom, Inspection } from '../connection/inspection.ts';
import { describe } from '../driver/describe.ts';
import { Lobbies } from '../lobby/Lobbies.ts';
import { HostLobby } from './HostLobby.ts';
import { localRoom } from './joinRoom.ts';
import { LocalRooms } from './LocalRooms.ts';
import { type LobbyOptions, type ResolvedLobbyOptions, resolveLobbyOptions } from './lobbyOptions.ts';
import { isShut } from './roomListing.ts';

/** Between two looks at which rooms there are. Unit: ms. */
const LOOK_MS = 250;

/**
 * Which room of a host has the lobby: Steam lets a user have one. With option `lobby` it is the oldest room of that name, and the
 * next one when that is gone; else whichever {@link open} is called for.
 */
export class HostLobbies {
  readonly #endpoint: Endpoint;
  readonly #options: ResolvedLobbyOptions | undefined;
  #isWanted: boolean;
  #current: HostLobby | undefined;
  #rooms: LocalRooms | undefined;
  /** Rooms that get none by themselves any more: they were there when the game closed one. */
  readonly #dismissed = new WeakSet<Room>();
  #lookAt = 0;

  /** @throws TypeError when there shall be lobbies, and the driver has none */
  constructor(endpoint: Endpoint, options: ResolvedLobbyOptions | undefined) {
    this.#endpoint = endpoint;
    this.#options = options;
    this.#isWanted = options !== undefined;
    if (this.#isWanted) Lobbies.of(endpoint);
  }

  get current(): HostLobby | undefined {
    return this.#current;
  }

  /** Players come by a lobby: the option says so, or the game did. */
  get isWanted(): boolean {
    return this.#isWanted;
  }

  /** The part of an inspection that is the host's. */
  inspect(): Pick<Inspection, 'rooms' | 'lobby'> {
    return {
      ...(this.#rooms !== undefined && { rooms: this.#rooms.all.map(inspectRoom) }),
      ...(this.#current !== undefined && { lobby: this.#current.inspect() }),
    };
  }

  /** Hosting begins. What it returns ends it, and the lobby, at once. */
  start(): () => void {
    this.#rooms = new LocalRooms({ onRoom: (room) => this.#consider(room), onGone: (room) => this.#retire(room) });
    const stopTicking = this.#endpoint.onTick((now) => this.#tick(now));
    return () => {
      stopTicking();
      this.#rooms?.stop();
      this.#rooms = undefined;
      this.#end(this.#current);
    };
  }

  /** A room may be made next, of a name that was defined since. */
  refresh(): void {
    this.#rooms?.refresh();
  }

  /** See {@link SteamTransport.openLobby}. */
  async open(roomOrId: Pick<Room, 'roomId'> | string, options: Partial<LobbyOptions>): Promise<HostLobby> {
    const resolved = this.#resolve(options);
    const roomId = typeof roomOrId === 'string' ? roomOrId : roomOrId?.roomId;
    const room = localRoom(roomId);
    if (this.#rooms === undefined) throw new Error('a lobby needs a host: await server.listen(0), then openLobby()');
    if (room === undefined || (roomOrId instanceof Room && roomOrId !== room)) {
      const given = typeof roomId === 'string' ? `room ${JSON.stringify(roomId)}` : describe(roomOrId);
      throw new Error(`openLobby() needs a room of this process that is still there, not ${given}`);
    }
    if (this.#current !== undefined) {
      const { id, state } = this.#current;
      const which = id === undefined ? `one (${state})` : `lobby ${id}`;
      throw new Error(
        `room ${this.#current.room.roomId} has ${which} already, and a Steam user can have one only: close() it before openLobby()`,
      );
    }
    this.#rooms.refresh();
    const lobby = this.#make(room, resolved);
    try {
      await lobby.opened;
    } catch (error) {
      this.#end(lobby);
      throw error;
    }
    this.#isWanted = true;
    return lobby;
  }

  #tick(now: number): void {
    this.#current?.tick(now);
    if (now < this.#lookAt) return;
    this.#lookAt = now + LOOK_MS;
    this.refresh();
  }

  #consider(room: Room): void {
    const options = this.#options;
    if (options === undefined || this.#current !== undefined || this.#dismissed.has(room)) return;
    if (options.room !== undefined && options.room !== room.roomName) return;
    if (matchMaker.state === matchMaker.MatchMakerState.SHUTTING_DOWN) return;
    this.#make(room, options);
  }

  #retire(room: Room): void {
    if (this.#current?.room !== room) return;
    this.#end(this.#current);
    for (const next of this.#rooms?.all ?? []) this.#consider(next);
  }

  /** Not by the game. */
  #end(lobby: HostLobby | undefined): void {
    if (this.#current === lobby) this.#current = undefined;
    lobby?.close();
  }

  #resolve(options: Partial<LobbyOptions>): ResolvedLobbyOptions {
    const merged = { ...this.#options, ...options };
    if (merged.game === undefined) {
      throw new TypeError(
        "openLobby() needs the game's key: openLobby(room, { game: 'my-studio.my-game' }), or option lobby of SteamTransport",
      );
    }
    return resolveLobbyOptions(merged);
  }

  #make(room: Room, options: ResolvedLobbyOptions): HostLobby {
    const lobby = new HostLobby(this.#endpoint, room, {
      ...options,
      onClose: (closed) => {
        if (this.#current === closed) this.#closed();
        options.onClose?.(closed);
      },
    });
    this.#current = lobby;
    return lobby;
  }

  /** By the game: only a room that is made from now on gets one by itself. */
  #closed(): void {
    this.#current = undefined;
    for (const room of this.#rooms?.all ?? []) this.#dismissed.add(room);
  }
}

function inspectRoom(room: Room): InspectedRoom {
  const { roomId, roomName, clients, maxClients, locked } = room;
  const bound = Number.isFinite(maxClients) ? { maxClients } : {};
  return { roomId, name: roomName, clients: clients.length, ...bound, isLocked: locked, isHidden: isShut(room) };
}
