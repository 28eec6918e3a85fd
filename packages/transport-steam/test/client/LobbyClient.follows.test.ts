import { describe, expect, jest, test } from '@jest/globals';
import type { JoinedLobby } from '../../src/client.ts';
import { type LobbyDriver, LobbyType } from '../../src/driver/LobbyDriver.ts';
import { LobbyKey } from '../../src/lobby/GameListing.ts';
import { Lobbies } from '../../src/lobby/Lobbies.ts';
import type { Lobby } from '../../src/lobby/Lobby.ts';
import { LobbyMesh } from '../../src/lobby/LobbyMesh.ts';
import { once, pause, until } from '../compliance/transport/waiting.ts';
import { leaveNoTimers } from '../helpers/leaveNoTimers.ts';
import { ArenaRoom, type LobbyClientWorld, withLobbyClients } from './lobbyClients.ts';

leaveNoTimers();

jest.setTimeout(40_000);

/** Steam takes a second to show that it dropped somebody, the host a second to make another lobby, and players ask after 0, 1, 3 s and so on. */
const FOLLOWED_MS = 12_000;

/** What is said in the room is heard in it. */
async function playsOn({ room }: JoinedLobby): Promise<void> {
  const heard = once((cb) => room.onMessage('echo', cb));
  room.send('echo', 'still here');
  expect(await heard).toEqual(['still here']);
}

/** A host and two players in his game, and what becomes of their lobby. */
async function withGame(
  play: (game: LobbyClientWorld & { id: bigint; joined: JoinedLobby[]; changes: Lobby[][] }) => Promise<void>,
) {
  await withLobbyClients({}, async (world) => {
    const id = await world.host();
    const joined = [
      await world.client({ status: 'playing' }).joinLobby(id),
      await world.client({ status: 'playing' }).joinLobby(id),
    ];
    const changes = joined.map((one) => {
      const seen: Lobby[] = [];
      one.onLobbyChanged((lobby) => seen.push(lobby));
      return seen;
    });
    await play({ ...world, id, joined, changes });
  });
}

