import { describe, expect, jest, test } from '@jest/globals';
import { LobbyClient } from '../../src/client.ts';
import { SimulatedSteam } from '../../src/sim.ts';
import { once, pause, rejection, until } from '../compliance/transport/waiting.ts';
import { leaveNoTimers } from '../helpers/leaveNoTimers.ts';
import { GAME } from '../helpers/lobbyWorld.ts';
import { ArenaRoom, withLobbyClients } from './lobbyClients.ts';

leaveNoTimers();

jest.setTimeout(40_000);

/** A host's room is looked at four times a second. */
const SHOWN_MS = 2_000;

describe('bad input', () => {
  const make = (options: object) => () =>
    new LobbyClient({ driver: new SimulatedSteam().user(), game: GAME, ...options } as never);

  test('options that are missing, unknown or out of bounds', () => {
    expect(() => new LobbyClient(undefined as never)).toThrow(/needs options, at least \{ driver, game \}, not undefined/);
    expect(make({ game: undefined })).toThrow(/option game must be a string such as 'my-studio.my-game'/);
    expect(make({ game: '' })).toThrow(/must have 1 to 64 characters/);
    expect(make({ game: 'a\0b' })).toThrow(/and no NUL/);
    expect(make({ driver: {} })).toThrow(/driver must be a SteamDriver/);
    expect(make({ lobby: {} })).toThrow(/unknown option lobby; the options of LobbyClient are driver, game, status, messages/);
    expect(make({ status: 7 })).toThrow(/option status must be a string, or a function/);
    expect(make({ status: 'é'.repeat(128) })).toThrow(/option status has 256 bytes of UTF-8; Steam's limit is 255/);
    expect(make({ deadAfterMs: 1 })).toThrow(/deadAfterMs must be from 100/);
  });

  test('a driver without lobbies', () => {
    const driver = new SimulatedSteam().user();
    Object.defineProperty(driver, 'lobbies', { value: undefined });
    expect(() => new LobbyClient({ driver, game: GAME })).toThrow(
      new TypeError(`the driver of Steam user ${driver.steamId} has no lobbies`),
    );
  });

  const LOBBY = 109775240917155376n;
  test.each([
    ['a number', Number(LOBBY), TypeError, /is a number, which has no room for all of its digits/],
    ['nothing', undefined, TypeError, /lobby is undefined; a lobby is a bigint or its digits/],
    ['null', null, TypeError, /lobby is null/],
    ['words', 'my lobby', TypeError, /lobby "my lobby" is not the digits of a number/],
    ['a hexadecimal number', '0x1', TypeError, /is not the digits of a number/],
    ['a negative number', -1n, RangeError, /below 0/],
    ['too many digits', '1'.repeat(500), RangeError, /more than the 64 bits of a SteamID/],
    ['65 bits', 2n ** 64n, RangeError, /more than the 64 bits of a SteamID/],
    ['a person', 76561197960265729n, RangeError, /is the SteamID of a person, for whom there is joinFriend\(\)/],
    ['a group', '103582791429521412', RangeError, /is no lobby's id \(a group, a game server, or a typing error\?\)/],
    ['zero', 0n, RangeError, /is no lobby's id/],
    ['an object of something else', { lobby: LOBBY }, TypeError, /lobby is object/],
  ])('a lobby that is %s', async (_what, lobby, type, message) => {
    const client = new LobbyClient({ driver: new SimulatedSteam().user(), game: GAME });
    const error = await rejection(client.joinLobby(lobby as never));
    expect(error).toBeInstanceOf(type);
    expect(error.message).toMatch(message);
  });

  test('a friend who is none', async () => {
    const driver = new SimulatedSteam().user();
    const client = new LobbyClient({ driver, game: GAME });
    expect((await rejection(client.joinFriend(driver.steamId))).message).toBe(`friend ${driver.steamId} is ourselves`);
    expect((await rejection(client.joinFriend(LOBBY))).message).toContain('is the id of a lobby, for which there is joinLobby()');
    expect((await rejection(client.joinFriend('103582791429521412'))).message).toContain("is no person's SteamID");
    expect(await rejection(client.joinFriend(7 as never))).toBeInstanceOf(TypeError);
  });
});

describe('a game is found and joined', () => {
  test('through its lobby, and both are left together', async () => {
    await withLobbyClients({}, async ({ client, driverOf, host, membersOf, steam, arena, transport }) => {
      const id = await host({ metadata: { map: 'harbour' }, maxClients: 4 });
      const player = client();
      const { steamId } = driverOf(player);
      const [found, ...others] = await player.findLobbies();
      expect(others).toEqual([]);
      expect(found).toEqual({
        id,
        members: 1,
        memberLimit: 5,
        host: arena.host.steamId,
        hostName: arena.host.personaName,
        roomName: 'arena',
        roomId: ArenaRoom.latest.roomId,
        players: 0,
        maxPlayers: 4,
        isLocked: false,
        isForFriends: true,
        isClosed: false,
        metadata: { map: 'harbour' },
      });
      const joined = await player.joinLobby(found!, { colour: 'red' });
      expect(player.joined).toBe(joined);
      expect(joined.lobby).toMatchObject({ id, isOver: false });
      expect(membersOf(id)).toEqual([arena.host.steamId, steamId]);
      joined.room.send('echo', 'hello');
      expect(await once((cb) => joined.room.onMessage('echo', cb))).toEqual(['hello']);
      await until(() => transport.lobby?.listing.players === 1, 'counted', SHOWN_MS);

      const left = once<[number]>((cb) => joined.room.onLeave(cb));
      const { leave } = joined;
      const leaving = leave();
      expect(membersOf(id)).toEqual([arena.host.steamId]); // at once
      await leaving;
      expect((await left)[0]).toBe(4000);
      expect([joined.isOver, joined.lobby.isOver, player.joined]).toEqual([true, true, undefined]);
      expect(ArenaRoom.latest.left).toEqual([4000]);
      expect(steam.lobbies.ids).toEqual([id]);
      await joined.leave();
    });
  });

  test('by its id, as digits or a bigint', async () => {
    await withLobbyClients({}, async ({ client, host }) => {
      const id = await host();
      const joined = await Promise.all([client().joinLobby(id), client().joinLobby(String(id))]);
      expect(joined.map(({ lobby }) => lobby.id)).toEqual([id, id]);
    });
  });

  test('two LobbyClients of one process: each has its room, and the lobby is left with the one that entered it', async () => {
    await withLobbyClients({}, async ({ client, driverOf, host, membersOf }) => {
      const id = await host();
      const first = client();
      const second = client({ driver: driverOf(first) });
      const one = await first.joinLobby(id);
      const other = await second.joinLobby(id);
      expect(other.room.sessionId).not.toBe(one.room.sessionId);
      await other.leave();
      expect(membersOf(id)).toContain(driverOf(first).steamId);
      expect(one.room.connection.isOpen).toBe(true);
      await one.leave();
      expect(membersOf(id)).not.toContain(driverOf(first).steamId);
    });
  });

  test("the room's end is that of the lobby", async () => {
    await withLobbyClients({}, async ({ client, driverOf, host, membersOf, transport }) => {
      const id = await host();
      const player = client();
      const joined = await player.joinLobby(id);
      const left = once<[number, string?]>((cb) => joined.room.onLeave(cb));
      transport.kick(ArenaRoom.latest.clients[0]!, 'too slow');
      expect(await left).toEqual([4020, 'too slow']);
      expect([joined.isOver, player.joined]).toEqual([true, undefined]);
      expect(membersOf(id)).not.toContain(driverOf(player).steamId);
      // And the way is free for another try.
      expect((await player.joinLobby(id)).isOver).toBe(false);
    });
  });

  test('a link that is lost, and comes back, ends nothing', async () => {
    await withLobbyClients({}, async ({ client, driverOf, host, membersOf, steam }) => {
      const id = await host();
      ArenaRoom.latest.mayReturn = true;
      const player = client();
      const joined = await player.joinLobby(id);
      joined.room.reconnection.minUptime = 0;
      const dropped = once((cb) => joined.room.onDrop(cb));
      const back = once((cb) => joined.room.onReconnect(cb));
      steam.unplug(driverOf(player));
      await dropped;
      expect([joined.isOver, joined.lobby.isOver]).toEqual([false, false]);
      expect(membersOf(id)).toContain(driverOf(player).steamId);
      steam.plug(driverOf(player));
      await back;
      expect(player.joined).toBe(joined);
      expect(membersOf(id)).toContain(driverOf(player).steamId);
    });
  });

  test('leave() while the link is lost ends both at once', async () => {
    await withLobbyClients({}, async ({ client, driverOf, host, membersOf, steam }) => {
      const id = await host();
      const player = client();
      const joined = await player.joinLobby(id);
      joined.room.reconnection.minUptime = 0;
      const dropped = once((cb) => joined.room.onDrop(cb));
      steam.unplug(driverOf(player));
      await dropped;
      const left = once<[number]>((cb) => joined.room.onLeave(cb));
      await joined.leave();
      expect(membersOf(id)).not.toContain(driverOf(player).steamId);
      steam.plug(driverOf(player));
      expect((await left)[0]).toBe(4000); // when the SDK would have dialled again
    });
  });

  test('to another lobby: the former one, and its room, are left first', async () => {
    await withLobbyClients({}, async ({ client, driverOf, host, membersOf, transport }) => {
      const first = await host();
      const player = client();
      const one = await player.joinLobby(first);
      expect((await rejection(player.joinLobby(first))).message).toMatch(/we are in the game of lobby \d+ already/);
      expect(one.isOver).toBe(false);
      const { room } = transport.lobby!;
      transport.lobby!.close();
      const { id: second } = await transport.openLobby(room, { game: GAME });
      const other = await player.joinLobby(second!);
      expect([one.isOver, other.isOver, player.joined]).toEqual([true, false, other]);
      expect(membersOf(second!)).toContain(driverOf(player).steamId);
      expect(ArenaRoom.latest.clients).toHaveLength(1);
    });
  });

  test('two joins at once: the second waits for the end of the first', async () => {
    await withLobbyClients({}, async ({ client, host }) => {
      const id = await host();
      const player = client();
      const [first, second] = await Promise.allSettled([player.joinLobby(id), player.joinLobby(id)]);
      expect(first.status).toBe('fulfilled');
      expect(second).toMatchObject({ reason: { message: expect.stringContaining('already') } });
      await player.joined?.leave();
      const [failed, worked] = await Promise.allSettled([player.joinLobby(id + 1_000n), player.joinLobby(id)]);
      expect(failed).toMatchObject({ reason: { code: 'gone' } });
      expect(worked.status).toBe('fulfilled');
    });
  });

  test('a host plays in his own game: its lobby is his, and stays when he leaves the room', async () => {
    await withLobbyClients({}, async ({ arena, client, host, membersOf, steam }) => {
      const id = await host();
      const shown = steam.lobbies.richPresenceOf(arena.host);
      expect(shown.connect).toBe(`+connect_lobby ${id}`);
      const own = client({ driver: arena.host, status: 'as a player' });
      const joined = await own.joinLobby(id);
      expect(arena.steam.packetsSent(arena.host)).toBe(0);
      joined.room.send('echo', 'to myself');
      expect(await once((cb) => joined.room.onMessage('echo', cb))).toEqual(['to myself']);
      await joined.leave();
      expect([joined.lobby.isOver, membersOf(id)]).toEqual([false, [arena.host.steamId]]);
      expect(steam.lobbies.richPresenceOf(arena.host)).toEqual(shown);
    });
  });

  test('a host cannot be in the lobby of another game beside his own', async () => {
    await withLobbyClients({}, async ({ arena, client, host }) => {
      const id = await host();
      const own = client({ driver: arena.host });
      const joined = await own.joinLobby(id);
      const error = await rejection(own.joinLobby(id + 1n));
      expect(error.message).toBe(
        `this process hosts the game of lobby ${id}, and a user can be in one only: leave that one for lobby ${id + 1n}`,
      );
      expect(joined.isOver).toBe(false);
    });
  });

  test('close() leaves everything, and the client works on', async () => {
    await withLobbyClients({}, async ({ client, driverOf, host, membersOf, steam }) => {
      const id = await host();
      const player = client();
      const joined = await player.joinLobby(id);
      const asked: bigint[] = [];
      player.onJoinRequested((lobby) => asked.push(lobby));
      const again = rejection(player.joinLobby(id + 1n));
      await player.close();
      expect(await again).toMatchObject({ code: 'closed' });
      expect(joined.isOver).toBe(true);
      expect(membersOf(id)).not.toContain(driverOf(player).steamId);
      steam.lobbies.requestJoin(driverOf(player), id);
      await pause(20);
      expect(asked).toEqual([]);
      expect((await player.joinLobby(id)).isOver).toBe(false);
    });
  });
});

describe('a join that fails leaves the lobby, and says why', () => {
  test('full: the room', async () => {
    await withLobbyClients({ host: { lobby: { game: GAME, maxMembers: 10 } } }, async ({ client, host, membersOf, driverOf }) => {
      const id = await host({ maxClients: 1 });
      // Both find it open; one of them is the first.
      ArenaRoom.auth = () => pause(100).then(() => true);
      const players = [client(), client()];
      const results = await Promise.allSettled(players.map((player) => player.joinLobby(id)));
      const lost = results.findIndex(({ status }) => status === 'rejected');
      expect(results[lost]).toMatchObject({ reason: { name: 'SteamError', code: 'full', cause: expect.any(Error) } });
      expect(membersOf(id)).not.toContain(driverOf(players[lost]!).steamId);
      expect(membersOf(id)).toContain(driverOf(players[1 - lost]!).steamId);
      expect(players[lost]!.joined).toBeUndefined();
    });
  });

  test('full: a room that was full before he came, as its lobby shows', async () => {
    await withLobbyClients({ host: { lobby: { game: GAME, maxMembers: 10 } } }, async ({ client, host, membersOf, driverOf }) => {
      const id = await host({ maxClients: 1 });
      await client().joinLobby(id);
      const late = client();
      for (let tries = 0; tries < 100 && !(await late.findLobbies())[0]?.isLocked; tries++) await pause(20);
      expect(await late.findLobbies()).toMatchObject([{ id, players: 1, isLocked: true }]);
      expect(await rejection(late.joinLobby(id))).toMatchObject({ name: 'SteamError', code: 'full' });
      expect(membersOf(id)).not.toContain(driverOf(late).steamId);
    });
  });

  test('full: the lobby', async () => {
    await withLobbyClients({ host: { lobby: { game: GAME, maxMembers: 2 } } }, async ({ client, host }) => {
      const id = await host({ maxClients: 9 });
      await client().joinLobby(id);
      const error = await rejection(client().joinLobby(id));
      expect(error).toMatchObject({ name: 'SteamError', code: 'full', message: expect.stringContaining('it is full') });
    });
  });

  test('full: a locked room, which its lobby did not know yet', async () => {
    await withLobbyClients({}, async ({ client, host, membersOf, arena }) => {
      const id = await host();
      const joining = rejection(client().joinLobby(id));
      await ArenaRoom.latest.lock();
      expect(await joining).toMatchObject({ code: 'full', message: expect.stringContaining('is locked') });
      expect(membersOf(id)).toEqual([arena.host.steamId]);
    });
  });

  test.each([
    ['by onAuth, with false', () => false, 'onAuth failed'],
    [
      'by onAuth, in words',
      () => {
        throw new Error('beginners only');
      },
      'beginners only',
    ],
  ])('denied: %s', async (_how, auth, words) => {
    await withLobbyClients({}, async ({ client, host, membersOf, arena }) => {
      const id = await host();
      ArenaRoom.auth = auth;
      const error = await rejection(client().joinLobby(id));
      expect(error).toMatchObject({ name: 'SteamError', code: 'denied', cause: expect.any(Error) });
      expect(error.message).toContain(words);
      expect(error.message).toContain(String(id));
      expect(membersOf(id)).toEqual([arena.host.steamId]);
    });
  });

  test('denied: by the host, with his reason', async () => {
    const refuse = { lobby: { game: GAME }, onSessionRequest: () => 'not tonight' };
    await withLobbyClients({ host: refuse }, async ({ client, host, membersOf, arena }) => {
      const id = await host();
      const error = await rejection(client().joinLobby(id));
      expect(error).toMatchObject({ code: 'denied', reason: 'not tonight', message: expect.stringContaining('not tonight') });
      expect(membersOf(id)).toEqual([arena.host.steamId]);
    });
  });

  // The welcome and the close come in one packet: when the join resolved, the room was over, and its onLeave had told those who were there.
  test('denied: in, and out again at once', async () => {
    await withLobbyClients({}, async ({ client, host, membersOf, arena }) => {
      const id = await host();
      const player = client({ poll: 'manual' });
      let isAway = false;
      const turns = setInterval(() => isAway || player.endpoint.poll(), 2);
      try {
        ArenaRoom.join = (joined) => {
          isAway = true;
          setTimeout(() => joined.leave(4100, 'changed my mind'), 20);
          setTimeout(() => {
            isAway = false;
          }, 60);
        };
        const error = await rejection(player.joinLobby(id));
        const message = `the host of lobby ${id} let us in, and out again at once`;
        expect(error).toMatchObject({ code: 'denied', message });
        expect(player.joined).toBeUndefined();
        expect(membersOf(id)).toEqual([arena.host.steamId]);
        await until(() => player.endpoint.stats().length === 0, 'the session is over');
      } finally {
        clearInterval(turns);
      }
    });
  });

  test('gone: no such lobby', async () => {
    await withLobbyClients({}, async ({ client, host }) => {
      const id = await host();
      expect(await rejection(client().joinLobby(id + 1n))).toMatchObject({ code: 'gone' });
    });
  });

  test('given up by its signal, at whatever stage', async () => {
    await withLobbyClients({ steam: { lobbyCallMs: 40 } }, async ({ client, driverOf, host, membersOf }) => {
      const id = await host();
      ArenaRoom.auth = () => pause(100).then(() => true);
      for (const afterMs of [0, 10, 60, 120]) {
        const player = client();
        const abort = new AbortController();
        const joining = rejection(player.joinLobby(id, {}, { signal: abort.signal }));
        await pause(afterMs);
        abort.abort(new Error(`changed my mind after ${afterMs} ms`));
        expect((await joining).message).toBe(`changed my mind after ${afterMs} ms`);
        expect(player.joined).toBeUndefined();
        await pause(60); // Steam's answer may be on its way still
        expect(membersOf(id)).not.toContain(driverOf(player).steamId);
      }
      await until(() => ArenaRoom.latest.clients.length === 0, 'nobody is in the room');
    });
  });

  test('join options that are no JSON are the caller’s error', async () => {
    await withLobbyClients({}, async ({ client, host, membersOf, arena }) => {
      const id = await host();
      const error = await rejection(client().joinLobby(id, { self: 1n }));
      expect(error).toBeInstanceOf(TypeError);
      expect(membersOf(id)).toEqual([arena.host.steamId]);
    });
  });
});
