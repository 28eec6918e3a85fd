import { expect, test } from '@jest/globals';
import { carefully as asking } from '../../src/server/admission.ts';
import { FaultLog } from '../../src/server/FaultLog.ts';
import { muteConsole } from '../helpers/muteConsole.ts';

muteConsole();

const carefully = (ask: Parameters<typeof asking>[0]) => asking(ask, new FaultLog());

test('answers pass as they are, now or later', async () => {
  expect([true, false, 'banned'].map((answer) => carefully(() => answer)(1n))).toEqual([true, false, 'banned']);
  expect(await carefully(async () => 'banned')(1n)).toBe('banned');
});

test('what is thrown, rejected, or no answer at all is a no, and ends nothing', async () => {
  const thrown = () => {
    throw new Error('the database is down');
  };
  expect(carefully(thrown)(1n)).toBe(false);
  expect(carefully(() => undefined as never)(1n)).toBe(false);
  expect(await carefully(() => Promise.reject(new Error('the database is down')))(1n)).toBe(false);
  expect(await carefully(async () => 1 as never)(1n)).toBe(false);
});
