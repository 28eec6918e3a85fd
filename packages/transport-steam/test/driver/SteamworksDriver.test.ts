import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { checkDriver } from '../../src/driver/checkDriver.ts';
import { type DriverEvents, RELIABLE_BYTES, SendType } from '../../src/driver/SteamDriver.ts';
import { SimulatedSteam } from '../../src/sim.ts';
import { SteamCallback, SteamCallbacks, SteamError, type SteamworksClient, SteamworksDriver } from '../../src/steamworks.ts';
import { CHUNK_BYTES } from '../../src/wire/chunks.ts';
import { FRAME_HEADER_BYTES, PACKET_HEADER_BYTES } from '../../src/wire/packet.ts';
import { testDriver } from '../compliance/testDriver.ts';
import { DriverRecorder } from '../helpers/DriverRecorder.ts';
import { type SteamworksBuild, simulatedSteamworks } from '../helpers/simulatedSteamworks.ts';

// On builds of steamworks.js that are not to be had, and everywhere. test/native has the addon itself.

const builds: Record<string, SteamworksBuild> = {
  'like steamworks.js 0.4.0': {},
  'with channels and a way to close sessions': { channels: 4, closesSessions: true },
};

for (const [name, build] of Object.entries(builds)) {
  testDriver(
    `SteamworksDriver on a build ${name}`,
    async () => {
      const steam = new SimulatedSteam({ channels: 4 });
      // The driver's only clock: it looks for empty packets from time to time.
      const clock = jest.spyOn(performance, 'now').mockImplementation(() => steam.now);
      const clients: SteamworksClient[] = [];
      return {
        user: async () => {
          const client = simulatedSteamworks(steam.user(), build);
          clients.push(client);
          return new SteamworksDriver(client, { channels: build.channels ?? 1 });
        },
        settle: async (ms) => {
          steam.advance(ms);
          // Callbacks come between the polls, by the timer of steamworks.js. The simulated one has them come when it is asked something.
          for (const { networking } of clients) networking.isP2PPacketAvailable(0);
        },
        features: {
          closeSession: build.closesSessions === true,
          keepsUnreadOverRestart: true,
          sessionTimeoutMs: 20_000,
          injectEmptyPacket: async (from, to) => steam.inject(from, to, new Uint8Array(0)),
        },
        close: async () => {
          clock.mockRestore();
          steam.close();
        },
      };
    },
    { losingSteam: 'steamworks.js has no safe way to tell of it' },
  );
}

