import { jest } from '@jest/globals';
import { steamArena } from '../helpers/steamArena.ts';
import { testTransport } from './testTransport.ts';

jest.setTimeout(60_000);

testTransport('SteamTransport, poor network', () => steamArena({ latencyMs: 80, jitterMs: 20, loss: 0.05 }), {
  roundTripMs: 160,
  unreliableLane: true,
  losesUnreliable: true,
  steamIdentity: true,
});
