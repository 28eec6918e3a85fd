import { type Client, type IRoomCache, matchMaker, Room } from '@colyseus/core';
import { describe, expect, jest, test } from '@jest/globals';
import { steamErrorCode } from '../../src/client.ts';
import { access, type HostLobby, type SteamError, SteamTransport, steamIdOf } from '../../src/index.ts';
import { LobbyKey } from '../../src/lobby/GameListing.ts';
import { askForLobby } from '../../src/lobby/lobbyRequest.ts';
import { SimulatedSteam } from '../../src/sim.ts';
import { once, pause, rejection, until } from '../compliance/transport/waiting.ts';
import { leaveNoTimers } from '../helpers/leaveNoTimers.ts';
import { GAME, withLobbyWorld } from '../helpers/lobbyWorld.ts';

leaveNoTimers();

jest.setTimeout(40_000);

class ArenaRoom extends Room {
  static latest: ArenaRoom;
  override autoDispose = false;
  readonly ended: (number | undefined)[] = [];

  override onCreate({ metadata, maxClients }: { metadata?: object; maxClients?: number }): void {
    ArenaRoom.latest = this;
    if (maxClients !== undefined) this.maxClients = maxClients;
    if (metadata !== undefined) this.metadata = metadata;
    this.onMessage('echo', (client: Client, text: string) => client.send('echo', text));
  }

  override onDrop(_client: Client, code?: number): void {
    this.ended.push(code);
  }

  override onLeave(_client: Client, code?: number): void {
    this.ended.push(code);
  }
}

/** A room of the host's, of which nobody has asked over Steam. */
async function makeRoom(name = 'arena', options: object = {}): Promise<ArenaRoom> {
  const { roomId } = await matchMaker.createRoom(name, options);
  return matchMaker.getLocalRoomById(roomId) as ArenaRoom;
}

const MADE_ANEW_MS = 8_000;