describe('a player in a game stays in its lobby', () => {
  test('when Steam drops him: he plays on, and goes back', async () => {
    await withGame(async ({ id, joined, changes, membersOf, steam }) => {
      const [player] = joined as [JoinedLobby];
      const { steamId } = player.client.endpoint;
      const dropped = player.lobby;
      steam.lobbies.drop(steamId);
      expect(membersOf(id)).not.toContain(steamId);
      await until(() => dropped.isOver, 'he notices');
      await playsOn(player);
      await until(() => changes[0]!.length > 0, 'he is back', FOLLOWED_MS);
      expect(changes[0]!.map((lobby) => lobby.id)).toEqual([id]);
      expect(player.lobby).toBe(changes[0]![0]);
      expect(membersOf(id)).toContain(steamId);
      expect(steam.lobbies.richPresenceOf(steamId)).toEqual({ connect: `+connect_lobby ${id}`, status: 'playing' });
      await playsOn(player);
      expect([player.isOver, changes[1]]).toEqual([false, []]);
    });
  });

  // The mesh was back first; to the game the lobby was over for good, and nobody left it with the room.
  test('when a mesh over the same lobby goes back to it', async () => {
    await withGame(async ({ id, joined, changes, membersOf, steam }) => {
      const [player] = joined as [JoinedLobby];
      const { endpoint } = player.client;
      const mesh = new LobbyMesh(player.lobby);
      steam.lobbies.drop(endpoint.steamId);
      await until(() => changes[0]!.length > 0, 'he is back', FOLLOWED_MS);
      await until(() => !mesh.lobby.isOver, 'the mesh is back', FOLLOWED_MS);
      expect([player.lobby.id, mesh.lobby]).toEqual([id, player.lobby]);
      expect(steam.lobbies.richPresenceOf(endpoint.steamId).connect).toBe(`+connect_lobby ${id}`);
      await playsOn(player);
      await player.leave();
      expect([mesh.isOver, Lobbies.of(endpoint).current]).toEqual([true, undefined]);
      expect(membersOf(id)).not.toContain(endpoint.steamId);
    });
  });

  test('when Steam drops the host, who makes another one: all of them follow, and nobody notices in the room', async () => {
    await withGame(async ({ id, joined, changes, arena, membersOf, steam, transport }) => {
      const sessions = joined.map(({ room }) => room.sessionId);
      steam.lobbies.drop(arena.host);
      await until(
        () => transport.lobby?.state === 'open' && transport.lobby.id !== id,
        'the host makes another one',
        FOLLOWED_MS,
      );
      await Promise.all(joined.map(playsOn));
      await until(() => changes.every((seen) => seen.length > 0), 'they follow', FOLLOWED_MS);
      const next = transport.lobby?.id as bigint;
      expect(changes.map((seen) => seen.map((lobby) => lobby.id))).toEqual([[next], [next]]);
      expect(new Set(membersOf(next))).toEqual(
        new Set([arena.host, ...joined.map(({ client }) => client.endpoint)].map(({ steamId }) => steamId)),
      );
      // Nobody is left in the former one, for others to find.
      expect(steam.lobbies.ids).toEqual([next]);
      for (const { client } of joined) {
        expect(steam.lobbies.richPresenceOf(client.endpoint.steamId).connect).toBe(`+connect_lobby ${next}`);
      }
      await Promise.all(joined.map(playsOn));
      expect(joined.map(({ room }) => room.sessionId)).toEqual(sessions);
      expect(ArenaRoom.latest.left).toEqual([]);
    });
  });

  // Nobody watched the lobby before the room was joined: it was his then, and in every list, and he stayed in it.
  test('when Steam drops the host while the player comes into the room', async () => {
    await withLobbyClients({}, async ({ arena, client, driverOf, host, steam, transport }) => {
      const id = await host();
      const auth = Promise.withResolvers<boolean>();
      ArenaRoom.auth = () => auth.promise;
      const player = client();
      const joining = player.joinLobby(id);
      await until(() => transport.lobby?.members.length === 2, 'he is in the lobby');
      steam.lobbies.drop(arena.host);
      await until(() => transport.lobby?.state === 'open' && transport.lobby.id !== id, 'the host makes another', FOLLOWED_MS);
      // However long that took: he is in the room only now.
      auth.resolve(true);
      const joined = await joining;
      await until(() => joined.lobby.id === transport.lobby?.id, 'he follows', FOLLOWED_MS);
      expect(steam.lobbies.ids).toEqual([transport.lobby?.id]);
      expect(steam.lobbies.richPresenceOf(driverOf(player).steamId).connect).toBe(`+connect_lobby ${transport.lobby?.id}`);
      await playsOn(joined);
    });
  });

  // The lobby had the game's key and a host who was not there: whoever joined it found nobody, and it was in every list.
  test('whoever inherits the host’s lobby lets nobody find it', async () => {
    await withGame(async ({ id, joined, arena, client, steam, transport }) => {
      // The host has trouble with making another one.
      steam.lobbies.losePromises(arena.host, 1);
      steam.lobbies.drop(arena.host);
      await until(() => steam.lobbies.inspect(id)?.joinable === false, 'it is shut', FOLLOWED_MS);
      expect(steam.lobbies.inspect(id)?.data[LobbyKey.Host]).toBe(String(arena.host.steamId));
      await until(() => transport.lobby?.state === 'healing', 'the host notices', FOLLOWED_MS);
      expect(await client().findLobbies()).toEqual([]);
      await Promise.all(joined.map(playsOn));
    });
  });

  // His friends could still "Join game", and came to whomever the heir named as the host.
  test('whoever inherits it cannot lure the friends of those who are in it', async () => {
    await withGame(async ({ joined, arena, steam }) => {
      const [heir, player] = joined as [JoinedLobby, JoinedLobby];
      const { steamId } = player.client.endpoint;
      const former = heir.lobby;
      steam.lobbies.losePromises(arena.host, 1);
      steam.lobbies.drop(arena.host);
      await until(() => former.isOwner, 'he inherits it', FOLLOWED_MS);
      former.setData({ [LobbyKey.Host]: String(heir.client.endpoint.steamId) });
      await until(() => player.lobby.owner === heir.client.endpoint.steamId, 'they see it');
      await pause(200);
      // Also when he says that nothing has changed.
      former.setData({ [LobbyKey.Host]: String(arena.host.steamId), [LobbyKey.HostName]: 'still the same' });
      await until(() => player.lobby.data[LobbyKey.HostName] === 'still the same', 'it is carried');
      expect(steam.lobbies.richPresenceOf(steamId)).toEqual({});
    });
  });

  test('and in none of another game, wherever its host sends him', async () => {
    await withGame(async ({ id, joined, changes, lobbiesOf, player: stranger, membersOf, steam, transport }) => {
      const [player] = joined as [JoinedLobby];
      const { steamId, driver } = player.client.endpoint;
      const join = jest.spyOn(driver.lobbies as LobbyDriver, 'join');
      const other = stranger();
      const decoy = await lobbiesOf(other).create(LobbyType.Public, 8);
      decoy.setData({ ...steam.lobbies.inspect(id)?.data, [LobbyKey.Host]: String(other.endpoint.steamId) });
      Object.defineProperty(transport.lobby, 'id', { value: decoy.id, configurable: true });
      steam.lobbies.drop(steamId);
      await until(() => join.mock.calls.length > 0, 'he looks', FOLLOWED_MS);
      await pause(300);
      expect([join.mock.calls[0], membersOf(decoy.id)]).toEqual([[decoy.id], [other.endpoint.steamId]]);
      expect([player.lobby.isOver, changes[0], steam.lobbies.richPresenceOf(steamId)]).toEqual([true, [], {}]);
      Reflect.deleteProperty(transport.lobby as object, 'id');
      await until(() => changes[0]!.length > 0, 'he is back', FOLLOWED_MS);
      expect(player.lobby.id).toBe(id);
      await playsOn(player);
    });
  });

  test('of the host’s own process, too: he shares what the host has next, and neither leaves nor enters anything', async () => {
    await withLobbyClients({}, async ({ arena, client, host, membersOf, steam, transport }) => {
      const id = await host();
      const own = await client({ driver: arena.host }).joinLobby(id);
      const changes: bigint[] = [];
      own.onLobbyChanged((lobby) => changes.push(lobby.id));
      steam.lobbies.drop(arena.host);
      await until(() => changes.length > 0, 'he follows', FOLLOWED_MS);
      expect(changes).toEqual([transport.lobby?.id]);
      await playsOn(own);
      await own.leave();
      expect(membersOf(changes[0]!)).toEqual([arena.host.steamId]);
    });
  });

  test('until he leaves, or leaves the lobby himself', async () => {
    await withGame(async ({ joined, changes, client, host: _, id, membersOf, steam }) => {
      const [ann, bob] = joined as [JoinedLobby, JoinedLobby];
      bob.lobby.leave();
      expect(steam.lobbies.richPresenceOf(bob.client.endpoint.steamId)).toEqual({});
      steam.lobbies.drop(ann.client.endpoint.steamId);
      await ann.leave();
      await pause(3_000);
      expect(changes).toEqual([[], []]);
      expect(membersOf(id)).toHaveLength(1);
      await playsOn(bob);
      expect((await client().joinLobby(id)).isOver).toBe(false);
    });
  });

  test('and when the host is gone, it is over with the room', async () => {
    await withGame(async ({ id, joined, arena, membersOf, transport }) => {
      const left = joined.map(({ room }) => once<[number]>((cb) => room.onLeave(cb)));
      transport.lobby?.close();
      await ArenaRoom.latest.disconnect();
      expect((await Promise.all(left)).length).toBe(2);
      expect(joined.map(({ isOver, lobby }) => isOver && lobby.isOver)).toEqual([true, true]);
      expect(membersOf(id)).toEqual([]);
      expect(arena.steam.lobbies.ids).toEqual([]);
    });
  });
});
