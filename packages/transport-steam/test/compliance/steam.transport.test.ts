import { jest } from '@jest/globals';
import { steamArena } from '../helpers/steamArena.ts';
import { testTransport } from './testTransport.ts';

jest.setTimeout(30_000);

testTransport('SteamTransport, perfect network', () => steamArena({}), {
  roundTripMs: 0,
  unreliableLane: true,
  losesUnreliable: false,
  steamIdentity: true,
});
