import { expect, test } from '@jest/globals';
import { parseTarget, seatTarget } from '../../src/server/target.ts';

test('a seat becomes a target, and a target a seat', () => {
  const seat = { processId: 'p-1', roomId: 'r_2', sessionId: 's', reconnectionToken: 't', authToken: 'a+b/c=' };
  expect(parseTarget(seatTarget(seat))).toEqual({
    roomId: 'r_2',
    sessionId: 's',
    reconnectionToken: 't',
    authToken: 'a+b/c=',
    skipHandshake: false,
  });
});

test('the SDK asks for no handshake with a query of its own', () => {
  expect(parseTarget('/p/r?sessionId=s&skipHandshake=1')).toMatchObject({ roomId: 'r', sessionId: 's', skipHandshake: true });
});

test('without room and session it is the latency probe', () => {
  expect(parseTarget('/')).toMatchObject({ roomId: undefined, sessionId: undefined });
});

test.each(['', 'p/r', 'steam://x/p/r', '?sessionId=s', '\u0000'])('%j is malformed', (target) => {
  expect(parseTarget(target)).toBeUndefined();
});
