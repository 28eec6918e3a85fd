import { matchMaker } from '@colyseus/core';
import { describe, expect, jest, test } from '@jest/globals';
import { type Bridge, BridgeClient, type BridgeOptions, SteamError, serveBridge } from '../../src/bridge.ts';
import type { SimulatedDriver } from '../../src/sim.ts';
import { ArenaRoom, type LobbyClientWorld, withLobbyClients } from '../client/lobbyClients.ts';
import { once, rejection, until } from '../compliance/transport/waiting.ts';
import { leaveNoTimers } from '../helpers/leaveNoTimers.ts';
import { GAME } from '../helpers/lobbyWorld.ts';
import { IMPATIENT } from '../helpers/steamArena.ts';
import { messageChannelPorts, type PortPair } from './bridgeArena.ts';

leaveNoTimers();

jest.setTimeout(40_000);

interface LobbyPage {
  readonly client: BridgeClient;
  readonly bridge: Bridge;
  readonly driver: SimulatedDriver;
  readonly ports: PortPair;
}

interface PageWorld extends LobbyClientWorld {
  page(options?: Partial<BridgeOptions>): Promise<LobbyPage>;
}

/** A host with a lobby, and players with pages, who are served lobbies and nothing else. */
async function withPages(
  setting: Parameters<typeof withLobbyClients>[0],
  play: (world: PageWorld) => Promise<void>,
): Promise<void> {
  await withLobbyClients(setting, async (world) => {
    const ports = await messageChannelPorts();
    const pages: LobbyPage[] = [];
    let ended = 0;
    try {
      await play({
        ...world,
        page: async (options = {}) => {
          const pair = await ports.pair();
          const driver = (options.driver as SimulatedDriver | undefined) ?? world.steam.user();
          const onEnd = () => void ended++;
          const bridge = serveBridge(pair.owner, { lobbies: { game: GAME }, ...IMPATIENT, ...options, driver, onEnd });
          const page = { client: await BridgeClient.connect(pair.page), bridge, driver, ports: pair };
          pages.push(page);
          return page;
        },
      });
    } finally {
      for (const { client } of pages) client.close();
      await until(() => ended === pages.length, 'every bridge is over');
      const isInALobby = ({ driver }: LobbyPage) =>
        driver !== world.arena.host && world.steam.lobbies.ids.some((id) => world.membersOf(id).includes(driver.steamId));
      await until(() => !pages.some(isInALobby), 'every page has left its lobby');
      await ports.close();
    }
  });
}

