import { MatchMakeError } from '@colyseus/sdk';
import { expect, test } from '@jest/globals';
import { SteamError, steamErrorCode } from '../../src/client.ts';

test('the reason of Steam is found in all that the SDK makes of it, and nothing else is taken for one', () => {
  const error = new SteamError('timed-out', 'no answer');
  expect(steamErrorCode(error)).toBe('timed-out');
  expect(steamErrorCode(new TypeError('no answer', { cause: error }))).toBe('timed-out');
  expect(steamErrorCode(new MatchMakeError('no answer', 'timed-out' as never))).toBe('timed-out');
  expect(steamErrorCode(new MatchMakeError('provided room name not defined', 520))).toBeUndefined();
  expect(steamErrorCode({ code: 'toString' })).toBeUndefined();
  expect(steamErrorCode(undefined)).toBeUndefined();
});
