import { setTimeout as sleep } from 'node:timers/promises';
import { expect, jest, test } from '@jest/globals';
import { LobbyType } from '../../src/driver/LobbyDriver.ts';
import { SendType } from '../../src/driver/SteamDriver.ts';
import { testLobbies } from '../compliance/testLobbies.ts';
import { DriverRecorder } from '../helpers/DriverRecorder.ts';
import { describeNative } from './double.ts';
import { remoteAddonSuite } from './remoteAddonSuite.ts';

jest.setTimeout(60_000);

describeNative('The lobbies over steamworks.js', () => {
  const suite = remoteAddonSuite({ hub: { name: `native-lobbies-${process.pid}` }, atOnce: 5, sanitized: true });

  testLobbies(
    'steamworks.js on the test double',
    async () => {
      const { control, users, killSteam } = suite();
      await users.fill();
      const { lobbies } = control;
      return {
        user: async () => users.take(),
        settle: (ms) => sleep(ms),
        features: {
          // All of its failures to join say the same, and list filters it has none.
          tellsWhyNot: false,
          // LobbyChatUpdate, which would tell, aborts the process: who wants to know looks.
          hintsMembers: false,
          filtersInSteam: false,
          lobbyOfFriend: false,
          losesProtoKey: true,
          updateMs: 300,
          requestJoin: async (user, lobby, friend) => void (await lobbies.requestJoin(user, lobby, friend)),
          befriend: (a, b) => lobbies.befriend(a, b),
          invite: (from, to, lobby) => lobbies.invite(from, to, lobby),
          drop: (user) => lobbies.drop(user),
          // To Steam it is the same: the connection to the process is gone. The process itself is still wanted, to close its driver.
          kill: async (user) => killSteam(user),
          loseSteam: (user) => control.loseSteam(user),
          restoreSteam: (user) => control.restoreSteam(user),
          addForeign: async (count) => void (await lobbies.addForeign(count)),
          richPresenceOf: (user) => lobbies.richPresenceOf(user),
        },
        close: async () => {
          await users.release();
          await lobbies.clear();
        },
      };
    },
    { verifyTicket: 'the double gives tickets by itself, and nobody knows of them' },
  );

  test('a friend comes by the overlay; Steam drops him from the lobby, and P2P goes on', async () => {
    const { control, users } = suite();
    await users.fill();
    const [host, friend] = [new DriverRecorder(users.take()), new DriverRecorder(users.take())];
    const until = async (isDone: () => boolean): Promise<void> => {
      while (!isDone()) {
        for (const { driver } of [host, friend]) driver.poll(64);
        await sleep(5);
      }
    };
    const hosted = await host.driver.lobbies!.create(LobbyType.Private, 4);
    hosted.setData({ host: String(host.id) });
    const requests: [bigint, bigint | undefined][] = [];
    const unsubscribe = friend.driver.lobbies!.subscribe({ onJoinRequested: (...request) => requests.push(request) });
    await control.lobbies.requestJoin(friend.id, hosted.id, host.id);
    await until(() => requests.length > 0);
    expect(requests).toEqual([[hosted.id, host.id]]);
    unsubscribe();

    const joined = await friend.driver.lobbies!.join(hosted.id);
    expect(BigInt(joined.data().host ?? 0)).toBe(host.id);
    friend.driver.send(host.id, Uint8Array.of(1), SendType.Reliable, 0);
    await until(() => host.packets.length === 1);
    expect(host.packets[0]?.peer).toBe(friend.id);
    // His packet may be here before the lobby shows him.
    await until(() => hosted.members().includes(friend.id));

    await control.lobbies.drop(friend.id);
    await until(() => hosted.memberCount === 1 && joined.memberCount === 0);
    host.driver.send(friend.id, Uint8Array.of(2), SendType.Reliable, 0);
    await until(() => friend.packets.length === 1);
    expect(friend.failures).toEqual([]);
    expect((await friend.driver.lobbies!.join(hosted.id)).memberCount).toBe(2);
    await users.release();
    await control.lobbies.clear();
  });

  test('a promise that Steam loses stays pending; the next one does not, and the process ends as it should', async () => {
    const { control, users } = suite();
    await users.fill();
    const { steamId, lobbies } = users.take();
    await control.lobbies.losePromises(steamId, 1);
    const lost = lobbies!.create(LobbyType.Public, 4);
    const later = sleep(300, 'nothing');
    expect(await Promise.race([lost, later])).toBe('nothing');
    // Steam has carried it out all the same.
    expect((await control.lobbies.ids()).length).toBe(1);
    expect((await lobbies!.list()).map(({ memberCount }) => memberCount)).toEqual([1]);
    await users.release();
    await control.lobbies.clear();
  });
});