describe('a room is shown as a lobby', () => {
  test('the first one, with what it is; who is in the lobby gets in, who is not is told what to do', async () => {
    await withLobbyWorld({}, async ({ world, arena, steam, transport, open, player, enter }) => {
      world.define('arena', ArenaRoom);
      expect(transport.lobby).toBeUndefined();
      const stranger = player();
      const noLobby = await rejection(stranger.joinOrCreate('arena'));
      expect(steamErrorCode(noLobby)).toBe('denied');
      expect(noLobby.message).toContain('this host has no open lobby');

      const room = await makeRoom('arena', { metadata: { map: 'harbour' }, maxClients: 4 });
      const lobby = await open();
      expect(lobby).toMatchObject({ room, state: 'open', game: GAME, members: [arena.host.steamId] });
      expect(lobby.listing).toEqual({
        host: arena.host.steamId,
        hostName: arena.host.personaName,
        roomName: 'arena',
        roomId: room.roomId,
        players: 0,
        maxPlayers: 4,
        isLocked: false,
        isForFriends: true,
        isClosed: false,
        metadata: { map: 'harbour' },
      });
      const shown = steam.lobbies.inspect(lobby.id as bigint);
      expect(shown).toMatchObject({ type: 2, owner: arena.host.steamId, memberLimit: 5, joinable: true });
      expect(shown?.data).toMatchObject({
        [LobbyKey.Game]: GAME,
        [LobbyKey.State]: 'open',
        [LobbyKey.Metadata]: '{"map":"harbour"}',
      });

      const refused = await rejection(player().joinById(room.roomId));
      expect(steamErrorCode(refused)).toBe('denied');
      expect(refused.message).toContain('join the lobby of this game first');
      expect(refused.message).not.toContain(String(lobby.id));

      const friend = player();
      await enter(friend, lobby.id as bigint);
      const joined = await friend.joinById(room.roomId);
      await until(() => steam.lobbies.inspect(lobby.id as bigint)?.data[LobbyKey.Players] === '1', 'the player is counted');
      expect(lobby.members).toContain(arena.driverOf(friend).steamId);
      await joined.leave();
    });
  });

  test("the host's own player needs no lobby, and his room may be of a name that was defined in this moment", async () => {
    await withLobbyWorld({}, async ({ world, transport, open, ownPlayer }) => {
      world.define('arena', ArenaRoom);
      const room = await ownPlayer().joinOrCreate('arena');
      expect(transport.lobby?.room.roomId).toBe(room.roomId);
      await open();
      await room.leave();
    });
  });

  test('also one of a name that was defined late, and made where nobody saw it', async () => {
    await withLobbyWorld({}, async ({ world, open }) => {
      await pause(20);
      world.define('late', ArenaRoom);
      const room = await makeRoom('late');
      expect((await open()).room).toBe(room);
    });
  });

  test('one that was there before the host listened', async () => {
    await withLobbyWorld({ host: {} }, async ({ world, steam }) => {
      world.define('arena', ArenaRoom);
      const room = await makeRoom();
      const other = new SteamTransport({ driver: steam.user(), lobby: { game: GAME } });
      await new Promise<unknown>((resolve) => other.listen(0, undefined, undefined, resolve));
      await until(() => other.lobby?.state === 'open', 'its lobby');
      expect(other.lobby?.room).toBe(room);
      other.shutdown();
      expect(other.lobby).toBeUndefined();
    });
  });

  test('only of the name that the option has', async () => {
    await withLobbyWorld({ host: { lobby: { game: GAME, room: 'arena' } } }, async ({ world, transport, open }) => {
      world.define('hall', ArenaRoom);
      world.define('arena', ArenaRoom);
      await makeRoom('hall');
      const arena = await makeRoom('arena');
      expect((await open()).room).toBe(arena);
      expect(transport.lobby?.listing.roomName).toBe('arena');
    });
  });

  test('what changes is shown: metadata, players, locked, private, unlisted, full', async () => {
    await withLobbyWorld({}, async ({ world, steam, open, player, enter }) => {
      world.define('arena', ArenaRoom);
      const room = await makeRoom('arena', { maxClients: 1 });
      const { id } = await open();
      const shown = () => {
        const { data, joinable } = steam.lobbies.inspect(id as bigint) ?? {};
        return {
          state: data?.[LobbyKey.State],
          joinable,
          metadata: data?.[LobbyKey.Metadata],
          players: data?.[LobbyKey.Players],
        };
      };
      const open1 = { state: 'open', joinable: true, metadata: undefined, players: '0' };
      const closed = { ...open1, state: 'locked', joinable: false };
      const untilShown = async (what: object) => {
        await until(() => JSON.stringify(shown()) === JSON.stringify({ ...open1, ...what }), JSON.stringify(what), 2_000).catch(
          () => undefined,
        );
        expect(shown()).toEqual({ ...open1, ...what });
      };
      expect(shown()).toEqual(open1);
      await room.lock();
      await untilShown(closed);
      await room.unlock();
      await untilShown(open1);
      await room.setPrivate(true);
      await untilShown(closed);
      await room.setPrivate(false);
      await untilShown(open1);
      await room.setMatchmaking({ unlisted: true });
      await untilShown(closed);
      await room.setMatchmaking({ unlisted: false, metadata: { round: 2 } });
      await untilShown({ metadata: '{"round":2}' });
      await room.setMetadata(undefined);
      await untilShown(open1);
      const only = player();
      await enter(only, id as bigint);
      const joined = await only.joinById(room.roomId);
      // Full, and open all the same: the room says `full` to who comes, where Steam would say that the lobby is not for him.
      await untilShown({ ...closed, joinable: true, players: '1' });
      await joined.leave();
      await untilShown(open1);
    });
  });

  test('and closed with it, when the next one takes its place', async () => {
    const events: string[] = [];
    const host = {
      lobby: {
        game: GAME,
        onOpen: ({ room }: HostLobby) => void events.push(`open ${room.roomName}`),
        onClose: ({ room }: HostLobby) => void events.push(`close ${room.roomName}`),
      },
    };
    await withLobbyWorld({ host }, async ({ world, steam, transport, open, player, enter }) => {
      for (const name of ['first', 'second', 'third']) world.define(name, ArenaRoom);
      const rooms = [await makeRoom('first'), await makeRoom('second'), await makeRoom('third')];
      const first = await open();
      const firstId = first.id as bigint;
      // A player who stays in it: Steam gives it to him.
      const member = player();
      await enter(member, firstId);
      await rooms[1]?.disconnect();
      expect(transport.lobby).toBe(first);
      await rooms[0]?.disconnect();
      expect(first).toMatchObject({ state: 'closed', id: undefined, members: [] });
      expect(steam.lobbies.inspect(firstId)).toMatchObject({ joinable: false, data: { [LobbyKey.State]: 'closed' } });
      expect(steam.lobbies.inspect(firstId)?.data).not.toHaveProperty(LobbyKey.Game);
      const next = await open();
      expect(next.room).toBe(rooms[2]);
      await rooms[2]?.disconnect();
      expect(transport.lobby).toBeUndefined();
      expect(events).toEqual(['open first', 'close first', 'open third', 'close third']);
    });
  });

  test('until the game closes it: the rooms that are there get none any more, the next one does', async () => {
    await withLobbyWorld({}, async ({ world, transport, open }) => {
      world.define('arena', ArenaRoom);
      await makeRoom();
      await makeRoom();
      const lobby = await open();
      lobby.close();
      lobby.close();
      await pause(600);
      expect(transport.lobby).toBeUndefined();
      const third = await makeRoom();
      expect((await open()).room).toBe(third);
    });
  });
});

