import { expect, test } from '@jest/globals';
import { chatText, playerName } from '../src/shared/chat.ts';

test('a name has nothing in it that nobody sees', () => {
  expect(playerName('\u202eA\u200bnn\u0000 \n B')).toBe('Ann B');
  expect(playerName('\u200b')).toBe('nobody');
  expect(playerName(undefined)).toBe('nobody');
  expect(playerName('x'.repeat(99))).toBe('x'.repeat(16));
});

test('what is said is one line', () => {
  expect(chatText('a\n\tb ')).toBe('a b');
  expect(chatText({})).toBe('');
});