describe('a page finds and joins games', () => {
  test('through their lobbies, which lets it reach their hosts, and leaves both together', async () => {
    await withPages({}, async ({ arena, host, membersOf, page }) => {
      const id = await host({ metadata: { map: 'harbour' } });
      const { client, driver } = await page();
      expect(client.lobbies.isAvailable).toBe(true);
      const [found, ...others] = await client.lobbies.findLobbies({ filter: { hasRoom: true } });
      expect(others).toEqual([]);
      // `maxClients` is Infinity, which JSON has not.
      expect(found).toMatchObject({
        id,
        host: arena.host.steamId,
        maxPlayers: Number.POSITIVE_INFINITY,
        metadata: { map: 'harbour' },
      });
      expect(await client.lobbies.findLobbies({ filter: ({ players }) => players > 7 })).toEqual([]);
      expect(await client.lobbies.findLobbies({ filter: { room: 'another' } })).toEqual([]);

      const game = await client.lobbies.joinLobby(found!, { colour: 'red' });
      expect(client.lobbies.joined).toBe(game);
      expect(game.lobby).toMatchObject({ id, isOver: false });
      expect(membersOf(id)).toEqual([arena.host.steamId, driver.steamId]);
      const echoed = once((cb) => game.room.onMessage('echo', cb));
      game.room.send('echo', 'hello');
      expect(await echoed).toEqual(['hello']);
      await until(() => game.lobby.members.length === 2, 'the page sees both');

      await Promise.all([game.leave(), game.leave()]);
      await until(() => !membersOf(id).includes(driver.steamId), 'he has left');
      expect(ArenaRoom.latest.left).toEqual([4000]);
      expect([game.isOver, client.lobbies.joined]).toEqual([true, undefined]);
      // And with the lobby the host is out of reach again.
      const error = await rejection(game.client.joinById(game.room.roomId));
      expect(error.message).toContain('does not let its page reach');
    });
  });

  test('one after the other, and a friend’s', async () => {
    await withPages({}, async ({ arena, client, host, membersOf, page }) => {
      const id = await host();
      const friend = client();
      await friend.joinLobby(id);
      const { client: player, driver } = await page();
      const game = await player.lobbies.joinFriend(arena.host.steamId);
      expect(game.lobby.id).toBe(id);
      expect((await rejection(player.lobbies.joinLobby(id))).message).toContain('already');
      await game.leave();
      const again = await player.lobbies.joinLobby(String(id));
      expect(membersOf(id)).toContain(driver.steamId);
      await again.leave();
    });
  });

  test('sees who comes and goes, and opens the dialog to invite', async () => {
    await withPages({}, async ({ client, host, page, steam }) => {
      const id = await host();
      const { client: player, driver } = await page();
      const game = await player.lobbies.joinLobby(id);
      const changed = once((cb) => game.onLobbyChanged(cb));
      const other = client();
      await other.joinLobby(id);
      await changed;
      await until(() => game.lobby.members.length === 3, 'he is seen', 5_000);
      game.lobby.openInviteDialog();
      await until(() => steam.lobbies.inviteDialogs.length === 1, 'the dialog');
      expect(steam.lobbies.inviteDialogs).toEqual([{ user: driver.steamId, lobby: id }]);
      expect(steam.lobbies.richPresenceOf(driver.steamId)).toMatchObject({ connect: `+connect_lobby ${id}` });
    });
  });

  test('hears that the player accepts an invite, and what started the game', async () => {
    await withPages({}, async ({ arena, host, page, steam }) => {
      const id = await host();
      const { client, driver } = await page({ lobbies: { game: GAME, invited: id } });
      // Nobody listens yet: it is kept.
      expect(await once((cb) => client.lobbies.onJoinRequested(cb))).toEqual([id, undefined]);
      const asked = once<[bigint, bigint | undefined]>((cb) => client.lobbies.onJoinRequested(cb));
      steam.lobbies.requestJoin(driver, id, arena.host);
      expect(await asked).toEqual([id, arena.host.steamId]);
      const game = await client.lobbies.joinLobby((await asked)[0]);
      expect(game.room.roomId).toBe(ArenaRoom.latest.roomId);
    });
  });

  test('and when it cannot, it is told why, and is in neither', async () => {
    await withPages({}, async ({ host, membersOf, page }) => {
      const id = await host({ maxClients: 1 });
      const { client, driver } = await page();
      expect(await rejection(client.lobbies.joinLobby(id + 5n))).toMatchObject({ code: 'gone' });
      expect(await rejection(client.lobbies.joinLobby(7n))).toBeInstanceOf(RangeError);
      expect((await rejection(client.lobbies.findLobbies({ filter: 7 as never }))).message).toContain('filter');
      ArenaRoom.join = () => {
        throw new Error('no chair left');
      };
      const error = await rejection(client.lobbies.joinLobby(id));
      expect(error).toBeInstanceOf(SteamError);
      expect(error).toMatchObject({ code: 'denied', message: expect.stringContaining('no chair left') });
      await until(() => !membersOf(id).includes(driver.steamId), 'he has left');
      ArenaRoom.join = () => undefined;
      await (await client.lobbies.joinLobby(id)).leave();
    });
  });

  test('gives a join up', async () => {
    await withPages({ steam: { lobbyCallMs: 300 } }, async ({ host, membersOf, page }) => {
      const id = await host();
      const { client, driver } = await page();
      const abort = new AbortController();
      const joining = client.lobbies.joinLobby(id, {}, { signal: abort.signal });
      setTimeout(() => abort.abort(new Error('never mind')), 50);
      expect((await rejection(joining)).message).toBe('never mind');
      const game = await client.lobbies.joinLobby(id);
      expect(membersOf(id)).toContain(driver.steamId);
      await game.leave();
      await until(() => !membersOf(id).includes(driver.steamId), 'he has left');
    });
  });

  test('that dies leaves its lobby', async () => {
    await withPages({}, async ({ host, membersOf, page }) => {
      const id = await host();
      const { client, driver, ports } = await page();
      const { room } = await client.lobbies.joinLobby(id);
      room.reconnection.enabled = false;
      const left = once<[number]>((cb) => room.onLeave(cb));
      ports.cut();
      expect((await left)[0]).toBe(1006);
      await until(() => !membersOf(id).includes(driver.steamId), 'he has left');
      expect(client.lobbies.joined).toBeUndefined();
    });
  });

  test('follows the game into its next lobby, and its room does not notice', async () => {
    await withPages({}, async ({ arena, host, page, steam, transport }) => {
      const id = await host();
      const { client } = await page();
      const game = await client.lobbies.joinLobby(id);
      steam.lobbies.drop(arena.host);
      await until(() => game.lobby.id !== id && !game.lobby.isOver, 'another lobby', 12_000);
      expect(game.lobby.id).toBe(transport.lobby?.id);
      expect(game.room.connection.isOpen).toBe(true);
    });
  });

  test('of the host’s own process shares his lobby, and does not leave it', async () => {
    await withPages({}, async ({ arena, host, membersOf, page }) => {
      const id = await host();
      const { client } = await page({ driver: arena.host });
      const game = await client.lobbies.joinLobby(id);
      await game.leave();
      expect(membersOf(id)).toEqual([arena.host.steamId]);
    });
  });
});

test('a page that has no lobbies is told so', async () => {
  await withPages({}, async ({ page }) => {
    const { client } = await page({ lobbies: undefined as never });
    expect(client.lobbies.isAvailable).toBe(false);
    expect(await rejection(client.lobbies.findLobbies())).toMatchObject({
      code: 'denied',
      message: expect.stringContaining('option lobbies'),
    });
  });
  expect(await matchMaker.query({})).toEqual([]);
});

test('bad options of lobbies are seen where the bridge is served', async () => {
  await withPages({}, async ({ page }) => {
    await expect(page({ lobbies: { game: '' } })).rejects.toThrow('must have 1 to 64 characters');
    await expect(page({ lobbies: { game: GAME, invited: 7n } })).rejects.toThrow("is no lobby's id");
  });
});
