import { jest } from '@jest/globals';
import { testTransport } from '../compliance/testTransport.ts';
import { bridgeArena, messageChannelPorts, webSocketPorts } from './bridgeArena.ts';

jest.setTimeout(30_000);

/** The most that a test of the suite asks for. */
const PLAYERS = 4;

const differences = { roundTripMs: 0, unreliableLane: true, losesUnreliable: false, steamIdentity: true } as const;

testTransport('a page, over a WebSocket', () => bridgeArena(webSocketPorts, { waiting: PLAYERS }), differences);
testTransport('a page, over a MessageChannel', () => bridgeArena(messageChannelPorts, { waiting: PLAYERS }), differences);
