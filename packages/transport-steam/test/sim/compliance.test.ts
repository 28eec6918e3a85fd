import { SimulatedSteam } from '../../src/sim.ts';
import { testDriver } from '../compliance/testDriver.ts';

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
