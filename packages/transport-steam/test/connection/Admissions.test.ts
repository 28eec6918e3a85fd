import { expect, test } from '@jest/globals';
import { Admissions } from '../../src/connection/Admissions.ts';
import { Host, settle } from '../helpers/World.ts';

const PEER = 7n;

test('an answer counts for the question that it was asked for: not for that of the next host', async () => {
  const decisions: unknown[] = [];
  const admissions = new Admissions(
    8,
    1_000,
    () => 0,
    (_, decision) => decisions.push(decision),
  );
  const ask = () => {
    const host = new Host();
    const { promise, resolve } = Promise.withResolvers<boolean | string>();
    host.mayJoin = promise;
    admissions.ask(PEER, host);
    return resolve;
  };
  const former = ask();
  admissions.clear();
  const present = ask();
  former(true);
  await settle();
  expect([decisions, admissions.find(PEER, undefined)]).toEqual([[], 'asking']);
  present('not you');
  await settle();
  expect(decisions).toEqual([{ reason: 'not you' }]);
});