test('which lobby it is: whom the host let in may ask him over P2P, and nobody else', async () => {
  const host = { lobby: { game: GAME }, onSessionRequest: access.lobby({ graceMs: 100 }) };
  await withLobbyWorld({ host }, async ({ world, arena, open, player, enter, ownPlayer }) => {
    world.define('arena', ArenaRoom);
    const own = ownPlayer();
    expect(await askForLobby(own.endpoint, arena.host.steamId)).toBeUndefined();
    await makeRoom();
    const { id } = await open();
    expect(await askForLobby(own.endpoint, arena.host.steamId)).toBe(id);
    const asking = player();
    asking.endpoint.acquire();
    const error = await rejection(askForLobby(asking.endpoint, arena.host.steamId));
    expect(error).toMatchObject({ code: 'denied', message: expect.stringContaining('join the lobby of this game first') });
    expect(error.message).not.toContain(String(id));
    await enter(asking, id as bigint);
    expect(await askForLobby(asking.endpoint, arena.host.steamId)).toBe(id);
    asking.endpoint.release();
  });
});

describe('openLobby', () => {
  const host = {};

  test('shows the room that it is given; from then on players come through it', async () => {
    await withLobbyWorld({ host }, async ({ world, transport, steam, player, enter }) => {
      world.define('arena', ArenaRoom);
      const room = await makeRoom();
      const early = await player().joinById(room.roomId);
      const members: string[] = [];
      const lobby = await transport.openLobby(room.roomId, {
        game: GAME,
        type: 'friendsOnly',
        maxMembers: 7,
        onMembers: (_lobby, joined, left) => void members.push(`+${joined.length} -${left.length}`),
      });
      expect(transport.lobby).toBe(lobby);
      expect(steam.lobbies.inspect(lobby.id as bigint)).toMatchObject({ type: 1, memberLimit: 7 });
      expect(steamErrorCode(await rejection(player().joinById(room.roomId)))).toBe('denied');
      const friend = player();
      steam.lobbies.befriend(transport.endpoint.steamId, friend.endpoint.steamId);
      const entered = await enter(friend, lobby.id as bigint);
      const late = await friend.joinById(room.roomId);
      entered.leave();
      await until(() => members.length === 2, 'came and left');
      expect(members).toEqual(['+1 -0', '+0 -1']);
      expect(early.connection.isOpen && late.connection.isOpen).toBe(true);
      expect(lobby.openInviteDialog()).toBe(true);
      expect(steam.lobbies.inviteDialogs).toEqual([{ user: transport.endpoint.steamId, lobby: lobby.id }]);
      await room.disconnect();
      expect(transport.lobby).toBeUndefined();
    });
  });

  test('says what is wrong', async () => {
    await withLobbyWorld({ host }, async ({ world, transport, steam }) => {
      world.define('arena', ArenaRoom);
      const room = await makeRoom();
      const message = async (attempt: Promise<unknown>) => (await rejection(attempt)).message;
      expect(await message(transport.openLobby(room))).toMatch(/needs the game's key: openLobby\(room, \{ game: 'my-studio/);
      expect(await message(transport.openLobby('nowhere', { game: GAME }))).toMatch(/room of this process .* not room "nowhere"/);
      expect(await message(transport.openLobby(undefined as never, { game: GAME }))).toMatch(/not undefined/);
      expect(await message(transport.openLobby(room, { game: GAME, type: 'secret' as never }))).toMatch(
        /lobby\.type must be one of public, friendsOnly/,
      );
      const lobby = await transport.openLobby(room, { game: GAME });
      expect(await message(transport.openLobby(room, { game: GAME }))).toBe(
        `room ${room.roomId} has lobby ${lobby.id} already, and a Steam user can have one only: close() it before openLobby()`,
      );
      lobby.close();
      // A second at once, while the first is being made; with the room as core lists it.
      const [listed] = await matchMaker.query({ roomId: room.roomId });
      const opening = transport.openLobby(listed as IRoomCache, { game: GAME });
      expect(await message(transport.openLobby(room, { game: GAME }))).toMatch(/has one \(opening\) already/);
      await opening;
      await room.disconnect();
      expect(await message(transport.openLobby(room, { game: GAME }))).toMatch(/that is still there/);

      const unheard = new SteamTransport({ driver: steam.user() });
      expect(await message(unheard.openLobby(room, { game: GAME }))).toMatch(/needs a host: await server\.listen/);
    });
  });

  test('rejects when Steam makes none, and can be called again', async () => {
    await withLobbyWorld({ host }, async ({ world, transport, steam, player }) => {
      world.define('arena', ArenaRoom);
      const room = await makeRoom();
      steam.loseSteam(transport.endpoint.steamId);
      const error = (await rejection(transport.openLobby(room, { game: GAME }))) as SteamError;
      expect(error.code).toBe('steam-failed');
      expect(transport.lobby).toBeUndefined();
      steam.restoreSteam(transport.endpoint.steamId);
      // Without a lobby nobody has to come through one.
      const joined = await player().joinById(room.roomId);
      await joined.leave();
      expect(await transport.openLobby(room, { game: GAME })).toMatchObject({ state: 'open' });
    });
  });

  test('of a room that is disposed meanwhile', async () => {
    await withLobbyWorld({ host, steam: { lobbyCallMs: 200 } }, async ({ world, transport, steam }) => {
      world.define('arena', ArenaRoom);
      const room = await makeRoom();
      const opening = rejection(transport.openLobby(room, { game: GAME }));
      await room.disconnect();
      expect(await opening).toMatchObject({ code: 'closed', message: `the lobby of room ${room.roomId} was closed` });
      await pause(300);
      expect(steam.lobbies.ids).toEqual([]);
    });
  });
});