describe('SteamworksDriver', () => {
  const client = (build?: SteamworksBuild): SteamworksClient =>
    simulatedSteamworks(new SimulatedSteam({ channels: 4 }).user(), build);

  test.each([
    ['the module', { ...client(), networking: undefined, init: () => {} }, /which is the module itself: call its init\(\)/],
    ['nothing', undefined, /was given undefined$/],
    ['another thing', 480, /was given 480$/],
    ['a thing that cannot be made a string', Object.create(null), /was given a thing without words \(object\)$/],
  ])('%s is not what init() returned', (_name, given, message) => {
    expect(() => new SteamworksDriver(given as never)).toThrow(TypeError);
    expect(() => new SteamworksDriver(given as never)).toThrow(message);
  });

  test('import * as steamworks: the namespace, of which String() throws', async () => {
    const steamworks = await import(`data:text/javascript,${'export function init() {}'}`);
    expect(() => String(steamworks)).toThrow('Cannot convert object to primitive value');
    expect(() => new SteamworksDriver(steamworks)).toThrow(/which is the module itself: call its init\(\)/);
    expect(() => checkDriver(steamworks)).toThrow(/option driver must be a SteamDriver, but a thing without words/);
  });

  test('nobody is logged in to Steam', () => {
    const nobody = { ...client(), localplayer: { getSteamId: () => ({ steamId64: 0n }), getName: () => '' } };
    const error = caught(() => new SteamworksDriver(nobody));
    expect(error).toBeInstanceOf(SteamError);
    expect(error).toMatchObject({ code: 'not-logged-in', message: expect.stringContaining('0') });
  });

  test.each([0, 33, 1.5, Number.NaN])('channels: %s is out of bounds', (channels) => {
    expect(() => new SteamworksDriver(client({ channels: 4 }), { channels })).toThrow(RangeError);
    expect(() => new SteamworksDriver(client({ channels: 4 }), { channels })).toThrow(`channels is ${channels}, but must be`);
  });

  test('channels: as many as are asked for, where the build has them', () => {
    expect(new SteamworksDriver(client({ channels: 4 }), { channels: 2 }).limits.channels).toBe(2);
    expect(new SteamworksDriver(client({ channels: 4 })).limits.channels).toBe(1);
    expect(() => new SteamworksDriver(client(), { channels: 2 })).toThrow('channel 0 only');
  });

  test('a channel that never ends leaves the others their turn', () => {
    const user = new DriverRecorder(new SteamworksDriver(client({ channels: 4 }), { channels: 4 }));
    for (let i = 0; i < 8; i++) user.driver.send(user.id, Uint8Array.of(i), SendType.Reliable, 0);
    user.driver.send(user.id, Uint8Array.of(99), SendType.Reliable, 3);
    for (let polls = 0; polls < 2; polls++) {
      user.driver.poll(4);
      for (let i = 0; i < 4; i++) user.driver.send(user.id, Uint8Array.of(i), SendType.Reliable, 0);
    }
    expect(user.firstBytes).toContain(99);
  });

  test('a packet is bytes, of whatever realm, and as many as it says', () => {
    const user = new DriverRecorder(new SteamworksDriver(client()));
    const send = (packet: unknown) => user.driver.send(user.id, packet as Uint8Array, SendType.Unreliable, 0);
    for (const packet of [new Uint16Array(4), new DataView(new ArrayBuffer(4)), new ArrayBuffer(4), '1234', [1, 2], {}, null]) {
      expect(() => send(packet)).toThrow(TypeError);
      expect(() => send(packet)).toThrow(/^packet is .+, but must be a Uint8Array$/);
    }
    for (const packet of [Buffer.alloc(4), new Int8Array(4), runInNewContext('new Uint8Array(4)')])
      expect(send(packet)).toBe(true);
    user.driver.poll(10);
    expect(user.packets.map(({ bytes }) => bytes.length)).toEqual([4, 4, 4]);
  });
});

