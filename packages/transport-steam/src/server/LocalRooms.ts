import { debugAndPrintError, matchMaker, type RegisteredHandler, type Room } from '@colyseus/core';
import { localRoom } from './joinRoom.ts';

export interface LocalRoomEvents {
  /** There is another room in this process. */
  onRoom(room: Room): void;
  /** A room is about to be disposed: nobody can join it any more. */
  onGone(room: Room): void;
}

/**
 * The rooms of this process, whoever made them. Core tells of them by the handler of their name only, and a name may be defined
 * at any time: whoever wants to hear of the room of a new one at once calls {@link LocalRooms.refresh} before it can be made.
 */
export class LocalRooms {
  readonly #events: LocalRoomEvents;
  readonly #handlers = new Map<RegisteredHandler, () => void>();
  /** Oldest first. */
  readonly #rooms = new Set<Room>();

  constructor(events: LocalRoomEvents) {
    this.#events = events;
    this.refresh();
  }

  /** Oldest first. */
  get all(): readonly Room[] {
    return [...this.#rooms];
  }

  /** Listens to names that were defined since, and finds the rooms that they have already, in a moment. */
  refresh(): void {
    const before = this.#handlers.size;
    for (const handler of Object.values(matchMaker.getAllHandlers())) {
      if (!this.#handlers.has(handler)) this.#listen(handler);
    }
    if (this.#handlers.size > before) this.#find().catch((error) => debugAndPrintError(error as Error));
    for (const room of this.#rooms) if (localRoom(room.roomId) !== room) this.#remove(room);
  }

  stop(): void {
    for (const unlisten of this.#handlers.values()) unlisten();
    this.#handlers.clear();
    this.#rooms.clear();
  }

  #listen(handler: RegisteredHandler): void {
    const add = (room: Room) => this.#add(room);
    const remove = (room: Room) => this.#remove(room);
    handler.on('create', add);
    handler.on('dispose', remove);
    this.#handlers.set(handler, () => {
      handler.off('create', add);
      handler.off('dispose', remove);
    });
  }

  async #find(): Promise<void> {
    const listings = await matchMaker.query({ processId: matchMaker.processId });
    // Stopped meanwhile.
    if (this.#handlers.size === 0) return;
    const rooms = listings.toSorted((a, b) => Number(a.createdAt) - Number(b.createdAt)).map(({ roomId }) => localRoom(roomId));
    for (const room of rooms) if (room !== undefined) this.#add(room);
  }

  #add(room: Room): void {
    if (this.#rooms.has(room)) return;
    this.#rooms.add(room);
    this.#events.onRoom(room);
  }

  #remove(room: Room): void {
    this.#rooms.delete(room);
    // Also one that was not found yet.
    this.#events.onGone(room);
  }
}
