import { describe, expect, jest, test } from '@jest/globals';
import { type LobbyInfo, lobbyFromCommandLine, SteamError } from '../../src/client.ts';
import { Endpoint } from '../../src/index.ts';
import { Lobbies } from '../../src/lobby/Lobbies.ts';
import { once, rejection, until } from '../compliance/transport/waiting.ts';
import { leaveNoTimers } from '../helpers/leaveNoTimers.ts';
import { GAME } from '../helpers/lobbyWorld.ts';
import { ArenaRoom, withLobbyClients } from './lobbyClients.ts';

leaveNoTimers();

jest.setTimeout(40_000);

const FRIENDS_ONLY = { lobby: { game: GAME, type: 'friendsOnly' } } as const;

describe('an invite', () => {
  test('to a game that runs', async () => {
    await withLobbyClients({ host: FRIENDS_ONLY }, async ({ arena, client, driverOf, host, membersOf, steam, transport }) => {
      const id = await host();
      const player = client();
      expect(await player.findLobbies()).toEqual([]);
      expect(await rejection(player.joinLobby(id))).toMatchObject({ code: 'denied' });

      expect(transport.lobby?.openInviteDialog()).toBe(true);
      expect(steam.lobbies.inviteDialogs).toEqual([{ user: arena.host.steamId, lobby: id }]);
      const asked = once<[bigint, bigint | undefined]>((cb) => player.onJoinRequested(cb));
      steam.lobbies.invite(arena.host, driverOf(player), id);
      expect(steam.lobbies.requestJoin(driverOf(player), id, arena.host)).toBeUndefined();
      expect(await asked).toEqual([id, arena.host.steamId]);
      const joined = await player.joinLobby((await asked)[0]);
      expect(membersOf(id)).toContain(driverOf(player).steamId);
      joined.lobby.openInviteDialog();
      expect(steam.lobbies.inviteDialogs.at(-1)).toEqual({ user: driverOf(player).steamId, lobby: id });
    });
  });

  test('to a game that does not run: Steam starts it with the lobby in its arguments', async () => {
    await withLobbyClients({ host: FRIENDS_ONLY }, async ({ arena, client, host, steam }) => {
      const id = await host();
      const { steamId } = steam.user();
      steam.kill(steamId);
      steam.lobbies.invite(arena.host, steamId, id);
      const args = steam.lobbies.requestJoin(steamId, id, arena.host);
      // The game, started by Steam:
      const player = client({ driver: steam.user({ steamId }) });
      const invited = lobbyFromCommandLine(['node', 'game.js', ...(args ?? [])]);
      expect(invited).toBe(id);
      const joined = await player.joinLobby(invited!);
      expect(joined.room.roomId).toBe(ArenaRoom.latest.roomId);
    });
  });

  test('while another join is under way is the next one', async () => {
    await withLobbyClients({ steam: { lobbyCallMs: 100 } }, async ({ client, driverOf, host, steam }) => {
      const id = await host();
      const player = client();
      const gone = rejection(player.joinLobby(id + 5n));
      const joined = new Promise((resolve, reject) => {
        player.onJoinRequested((lobby) => player.joinLobby(lobby).then(resolve, reject));
      });
      steam.lobbies.requestJoin(driverOf(player), id);
      expect(await gone).toMatchObject({ code: 'gone' });
      expect(await joined).toBe(player.joined);
    });
  });

  test('that nobody wants to hear of any more', async () => {
    await withLobbyClients({}, async ({ client, driverOf, host, steam }) => {
      const id = await host();
      const player = client();
      const asked: bigint[] = [];
      const stop = player.onJoinRequested((lobby) => asked.push(lobby));
      player.onJoinRequested((lobby) => asked.push(lobby));
      stop();
      stop();
      steam.lobbies.requestJoin(driverOf(player), id);
      await until(() => asked.length > 0, 'the other one is told');
      expect(asked).toEqual([id]);
    });
  });
});