describe('SteamworksDriver and what the binding calls back', () => {
  const { P2PSessionRequest, P2PSessionConnectFail } = SteamCallback;

  test('a flood of requests costs no failure: they do not share a place', () => {
    const { client, call } = handMade();
    const user = new DriverRecorder(new SteamworksDriver(client));
    for (let i = 0n; i < 10_000n; i++) call(P2PSessionRequest, { remote: user.id + i });
    call(P2PSessionConnectFail, { remote: user.id + 1n, error: 4 });
    user.driver.poll(0);
    expect(user.failures).toEqual([{ peer: user.id + 1n, error: 4 }]);
    // More than can wait are dropped: Steam posts them again.
    expect(user.requests).toHaveLength(4_096);

    for (let i = 0n; i < 10_000n; i++) call(P2PSessionConnectFail, { remote: user.id + i, error: 4 });
    call(P2PSessionConnectFail, { remote: user.id, error: 2 });
    call(P2PSessionRequest, { remote: user.id });
    user.driver.poll(0);
    expect(user.failures).toHaveLength(1 + 4_096);
    expect(user.failures[1]).toEqual({ peer: user.id, error: 2 });
    expect(user.requests).toHaveLength(4_097);
  });

  test('one stranger who knocks again and again takes the place of one', () => {
    const { client, call } = handMade();
    const user = new DriverRecorder(new SteamworksDriver(client));
    for (let i = 0; i < 10_000; i++) call(P2PSessionRequest, { remote: user.id + 1n });
    call(P2PSessionRequest, { remote: user.id + 2n });
    user.driver.poll(0);
    expect(user.requests).toEqual([user.id + 1n, user.id + 2n]);
  });

  test('what waited at close is not told after the next start', () => {
    const { client, call } = handMade();
    const user = new DriverRecorder(new SteamworksDriver(client));
    call(P2PSessionRequest, { remote: user.id });
    call(P2PSessionConnectFail, { remote: user.id, error: 4 });
    user.driver.close();
    user.driver.start(user);
    user.driver.poll(0);
    expect(user.calls).toBe(0);
  });

  test('an event during which the driver is closed is not told after the next start', () => {
    const { client, call } = handMade();
    let user: DriverRecorder | undefined;
    // The game hears of it first, and starts over.
    SteamCallbacks.of(client).on(P2PSessionRequest, () => {
      user?.driver.close();
      user?.driver.start(user);
    });
    user = new DriverRecorder(new SteamworksDriver(client));
    call(P2PSessionRequest, { remote: user.id });
    user.driver.poll(0);
    expect(user.requests).toEqual([]);
  });

  test('an event that is on its way when the driver is closed is not told after the next start', () => {
    const { client, registered } = handMade();
    const user = new DriverRecorder(new SteamworksDriver(client));
    const former = registered.get(P2PSessionRequest);
    user.driver.close();
    user.driver.start(user);
    former?.({ remote: user.id });
    user.driver.poll(0);
    expect(user.requests).toEqual([]);
  });

  test('another init has taken all registrations away: start() renews them, and so does who asks with the new client', () => {
    const { client, registered, call } = handMade();
    const user = new DriverRecorder(new SteamworksDriver(client));
    registered.clear();
    SteamCallbacks.of(client);
    expect(registered.size).toBe(0); // nothing tells
    SteamCallbacks.of({ ...client });
    call(P2PSessionRequest, { remote: user.id + 1n });

    user.driver.close();
    SteamCallbacks.of(client).on(P2PSessionRequest, () => {});
    registered.clear();
    user.driver.start(user);
    call(P2PSessionRequest, { remote: user.id + 2n });
    call(P2PSessionConnectFail, { remote: user.id + 2n, error: 4 });
    user.driver.poll(0);
    expect(user.requests).toEqual([user.id + 2n]);
    expect(user.failures).toHaveLength(1);
  });

  test.each([1, 2])('a start whose registration %i fails was none', (which) => {
    const { client, refuse, registered, call } = handMade();
    const driver = new SteamworksDriver(client);
    driver.close();
    refuse(which);
    const events = { onSessionRequest: jest.fn() } as unknown as DriverEvents;
    expect(() => driver.start(events)).toThrow('refused');
    expect(driver.isClosed).toBe(true);
    expect(registered.size).toBe(0);
    driver.start(events);
    call(P2PSessionRequest, { remote: driver.steamId });
    driver.poll(0);
    expect(events.onSessionRequest).toHaveBeenCalledTimes(1);
    expect(registered.size).toBe(2);
  });

  test('no call for a closed driver, none for an id that is nobody', () => {
    const { client } = handMade();
    const acceptP2PSession = jest.fn();
    const closeP2PSession = jest.fn();
    const networking = { ...client.networking, acceptP2PSession, closeP2PSession };
    const driver = new SteamworksDriver({ ...client, networking });
    const peer = driver.steamId + 1n;
    // The binding drops the sign and what is above 64 bits: they would be somebody.
    for (const id of [peer, -peer, peer + 2n ** 64n, 0n]) {
      driver.acceptSession(id);
      driver.closeSession?.(id);
    }
    driver.close();
    driver.acceptSession(peer);
    driver.closeSession?.(peer);
    expect(acceptP2PSession.mock.calls).toEqual([[peer]]);
    expect(closeP2PSession.mock.calls).toEqual([[peer]]);
  });
});

