import { beforeEach, expect, jest, test } from '@jest/globals';
import { SimulatedSteam } from '../../src/sim.ts';
import { SteamCallback, SteamCallbacks, type SteamworksClient } from '../../src/steamworks.ts';
import { simulatedSteamworks } from '../helpers/simulatedSteamworks.ts';

// What the table of the binding is told, and who is told by it. With the addon itself: test/native.

const { P2PSessionRequest, PersonaStateChange } = SteamCallback;
const EVENT = { remote: 1n };

let client: SteamworksClient;
let registered: Map<number, (event: unknown) => void>;
let callbacks: SteamCallbacks;
const register = jest.fn<SteamworksClient['callback']['register']>();

beforeEach(() => {
  registered = new Map();
  register.mockReset().mockImplementation((type, handler) => {
    registered.set(type, handler);
    return { disconnect: () => registered.delete(type) };
  });
  client = { ...simulatedSteamworks(new SimulatedSteam().user()), callback: { register } };
  callbacks = SteamCallbacks.of(client);
});

test('the same function given twice is called twice, and each goes by itself', () => {
  const handler = jest.fn();
  const [stop, stopOther] = [callbacks.on(P2PSessionRequest, handler), callbacks.on(P2PSessionRequest, handler)];
  registered.get(P2PSessionRequest)?.(EVENT);
  expect(handler).toHaveBeenCalledTimes(2);
  stop();
  stop();
  registered.get(P2PSessionRequest)?.(EVENT);
  expect(handler).toHaveBeenCalledTimes(3);
  stopOther();
  expect(registered.size).toBe(0);
});

test('a registration that throws leaves nothing behind', () => {
  const [refused, handler] = [jest.fn(), jest.fn()];
  register.mockImplementationOnce(() => {
    throw new Error('refused');
  });
  expect(() => callbacks.on(P2PSessionRequest, refused)).toThrow('refused');
  callbacks.on(P2PSessionRequest, handler);
  registered.get(P2PSessionRequest)?.(EVENT);
  expect(handler).toHaveBeenCalledTimes(1);
  expect(refused).not.toHaveBeenCalled();
});

test('who is taken away by another handler is not told any more', () => {
  const late = jest.fn();
  callbacks.on(P2PSessionRequest, () => stop());
  const stop = callbacks.on(P2PSessionRequest, late);
  registered.get(P2PSessionRequest)?.(EVENT);
  expect(late).not.toHaveBeenCalled();
});

test('a handler that is no function, whatever it is', () => {
  expect(() => callbacks.on(P2PSessionRequest, Object.create(null))).toThrow(TypeError);
  expect(() => callbacks.on(P2PSessionRequest, 6 as never)).toThrow('the handler of callback 6 is 6, not a function');
  expect(registered.size).toBe(0);
});

test('feed() is for what was left to the game', () => {
  const handler = jest.fn();
  callbacks.on(P2PSessionRequest, handler);
  expect(() => callbacks.feed(P2PSessionRequest, EVENT)).toThrow('P2PSessionRequest is not left to the game');
  expect(handler).not.toHaveBeenCalled();
});

test('renew() registers what is registered here, and leaves the rest alone', () => {
  callbacks.leaveToGame(PersonaStateChange);
  callbacks.on(PersonaStateChange, () => {});
  const handler = jest.fn();
  callbacks.on(P2PSessionRequest, handler);
  callbacks.on(SteamCallback.LobbyDataUpdate, () => {})(); // is over

  registered.clear(); // as another init does
  callbacks.renew();
  expect([...registered.keys()]).toEqual([P2PSessionRequest]);
  registered.get(P2PSessionRequest)?.(EVENT);
  expect(handler).toHaveBeenCalledTimes(1);
});

test('a renewal that fails is made up for by the next', () => {
  callbacks.on(P2PSessionRequest, () => {});
  register.mockImplementationOnce(() => {
    throw new Error('refused');
  });
  expect(() => callbacks.renew()).toThrow('refused');
  callbacks.renew();
  expect([...registered.keys()]).toEqual([P2PSessionRequest]);
});

test('another client is a sign of another init; the same one is not', () => {
  callbacks.on(P2PSessionRequest, () => {});
  registered.clear();
  expect(SteamCallbacks.of(client)).toBe(callbacks);
  expect(registered.size).toBe(0);
  expect(SteamCallbacks.of({ ...client })).toBe(callbacks);
  expect(registered.size).toBe(1);
});