describe('friends see', () => {
  test('how to come after the player, and what he does, while he is there', async () => {
    await withLobbyClients({}, async ({ client, driverOf, host, steam, transport }) => {
      const id = await host({ maxClients: 3 });
      const player = client({ status: ({ roomName, players, maxPlayers }) => `in the ${roomName}, ${players} of ${maxPlayers}` });
      const seen = () => steam.lobbies.richPresenceOf(driverOf(player));
      expect(seen()).toEqual({});
      const joined = await player.joinLobby(id);
      expect(seen().connect).toBe(`+connect_lobby ${id}`);
      await until(() => seen().status === 'in the arena, 1 of 3', 'he is counted', 4_000);
      const other = await client().joinLobby(id);
      await until(() => seen().status === 'in the arena, 2 of 3', 'the other one, too', 4_000);
      await other.leave();
      await joined.leave();
      expect(seen()).toEqual({});
      expect(transport.lobby?.state).toBe('open');
    });
  });

  test.each(['private', 'invisible'] as const)('no way into a lobby that is %s', async (type) => {
    await withLobbyClients({ host: { lobby: { game: GAME, type } } }, async ({ client, driverOf, host, steam }) => {
      const id = await host();
      const player = client({ status: 'playing' });
      await player.joinLobby(id);
      expect(steam.lobbies.richPresenceOf(driverOf(player))).toEqual({ status: 'playing' });
    });
  });

  test('the same words always, or those that the game has set itself', async () => {
    await withLobbyClients({}, async ({ client, driverOf, host, steam }) => {
      const id = await host();
      const fixed = client({ status: 'playing' });
      const own = client();
      driverOf(own).setRichPresence('status', 'as the game says');
      const joined = await Promise.all([fixed.joinLobby(id), own.joinLobby(id)]);
      const connect = `+connect_lobby ${id}`;
      expect(steam.lobbies.richPresenceOf(driverOf(fixed))).toEqual({ connect, status: 'playing' });
      expect(steam.lobbies.richPresenceOf(driverOf(own))).toEqual({ connect, status: 'as the game says' });
      for (const { leave } of joined) await leave();
      expect(steam.lobbies.richPresenceOf(driverOf(fixed))).toEqual({});
      expect(steam.lobbies.richPresenceOf(driverOf(own))).toEqual({ status: 'as the game says' });
    });
  });

  test('no more than Steam takes of what a function makes of a host’s words', async () => {
    await withLobbyClients({}, async ({ client, driverOf, host, steam }) => {
      const id = await host();
      const player = client({ status: () => `\0${'é'.repeat(200)}` });
      await player.joinLobby(id);
      expect(steam.lobbies.richPresenceOf(driverOf(player)).status).toBe('é'.repeat(127));
    });
  });

  test('nothing of a join that failed', async () => {
    await withLobbyClients({}, async ({ client, driverOf, host, steam }) => {
      const id = await host();
      ArenaRoom.auth = () => false;
      const player = client({ status: 'playing' });
      expect(await rejection(player.joinLobby(id))).toMatchObject({ code: 'denied' });
      expect(steam.lobbies.richPresenceOf(driverOf(player))).toEqual({});
    });
  });
});

