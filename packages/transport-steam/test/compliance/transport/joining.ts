import { type AuthContext, type Client, matchMaker, Room } from '@colyseus/core';
import { schema, t } from '@colyseus/schema';
import { describe, expect, test } from '@jest/globals';
import type { Differences } from './harness.ts';
import type { World } from './World.ts';
import { once, pause, until } from './waiting.ts';

const Place = schema({ name: t.string(), visits: t.uint32().default(0) }, 'Place');

class PlaceRoom extends Room<{ state: InstanceType<typeof Place> }> {
  override state = new Place();

  override onCreate(options: { name?: string }): void {
    this.state.name = options.name ?? 'somewhere';
    this.setMetadata({ name: this.state.name });
  }

  override onJoin(): void {
    this.state.visits++;
  }
}

export function joining(world: () => World, differences: Differences): void {
  describe('joining', () => {
    test('joinOrCreate makes a room, and joins it when there is one', async () => {
      world().define('place', PlaceRoom);
      const first = await world().player().joinOrCreate('place', { name: 'the pub' });
      const second = await world().player().joinOrCreate('place');
      expect(second.roomId).toBe(first.roomId);
      expect(second.sessionId).not.toBe(first.sessionId);
      await until(() => first.state?.visits === 2 && second.state?.visits === 2, 'both see both visits');
      expect(second.state.name).toBe('the pub');
    });

    test('create always makes a room; joinById finds it', async () => {
      world().define('place', PlaceRoom);
      const first = await world().player().create('place', { name: 'one' });
      const second = await world().player().create('place', { name: 'two' });
      expect(second.roomId).not.toBe(first.roomId);
      const third = await world().player().joinById(first.roomId);
      await until(() => third.state?.name === 'one', 'the state of the first room');
    });

    test('join joins what exists', async () => {
      world().define('place', PlaceRoom);
      const host = await world().player().create('place');
      const guest = await world().player().join('place');
      expect(guest.roomId).toBe(host.roomId);
    });

    test('a seat that the server reserved can be consumed', async () => {
      world().define('place', PlaceRoom);
      const seat = await matchMaker.create('place', { name: 'reserved' });
      const room = await world().player().consumeSeatReservation(seat, Place);
      await until(() => room.state.name === 'reserved', 'the state');
      expect(room.sessionId).toBe(seat.sessionId);
    });

    // Steam's host joined the room along with his answer, and the seat was gone before it was taken. No test asked without the SDK's join.
    test('a seat that the player asked for himself is his to take when he likes', async () => {
      world().define('place', PlaceRoom);
      const player = world().player();
      const { data: seat } = await player.http.post('/matchmake/create/place', { body: { name: 'by hand' } });
      await pause(50);
      expect(matchMaker.getLocalRoomById(seat.roomId).clients).toHaveLength(0);
      const room = await player.consumeSeatReservation(seat, Place);
      await until(() => room.state.name === 'by hand' && room.state.visits === 1, 'the state');
      expect(room.sessionId).toBe(seat.sessionId);
    });

    // As above, but it was dialled with the game's option for the token of a seat that a player comes back to: the SDK looked for another.
    test('an option of the game may have any name', async () => {
      world().define('place', PlaceRoom);
      const room = await world()
        .player()
        .joinOrCreate('place', { name: 'any', reconnectionToken: 'of the game', sessionId: 'too' });
      await until(() => room.state?.name === 'any', 'the state');
    });

    test('a player with the schema at hand skips the handshake', async () => {
      world().define('place', PlaceRoom);
      const room = await world().player().joinOrCreate('place', { name: 'known' }, Place);
      expect(room.state).toBeInstanceOf(Place);
      await until(() => room.state.name === 'known' && room.state.visits === 1, 'the state in the local schema');
    });

    test('one player is in several rooms at once', async () => {
      world().define('place', PlaceRoom);
      const player = world().player();
      const names = ['a', 'b', 'c', 'd'];
      const rooms = await Promise.all(names.map((name) => player.create('place', { name })));
      expect(new Set(rooms.map((room) => room.roomId)).size).toBe(names.length);
      await until(() => rooms.every((room, i) => room.state?.name === names[i]), 'each room its own state');
      const left = once<[number]>((cb) => rooms[0]?.onLeave(cb));
      await rooms[0]?.leave();
      expect((await left)[0]).toBe(4000);
      expect(rooms[1]?.connection.isOpen).toBe(true);
    });

    test('metadata is found by a query', async () => {
      world().define('place', PlaceRoom);
      const room = await world().player().create('place', { name: 'listed' });
      const found = await matchMaker.query({ name: 'place' });
      expect(found.map(({ roomId, metadata, clients }) => ({ roomId, metadata, clients }))).toEqual([
        { roomId: room.roomId, metadata: { name: 'listed' }, clients: 1 },
      ]);
    });

    test('messages sent in onJoin arrive after the state', async () => {
      class Welcoming extends PlaceRoom {
        override onJoin(client?: Client): void {
          super.onJoin();
          client?.send('welcome', { to: client.sessionId });
        }
      }
      world().define('place', Welcoming);
      const room = await world().player().joinOrCreate('place');
      const [message] = await once<[{ to: string }]>((cb) => room.onMessage('welcome', cb));
      expect(message.to).toBe(room.sessionId);
      expect(room.state.visits).toBe(1);
    });

    test('onAuth gets token, address and headers', async () => {
      const contexts: AuthContext[] = [];
      class Guarded extends PlaceRoom {
        override onAuth(_client: Client, _options: unknown, context: AuthContext): boolean {
          contexts.push(context);
          return true;
        }
      }
      world().define('place', Guarded);
      const player = world().player();
      player.http.authToken = 'a.b.c';
      await player.joinOrCreate('place');
      expect(contexts).toHaveLength(1);
      expect(contexts[0]?.token).toBe('a.b.c');
      expect(typeof contexts[0]?.ip).toBe('string');
      expectIdentity(contexts[0]);
    });

    test('static onAuth gets token, address and headers of the matchmaking request', async () => {
      const contexts: AuthContext[] = [];
      class Guarded extends PlaceRoom {
        static override async onAuth(token: string, _options: unknown, context: AuthContext): Promise<unknown> {
          contexts.push(context);
          return { token };
        }
        override onJoin(client?: Client): void {
          super.onJoin();
          client?.send('auth', client.auth);
        }
      }
      world().define('place', Guarded);
      const player = world().player({ headers: { 'x-game-build': '77' } });
      player.http.authToken = 'd.e.f';
      const room = await player.joinOrCreate('place');
      expect(await once((cb) => room.onMessage('auth', cb))).toEqual([{ token: 'd.e.f' }]);
      expect(contexts[0]?.headers.get('x-game-build')).toBe('77');
      expectIdentity(contexts[0]);
    });

    function expectIdentity(context: AuthContext | undefined): void {
      const steamId = context?.headers.get('x-steam-id') ?? null;
      if (differences.steamIdentity) {
        expect(steamId).toMatch(/^7656119\d{10}$/);
        expect(context?.ip).toBe(steamId);
      } else {
        expect(steamId).toBeNull();
      }
    }
  });
}
