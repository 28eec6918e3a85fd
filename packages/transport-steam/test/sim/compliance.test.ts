import { setImmediate as nextTurn } from 'node:timers/promises';
import { SimulatedSteam, type SimulatedSteamOptions } from '../../src/sim.ts';
import { testDriver } from '../compliance/testDriver.ts';
import { testLobbies } from '../compliance/testLobbies.ts';

for (const [name, conditions] of Object.entries({ perfect: {}, 'a latency of 15 ms': { latencyMs: 15 } })) {
  testDriver(`The simulated driver, ${name},`, async () => {
    const steam = new SimulatedSteam({ conditions });
    return {
      user: async () => steam.user(),
      settle: async (ms) => steam.advance(ms),
      features: {
        closeSession: true,
        keepsUnreadOverRestart: true,
        sessionTimeoutMs: 20_000,
        injectEmptyPacket: async (from, to) => steam.inject(from, to, new Uint8Array(0)),
        loseSteam: async (user) => steam.loseSteam(user),
        restoreSteam: async (user) => steam.restoreSteam(user),
      },
      close: async () => steam.close(),
    };
  });
}

const lobbies: Record<string, SimulatedSteamOptions> = {
  'at once': {},
  'in its time': { lobbyCallMs: 80, lobbyListMs: 300, lobbyUpdateMs: 100, lobbyExitMs: 2_000 },
  'with filters': { lobbyFilters: true, lobbyUpdateMs: 20 },
};
for (const [name, options] of Object.entries(lobbies)) {
  testLobbies(`The simulated driver, ${name},`, async () => {
    const steam = new SimulatedSteam(options);
    return {
      user: async () => steam.user(),
      settle: async (ms) => {
        steam.advance(ms);
        await nextTurn();
      },
      features: {
        tellsWhyNot: true,
        hintsMembers: true,
        filtersInSteam: options.lobbyFilters ?? false,
        lobbyOfFriend: true,
        updateMs: options.lobbyUpdateMs ?? 0,
        requestJoin: async (user, lobby, friend) => void steam.lobbies.requestJoin(user, lobby, friend),
        befriend: async (a, b) => steam.lobbies.befriend(a, b),
        invite: async (from, to, lobby) => steam.lobbies.invite(from, to, lobby),
        drop: async (user) => steam.lobbies.drop(user),
        kill: async (user) => steam.kill(user),
        loseSteam: async (user) => steam.loseSteam(user),
        restoreSteam: async (user) => steam.restoreSteam(user),
        addForeign: async (count) => void steam.lobbies.addForeign(count),
        richPresenceOf: async (user) => steam.lobbies.richPresenceOf(user),
        verifyTicket: async (bytes, identity) => steam.verifyTicket(bytes, identity),
      },
      close: async () => steam.close(),
    };
  });
}
