import { CloseCode } from '@colyseus/core';
import { afterEach, expect, jest, test } from '@jest/globals';
import { FaultLog } from '../../src/server/FaultLog.ts';
import { Gate } from '../../src/server/Gate.ts';
import { HostLobbies } from '../../src/server/HostLobbies.ts';
import { World } from '../helpers/World.ts';

let world: World;
afterEach(() => world.close());

// Under a flood of strangers, who comes back must not wait behind them.
test.each([
  [CloseCode.ABNORMAL_CLOSURE, true],
  [CloseCode.NO_STATUS_RECEIVED, true],
  [CloseCode.GOING_AWAY, true],
  [CloseCode.MAY_TRY_RECONNECT, true],
  [CloseCode.CONSENTED, false],
  [CloseCode.WITH_ERROR, false],
])('whose link ended with %i is expected back: %s', (code, isExpected) => {
  world = new World();
  const { endpoint } = world.user();
  const expect_ = jest.spyOn(endpoint, 'expect');
  const gate = new Gate(endpoint, new HostLobbies(endpoint, undefined), undefined, new FaultLog());
  gate.noteEnd(76561198000000001n, code);
  gate.noteEnd(endpoint.steamId, code);
  expect(expect_.mock.calls).toEqual(isExpected ? [[76561198000000001n]] : []);
});