describe('joinFriend', () => {
  test('through the lobby that Steam shows of him, also when he is a player', async () => {
    await withLobbyClients({ host: FRIENDS_ONLY }, async ({ arena, client, driverOf, host, steam }) => {
      await host();
      const [ann, bob] = [client(), client()];
      steam.lobbies.befriend(arena.host, driverOf(ann));
      steam.lobbies.befriend(driverOf(ann), driverOf(bob));
      await ann.joinFriend(arena.host.steamId);
      const joined = await bob.joinFriend(String(driverOf(ann).steamId));
      expect(joined.room.roomId).toBe(ArenaRoom.latest.roomId);
    });
  });

  test('through the list, when the binding does not tell, and he hosts', async () => {
    await withLobbyClients({}, async ({ arena, client, driverOf, host }) => {
      const id = await host();
      const player = client();
      Object.defineProperty(driverOf(player).lobbies, 'lobbyOfFriend', { value: undefined });
      expect((await player.joinFriend(arena.host.steamId)).lobby.id).toBe(id);
    });
  });

  test('by asking himself, when his lobby is in no list', async () => {
    const hidden = { lobby: { game: GAME, type: 'private' }, onSessionRequest: () => true } as const;
    await withLobbyClients({ host: hidden }, async ({ arena, client, host }) => {
      const id = await host();
      const player = client();
      expect(await player.findLobbies()).toEqual([]);
      expect((await player.joinFriend(arena.host.steamId)).lobby.id).toBe(id);
    });
  });

  test('who refuses: denied, in his words', async () => {
    const hidden = { lobby: { game: GAME, type: 'private' }, onSessionRequest: () => 'friends of mine only' } as const;
    await withLobbyClients({ host: hidden }, async ({ arena, client, driverOf, host }) => {
      await host();
      const player = client();
      Object.defineProperty(driverOf(player).lobbies, 'lobbyOfFriend', { value: undefined });
      const error = await rejection(player.joinFriend(arena.host.steamId));
      expect(error).toMatchObject({ code: 'denied', cause: expect.any(SteamError) });
      expect(error.message).toMatch(
        /^no game of Steam user \d+ was found: this binding does not tell lobbies of friends; none of the 0 games in the list is his; .*friends of mine only/,
      );
    });
  });

  test('who is not there: gone, and what was tried', async () => {
    await withLobbyClients({}, async ({ client, host, steam }) => {
      await host();
      const { steamId } = steam.user();
      const error = await rejection(client({ connectTimeoutMs: 300 }).joinFriend(steamId));
      expect(error).toMatchObject({ code: 'gone', cause: { code: 'timed-out' } });
      expect(error.message).toMatch(
        /Steam shows no lobby of his; none of the 1 games in the list is his; no answer from Steam user/,
      );
    });
  });

  test('who hosts without a lobby: gone', async () => {
    await withLobbyClients({ host: { onSessionRequest: () => true } }, async ({ arena, client }) => {
      const error = await rejection(client().joinFriend(arena.host.steamId));
      expect(error).toMatchObject({ code: 'gone', message: expect.stringContaining('he is there, but in no lobby') });
    });
  });

  test('whose answer is hostile: gone, and nothing is entered', async () => {
    await withLobbyClients({}, async ({ client, driverOf, steam }) => {
      const host = Endpoint.of(steam.user());
      const answers = [
        '{"lobby":"76561197960265729"}',
        '{"lobby":109775240917155376}',
        'null',
        '{',
        '{"lobby":{}}',
        `"${'x'.repeat(2_000)}"`,
      ];
      let answer = '';
      const stop = host.serve({
        onSessionRequest: () => true,
        onConnection: () => ({ onMessage: () => undefined, onClose: () => undefined }),
        onRequest: async () => ({ status: 200, headers: [], body: new TextEncoder().encode(answer) }),
      });
      host.acquire();
      const player = client();
      for (answer of answers) {
        expect(await rejection(player.joinFriend(host.steamId))).toMatchObject({ code: 'gone' });
        expect(Lobbies.of(Endpoint.of(driverOf(player))).current).toBeUndefined();
      }
      stop();
      host.release();
    });
  });

  test('is given up by a close in the same turn, when Steam knows where he is', async () => {
    await withLobbyClients({}, async ({ arena, client, driverOf, host, membersOf, steam }) => {
      const id = await host();
      const player = client();
      steam.lobbies.befriend(arena.host, driverOf(player));
      const joining = rejection(player.joinFriend(arena.host.steamId));
      await player.close();
      expect(await joining).toMatchObject({ code: 'closed' });
      expect([player.joined, membersOf(id)]).toEqual([undefined, [arena.host.steamId]]);
    });
  });

  test('is given up by its signal while he is asked', async () => {
    await withLobbyClients({}, async ({ client, host, steam }) => {
      await host();
      const { steamId } = steam.user();
      const abort = new AbortController();
      setTimeout(() => abort.abort(new Error('never mind')), 50);
      expect((await rejection(client().joinFriend(steamId, {}, { signal: abort.signal }))).message).toBe('never mind');
    });
  });
});

test('what a list says can be given to joinLobby later: it is the lobby that counts', async () => {
  await withLobbyClients({}, async ({ client, host, transport }) => {
    await host();
    const player = client();
    const [info] = (await player.findLobbies()) as [LobbyInfo];
    transport.lobby?.close();
    expect(await rejection(player.joinLobby(info))).toMatchObject({ code: 'gone' });
  });
});
