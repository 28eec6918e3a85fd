import { jest } from '@jest/globals';
import { testTransport } from '../compliance/testTransport.ts';
import { combinedArena } from './combinedArena.ts';

jest.setTimeout(30_000);

// Each kind of player has on a server for both what he has on a server of his own.

testTransport('Steam players beside WebSocket', () => combinedArena({ by: 'steam' }), {
  roundTripMs: 0,
  unreliableLane: true,
  losesUnreliable: false,
  steamIdentity: true,
});

testTransport('WebSocket players beside Steam', () => combinedArena({ by: 'websocket' }), {
  roundTripMs: 0,
  unreliableLane: false,
  losesUnreliable: false,
  steamIdentity: false,
});
