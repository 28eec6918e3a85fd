import { CloseCode, ColyseusSDK, Protocol, Room } from '@colyseus/sdk';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { SteamSdkTransport } from '../../src/client/SteamSdkTransport.ts';
import { steamUrl } from '../../src/client/sdkSeam.ts';
import { SteamSDK } from '../../src/client.ts';
import { SimulatedSteam } from '../../src/sim.ts';
import { muteConsole } from '../helpers/muteConsole.ts';

beforeEach(muteConsole);
afterEach(() => {
  jest.restoreAllMocks();
});

// What src/client/sdkSeam.ts takes for granted about the installed @colyseus/sdk. A failure here means: read that file again.
describe('the SDK', () => {
  const seat = { name: 'room', roomId: 'r', sessionId: 's', processId: 'p' };
  const proto = ColyseusSDK.prototype as unknown as Record<string, unknown>;

  test.each(['createMatchMakeRequest', 'createRoom', 'buildEndpoint', 'consumeSeatReservation', 'getLatency'])(
    'has a method %s',
    (name) => {
      expect(typeof proto[name]).toBe('function');
    },
  );

  test('has a static selectByLatency', () => {
    expect(typeof ColyseusSDK.selectByLatency).toBe('function');
  });

  test('makes every join by createMatchMakeRequest(), which has asked when it returns', async () => {
    const steps: string[] = [];
    class Spy extends ColyseusSDK {
      protected override createMatchMakeRequest<T>(...args: [string, string, unknown?, never?]): Promise<Room<unknown, T>> {
        steps.push(`begin ${args[0]}`);
        const joining = super.createMatchMakeRequest<T>(...args);
        steps.push('end');
        return joining;
      }
    }
    const fetchFn: typeof fetch = async (url) => {
      steps.push(`fetch ${url}`);
      throw new TypeError('no network');
    };
    const sdk = new Spy('ws://localhost', { fetchFn });
    const joins = [sdk.joinOrCreate('a'), sdk.create('b'), sdk.join('c'), sdk.joinById('d'), sdk.reconnect('e:token')];
    await Promise.allSettled(joins);
    const step = (method: string, name: string) => [
      `begin ${method}`,
      `fetch http://localhost/matchmake/${method}/${name}`,
      'end',
    ];
    expect(steps).toEqual([
      ...step('joinOrCreate', 'a'),
      ...step('create', 'b'),
      ...step('join', 'c'),
      ...step('joinById', 'd'),
      ...step('reconnect', 'e'),
    ]);
  });

  test('makes rooms by createRoom(name, rootSchema), and connects them to what buildEndpoint returned', async () => {
    const connected: unknown[][] = [];
    class Spy extends ColyseusSDK {
      protected override createRoom<T>(...args: [string, never?]): Room<unknown, T> {
        const room = new Room<unknown, T>(...args);
        room.connect = (...connectArgs: unknown[]) => void connected.push(connectArgs);
        return room;
      }
      protected override buildEndpoint(): string {
        return 'built';
      }
    }
    void new Spy('ws://localhost', { headers: { a: 'b' } }).consumeSeatReservation(seat);
    expect(connected).toEqual([['built', { ...seat, protocol: undefined }, { a: 'b' }]]);
  });

  test('builds ws://host/processId/roomId?sessionId=…, with the publicAddress in the place of the host', () => {
    const sdk = new ColyseusSDK({ hostname: '7.steam', secure: false, port: 80, pathname: '' });
    const build = (more: object) =>
      (proto.buildEndpoint as (...args: unknown[]) => string).call(sdk, { ...seat, ...more }, { sessionId: 's' });
    expect(build({})).toBe('ws://7.steam/p/r?sessionId=s');
    expect(build({ publicAddress: '8' })).toBe('ws://8/p/r?sessionId=s');
  });

  test('makes a connection in room.connect(), with its events, before it connects it', () => {
    const steps: string[] = [];
    class Spy extends Room {
      override connect(url: string, options?: unknown): void {
        Object.defineProperty(this, 'connection', {
          configurable: true,
          set: (connection: Room['connection']) => {
            steps.push('made', ...Object.keys(connection.events));
            connection.transport = {
              isOpen: false,
              connect: (to) => void steps.push(`connected ${to} ${Object.keys(connection.events)}`),
              send() {},
              sendUnreliable() {},
              close() {},
            };
            Object.defineProperty(this, 'connection', { value: connection });
          },
        });
        super.connect(url, options);
      }
    }
    new Spy('room').connect('steam://7/p/r?sessionId=s', {});
    expect(steps).toEqual(['made', 'connected steam://7/p/r?sessionId=s onmessage,onclose,onerror']);
  });

  test('a transport that was not told to connect has opened nothing', () => {
    const room = new Room('room');
    class Silent extends Error {}
    Object.defineProperty(room, 'connection', {
      configurable: true,
      set: (connection: Room['connection']) => {
        expect((connection.transport as unknown as { ws?: unknown }).ws).toBeUndefined();
        throw new Silent();
      },
    });
    expect(() => room.connect('ws://localhost/p/r?', {})).toThrow(Silent);
  });

  test('a connection reads its transport at each use', () => {
    const steam = new SimulatedSteam();
    const [host, driver] = [steam.user(), steam.user()];
    const sdk = new SteamSDK(`steam://${host.steamId}`, { driver });
    const room = (sdk as unknown as { createRoom(name: string): Room }).createRoom('room');
    room.connect(`steam://${host.steamId}/p/r?sessionId=s`, {});
    expect(room.connection.transport).toBeInstanceOf(SteamSdkTransport);
    expect(Object.getOwnPropertyDescriptor(room, 'connection')).toMatchObject({ writable: true, value: room.connection });
    expect(room.connection.isOpen).toBe(false);
    sdk.close();
    steam.close();
  });

  test('has the handlers of messages by type in an object, and calls them and all others by methods that can be replaced', () => {
    const room = new Room('room');
    const { onMessageHandlers } = room as unknown as {
      onMessageHandlers: { events: Record<string, unknown>; emit(type: string, payload: unknown): void };
    };
    const heard: unknown[] = [];
    room.onMessage('said', (text) => void heard.push(text));
    expect(Object.keys(onMessageHandlers.events)).toEqual(['said']);
    onMessageHandlers.emit('said', 'hello');
    room.onError((code, message) => void heard.push(code, message));
    room.onError.invoke(1, 'no');
    expect(heard).toEqual(['hello', 1, 'no']);
    const { events } = onMessageHandlers;
    room.removeAllListeners();
    expect(onMessageHandlers.events).not.toBe(events);
  });

  test('leaves by a frame to the connection, and waits for its end', async () => {
    const room = new Room('room');
    const sent: number[] = [];
    room.connection = { send: (frame: Uint8Array) => sent.push(...frame) } as never;
    const left = room.leave();
    expect(sent).toEqual([Protocol.LEAVE_ROOM]);
    room.onLeave.invoke(CloseCode.CONSENTED);
    expect(await left).toBe(CloseCode.CONSENTED);
  });

  test('has the reconnection fields that tell us whether it will dial again', () => {
    expect(new Room('room').reconnection).toMatchObject({ isReconnecting: false, maxDelay: expect.any(Number) });
  });
});

test('a WebSocket URL becomes a Steam URL', () => {
  expect(steamUrl('ws://76561197960265729.steam/p/r?sessionId=s')).toBe('steam://76561197960265729/p/r?sessionId=s');
  expect(steamUrl('ws://76561197960265730/p/r?sessionId=s')).toBe('steam://76561197960265730/p/r?sessionId=s');
});
