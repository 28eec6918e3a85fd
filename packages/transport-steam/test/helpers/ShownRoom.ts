/** A room, as far as its lobby looks at it. */
export class ShownRoom {
  roomName = 'arena';
  roomId = 'room-1';
  maxClients = 8;
  locked = false;
  metadata: unknown = { map: 'harbour' };
  clients: unknown[] = [];
  _listing = { private: false, unlisted: false };

  hasReachedMaxClients(): boolean {
    return this.clients.length >= this.maxClients;
  }
}