describe('a lobby that Steam loses', () => {
  test('Steam drops the host: nobody is kicked, another one has the same data, and new joiners come in through it', async () => {
    const lost: string[] = [];
    const host = { lobby: { game: GAME, onLost: (_lobby: HostLobby, why: string) => void lost.push(why) } };
    await withLobbyWorld({ host }, async ({ world, arena, steam, open, player, enter }) => {
      world.define('arena', ArenaRoom);
      const room = await makeRoom('arena', { metadata: { map: 'harbour' } });
      const lobby = await open();
      const before = lobby.id as bigint;
      const seated = player();
      await enter(seated, before);
      const joined = await seated.joinById(room.roomId);
      await until(() => steam.lobbies.inspect(before)?.data[LobbyKey.Players] === '1', 'published');
      const data = steam.lobbies.inspect(before)?.data;

      steam.lobbies.drop(arena.host);
      await until(() => lobby.state === 'healing', 'noticed');
      expect(lobby.id).toBeUndefined();
      // Whoever was in it comes back meanwhile, as to a lobby that is there.
      expect(lobby.members).toContain(arena.driverOf(seated).steamId);
      await until(() => lobby.state === 'open', 'made anew', MADE_ANEW_MS);
      const after = lobby.id as bigint;
      expect(after).not.toBe(before);
      expect(lost).toEqual(['dropped']);
      expect(steam.lobbies.inspect(after)).toMatchObject({ owner: arena.host.steamId, data });

      const echoed = once<[string]>((cb) => joined.onMessage('echo', cb));
      joined.send('echo', 'still here');
      expect(await echoed).toEqual(['still here']);
      expect(room.ended).toEqual([]);
      expect(await askForLobby(seated.endpoint, arena.host.steamId)).toBe(after);

      const newcomer = player();
      await enter(newcomer, after);
      const second = await newcomer.joinById(room.roomId);
      expect(room.clients.map((client) => steamIdOf(client))).toContain(arena.driverOf(newcomer).steamId);
      await Promise.all([joined.leave(), second.leave()]);
    });
  });

  test('another member owns it: the host leaves it and makes another one', async () => {
    const lost: string[] = [];
    const host = { lobby: { game: GAME, onLost: (_lobby: HostLobby, why: string) => void lost.push(why) } };
    await withLobbyWorld({ host }, async ({ world, arena, steam, open, player, enter }) => {
      world.define('arena', ArenaRoom);
      const room = await makeRoom();
      const lobby = await open();
      const before = lobby.id as bigint;
      const heir = player();
      await enter(heir, before);
      const joined = await heir.joinById(room.roomId);
      // Steam takes the host out and in again, within a second.
      steam.lobbies.drop(arena.host);
      await arena.host.lobbies.join(before);
      expect(steam.lobbies.inspect(before)?.owner).toBe(arena.driverOf(heir).steamId);
      await until(() => lobby.state === 'open' && lobby.id !== before, 'made anew', MADE_ANEW_MS);
      expect(lost).toEqual(['owner']);
      expect(steam.lobbies.inspect(lobby.id as bigint)?.owner).toBe(arena.host.steamId);
      expect(steam.lobbies.inspect(before)?.members).toEqual([arena.driverOf(heir).steamId]);
      expect(joined.connection.isOpen).toBe(true);
      await joined.leave();
    });
  });

  test('Steam goes away and comes back: so does the lobby', async () => {
    const host = { lobby: { game: GAME, status: 'in the arena' } };
    await withLobbyWorld({ host }, async ({ world, arena, steam, open }) => {
      world.define('arena', ArenaRoom);
      await makeRoom();
      const lobby = await open();
      const before = lobby.id;
      steam.loseSteam(arena.host);
      await until(() => lobby.state === 'healing', 'noticed');
      await pause(1_500);
      steam.restoreSteam(arena.host);
      await until(() => lobby.state === 'open', 'made anew', MADE_ANEW_MS);
      expect(lobby.id).not.toBe(before);
      expect(steam.lobbies.richPresenceOf(arena.host)).toEqual({ connect: `+connect_lobby ${lobby.id}`, status: 'in the arena' });
    });
  });

  test('its host stops: none is left that leads to him, whoever Steam gives it to', async () => {
    await withLobbyWorld({}, async ({ world, arena, steam, open, player, enter }) => {
      world.define('arena', ArenaRoom);
      await makeRoom();
      const lobby = await open();
      const id = lobby.id as bigint;
      await enter(player(), id);
      expect(steam.lobbies.richPresenceOf(arena.host)).toEqual({ connect: `+connect_lobby ${id}` });
      arena.transport.shutdown();
      // At once: core ends the process next.
      expect(lobby.state).toBe('closed');
      expect(steam.lobbies.inspect(id)).toMatchObject({ joinable: false, data: { [LobbyKey.State]: 'closed' } });
      expect(steam.lobbies.inspect(id)?.data).not.toHaveProperty(LobbyKey.Game);
      expect(steam.lobbies.inspect(id)?.members).not.toContain(arena.host.steamId);
      expect(steam.lobbies.richPresenceOf(arena.host)).toEqual({});
    });
  });

  test('its host stops while Steam still makes it: it is left as soon as it is there', async () => {
    await withLobbyWorld({ steam: { lobbyCallMs: 300 } }, async ({ world, arena, steam, transport }) => {
      world.define('arena', ArenaRoom);
      await makeRoom();
      await until(() => transport.lobby !== undefined, 'the room is seen');
      const { lobby } = transport;
      expect(lobby?.state).toBe('opening');
      transport.shutdown();
      expect(lobby?.state).toBe('closed');
      expect(arena.transport.endpoint.stats()).toEqual([]);
      await pause(400);
      // Steam carries it out when it is asked for anything, here.
      expect(steam.lobbies.ids).toHaveLength(1);
      await pause(10);
      expect(steam.lobbies.ids).toEqual([]);
    });
  });
});

test('a driver without lobbies: the constructor says so', () => {
  const steam = new SimulatedSteam();
  const driver = steam.user();
  const poor = Object.create(driver, { lobbies: { value: undefined }, steamId: { value: driver.steamId } });
  expect(() => new SteamTransport({ driver: poor, lobby: { game: GAME } })).toThrow(/has no lobbies/);
  steam.close();
});