describe('SteamworksDriver and empty packets', () => {
  let now = 0;
  afterEach(() => {
    jest.restoreAllMocks();
  });

  /** Reads from a queue of sizes. `beforeRead` is the moment between the question and the read. */
  function queueOf(...queue: number[]) {
    now = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    const looks: number[] = [];
    const { client } = handMade();
    const steam = { queue, looks, beforeRead: () => {} };
    const networking: SteamworksClient['networking'] = {
      ...client.networking,
      isP2PPacketAvailable: () => queue[0] ?? 0,
      readP2PPacket: (bytes) => {
        if ((queue[0] ?? 0) === 0) looks.push(bytes);
        steam.beforeRead();
        const size = queue.shift();
        if (size === undefined) throw new Error('No packet available');
        return { data: new Uint8Array(bytes), size, steamId: { steamId64: client.localplayer.getSteamId().steamId64 } };
      },
    };
    const driver = new SteamworksDriver({ ...client, networking });
    return { steam, queue, looks, driver, user: new DriverRecorder(driver) };
  }

  test.each([0, 1, 124, 249, 251, 5_000])('one jams what is behind it for a third of a second at most, at %i ms', (at) => {
    const { queue, user } = queueOf();
    for (; now < at; now++) user.driver.poll(64);
    queue.push(0, 7);
    const end = now + 300;
    while (user.packets.length < 2 && now < end) {
      now += 10;
      user.driver.poll(64);
    }
    expect(user.packets.map(({ bytes }) => bytes.length)).toEqual([0, 7]);
  });

  test('after one, the next jam for a moment only; and that has an end', () => {
    const { queue, looks, user } = queueOf(0);
    user.driver.poll(64);
    for (let i = 0; i < 8; i++) {
      for (const end = now + 1_000; now < end; now++) user.driver.poll(64);
      queue.push(0, 7);
      const packets = user.packets.length;
      for (const end = now + 12; now < end; now++) user.driver.poll(64);
      expect(user.packets.length - packets).toBe(2);
    }
    for (const end = now + 10_000; now < end; now++) user.driver.poll(64);
    looks.length = 0;
    for (const end = now + 10_000; now < end; now++) user.driver.poll(64);
    expect(looks.length).toBeLessThan(50);
  });

  test('who polls every millisecond without a packet looks four times a second; after an empty one a hundred times, for 10 s', () => {
    const { queue, looks, user } = queueOf();
    for (; now < 10_000; now++) user.driver.poll(64);
    expect(looks.length).toBeLessThanOrEqual(41);
    // Nothing is cut, whatever comes in the moment after the question, while nobody sends empty ones.
    expect(Math.min(...looks)).toBe(RELIABLE_BYTES);
    queue.push(0);
    looks.length = 0;
    for (; now < 20_000; now++) user.driver.poll(64);
    expect(looks.length).toBeLessThanOrEqual(1_010);
  });

  test('a flood of them: many polls, each with a few, in small reads, and none is lost', () => {
    const flood = 2_000;
    const { looks, user } = queueOf(...new Array(flood).fill(0), 9);
    let polls = 0;
    for (; user.packets.length <= flood && polls < flood; polls++) {
      looks.length = 0;
      const packets = user.driver.poll(1_000);
      expect(packets).toBeGreaterThan(0); // so that the next poll comes at once
      expect(looks.length).toBeLessThanOrEqual(17);
      if (polls > 0) expect(Math.max(...looks, 0)).toBeLessThan(66_000);
    }
    expect(user.packets.at(-1)?.bytes).toHaveLength(9);
    expect(polls).toBeGreaterThan(flood / 17);
  });

  test('the largest packet of our protocol is whole even when it comes in the moment after the question, behind an empty one', () => {
    const largest = CHUNK_BYTES + 7 + PACKET_HEADER_BYTES + FRAME_HEADER_BYTES;
    const { queue, user, steam } = queueOf(0);
    steam.beforeRead = () => {
      if (queue.length === 0) queue.push(largest);
    };
    user.driver.poll(2);
    expect(user.packets.map(({ bytes }) => bytes.length)).toEqual([0, largest]);
  });

  test("a packet that was cut is nobody's, is counted, and does not end the poll", () => {
    const warn = jest.spyOn(process as { emitWarning(text: string, name: string): void }, 'emitWarning').mockReturnValue();
    const { driver, user, steam, queue } = queueOf(1, 2, 3);
    // Other code takes one after we were told of its size.
    steam.beforeRead = () => {
      if (queue[0] === 1 || queue[0] === 2) queue[0] += 100;
    };
    expect(driver.poll(10)).toBe(1);
    expect(user.packets.map(({ bytes }) => bytes.length)).toEqual([3]);
    expect(driver.cutPackets).toBe(2);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn).toHaveBeenCalledWith(expect.stringMatching(/^a packet of 101 bytes from \d+ was cut to 1 /), 'SteamWarning');
  });
});

/** A client whose callbacks the test makes. */
function handMade() {
  const registered = new Map<number, (event: unknown) => void>();
  let refused = 0;
  const register: SteamworksClient['callback']['register'] = (type, handler) => {
    if (--refused === 0) throw new Error('refused');
    registered.set(type, handler);
    return { disconnect: () => registered.delete(type) };
  };
  return {
    client: { ...simulatedSteamworks(new SimulatedSteam().user()), callback: { register } } satisfies SteamworksClient,
    registered,
    /** The registration after so many others throws. */
    refuse: (which: number) => {
      refused = which;
    },
    call: (type: SteamCallback, event: unknown) => registered.get(type)?.(event),
  };
}

function caught(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}
