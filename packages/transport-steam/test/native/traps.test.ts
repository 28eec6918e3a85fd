import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { connectHubControl, type HubControl } from '../../src/sim.ts';
import { DoubleFifo, describeNative, doubleEnvironment } from './double.ts';
import { AddonDeath, type AddonTools, onAddon } from './onAddon.ts';

// What steamworks.js 0.4.0 does to its users, and what the driver makes of it. Each test first shows the trap, on the addon itself.
// Functions given to onAddon() run in other processes: they see their arguments only.
//
// The traps are numbered. 11 (promises that never settle, two tickets at once) and 12 (what reads of lobbies return) are in
// lobbyTraps.test.ts. 13 (`const enum`s in its types) is in test/package. 15 (not in Electron's renderer) cannot be shown here.

jest.setTimeout(60_000);

const STRANGER = 76561197960265728n + 3_000_000_000n;

/** `LobbyChatUpdate_t`. `change` are flags: 1 entered, 2 left. */
function lobbyChatUpdate(change: number): Uint8Array {
  const struct = Buffer.alloc(28);
  struct.writeBigUInt64LE(STRANGER, 8); // who changed
  struct.writeBigUInt64LE(STRANGER, 16); // who did that
  struct.writeUInt32LE(change, 24);
  return struct;
}

describeNative('steamworks.js', () => {
  const hub = { name: `traps-${process.pid}` };
  let control: HubControl;
  let environment: Record<string, string>;

  beforeAll(async () => {
    control = await connectHubControl({ ...hub, steam: { sessionTimeoutMs: 300 } });
    environment = doubleEnvironment({ hub });
  });
  afterAll(() => control?.close());

  test('trap 1: an empty packet looks like none, and does not jam the driver', async () => {
    const seen = await onAddon(environment, async ({ steamworks, SteamworksDriver, DriverRecorder, SendType, until }) => {
      const steam = steamworks.init(480);
      const self = steam.localplayer.getSteamId().steamId64;
      const send = (...bytes: number[]) => steam.networking.sendP2PPacket(self, SendType.Reliable, Buffer.from(bytes));
      send();
      send(1);
      const available = steam.networking.isP2PPacketAvailable();
      const user = new DriverRecorder(new SteamworksDriver(steam));
      await until(() => user.packets.length === 2, user);
      // Many, between others: each is looked for at once, as one makes others likely, in so many polls that none is long.
      for (let i = 0; i < 100; i++) send(...(i % 2 === 0 ? [] : [i]));
      let polls = 0;
      while (user.driver.poll(1_000) > 0) polls++;
      return { available, polls, lengths: user.packets.map(({ bytes }) => bytes.length) };
    });
    expect(seen.available).toBe(0);
    expect(seen.polls).toBe(4);
    expect(seen.lengths).toEqual(Array.from({ length: 102 }, (_, i) => i % 2));
  });

  test('trap 1: an empty packet costs the buffer of the look for it; the driver asks for little, and for few in a turn', async () => {
    const flood = 5_000;
    const seen = await onAddon(
      environment,
      async ({ steamworks, SteamworksDriver, DriverRecorder, SendType }, flood) => {
        const steam = steamworks.init(480);
        const { networking } = steam;
        const self = steam.localplayer.getSteamId().steamId64;
        for (let i = 0; i <= flood; i++) networking.sendP2PPacket(self, SendType.Reliable, Buffer.alloc(0));
        const { size, data } = networking.readP2PPacket(1_048_576);

        // External memory, which is released by the event loop at the earliest.
        let handedOut = 0;
        const readP2PPacket = (bytes: number) => {
          const packet = networking.readP2PPacket(bytes);
          handedOut += packet.data.length;
          return packet;
        };
        const user = new DriverRecorder(new SteamworksDriver({ ...steam, networking: { ...networking, readP2PPacket } }));
        const turns: number[] = [];
        while (user.driver.poll(256) > 0) {
          turns.push(handedOut);
          handedOut = 0;
          await new Promise(setImmediate);
        }
        return { bare: [size, data.length], packets: user.packets.length, first: turns[0], most: Math.max(...turns.slice(1)) };
      },
      flood,
    );
    expect(seen).toEqual({ bare: [0, 1_048_576], packets: flood, first: expect.any(Number), most: expect.any(Number) });
    // Until the first one is found, nobody is suspected, and a packet of any size shall be whole.
    expect(seen.first).toBeLessThan(2.5 * 1_048_576);
    expect(seen.most).toBeLessThan(1.1 * 1_048_576);
  });

  test('trap 2: a read of the wrong size loses bytes; the driver reads whole packets, also when it looks for an empty one', async () => {
    const seen = await onAddon(environment, async ({ steamworks, SteamworksDriver, DriverRecorder, SendType }) => {
      const steam = steamworks.init(480);
      const self = steam.localplayer.getSteamId().steamId64;
      const send = (bytes: number) => steam.networking.sendP2PPacket(self, SendType.Reliable, Buffer.alloc(bytes, 7));
      send(10);
      const short = steam.networking.readP2PPacket(3);
      send(3);
      const long = steam.networking.readP2PPacket(10);

      // 70 000 bytes come in the moment after we were told that there is nothing.
      const { networking } = steam;
      let saidNothing = false;
      const isP2PPacketAvailable = () => {
        if (saidNothing) return networking.isP2PPacketAvailable();
        saidNothing = true;
        send(70_000);
        return 0;
      };
      const user = new DriverRecorder(new SteamworksDriver({ ...steam, networking: { ...networking, isP2PPacketAvailable } }));
      saidNothing = false;
      user.driver.poll(10);
      const bytes = user.packets[0]?.bytes;
      return {
        short: [short.size, short.data.length],
        long: [long.size, long.data.length],
        whole: bytes?.every((byte) => byte === 7) && bytes.length,
        held: bytes?.buffer.byteLength,
        isPlain: Object.getPrototypeOf(bytes) === Uint8Array.prototype,
      };
    });
    expect(seen).toEqual({ short: [10, 3], long: [3, 10], whole: 70_000, held: 70_000, isPlain: true });
  });

  test('trap 2: a size that is none aborts the process', async () => {
    const death = onAddon(environment, ({ steamworks }) => void steamworks.init(480).networking.readP2PPacket(-1));
    await expect(death).rejects.toBeInstanceOf(AddonDeath);
  });

  test('trap 3: a second registration replaces the first; by SteamCallbacks, all are told', async () => {
    const seen = await onAddon(
      environment,
      async ({ steamworks, SteamworksDriver, SteamCallbacks, SteamCallback, DriverRecorder, SendType, until }, stranger) => {
        const steam = steamworks.init(480);
        const { P2PSessionConnectFail } = SteamCallback;
        const told: string[] = [];
        steam.callback.register(P2PSessionConnectFail, () => told.push('first'));
        const second = steam.callback.register(P2PSessionConnectFail, () => told.push('second'));
        const fail = (peer: bigint) => steam.networking.sendP2PPacket(peer, SendType.Reliable, Buffer.from([1]));
        fail(stranger);
        await until(() => told.length > 0);
        second.disconnect();

        const user = new DriverRecorder(new SteamworksDriver(steam));
        const other = new DriverRecorder(new SteamworksDriver(steam));
        const stop = SteamCallbacks.of(steam).on(P2PSessionConnectFail, () => told.push('game'));
        fail(stranger + 1n);
        await until(() => user.failures.length === 1 && other.failures.length === 1, user, other);
        // Who goes takes nothing from the others.
        stop();
        other.driver.close();
        fail(stranger + 2n);
        await until(() => user.failures.length === 2, user, other);
        return { told, others: other.failures.length };
      },
      STRANGER,
    );
    expect(seen).toEqual({ told: ['second', 'game'], others: 1 });
  });

  test('trap 3: a game that registers itself hands on what it is told', async () => {
    const seen = await onAddon(
      environment,
      async ({ steamworks, SteamworksDriver, SteamCallbacks, SteamCallback, DriverRecorder, SendType, until }, stranger) => {
        const steam = steamworks.init(480);
        const callbacks = SteamCallbacks.of(steam);
        const { P2PSessionConnectFail } = SteamCallback;
        callbacks.leaveToGame(P2PSessionConnectFail);
        let told = 0;
        steam.callback.register(P2PSessionConnectFail, (event) => {
          told++;
          callbacks.feed(P2PSessionConnectFail, event);
        });
        const user = new DriverRecorder(new SteamworksDriver(steam));
        user.driver.send(stranger, Uint8Array.of(1), SendType.Reliable, 0);
        await until(() => user.failures.length === 1, user);
        let refusal = '';
        try {
          callbacks.leaveToGame(SteamCallback.P2PSessionRequest); // which the driver has
        } catch (error) {
          refusal = (error as Error).message;
        }
        return { told, failures: user.failures, refusal };
      },
      STRANGER,
    );
    expect(seen).toEqual({
      told: 1,
      failures: [{ peer: STRANGER, error: 4 }],
      refusal: expect.stringContaining('P2PSessionRequest is registered already'),
    });
  });

  test('trap 3 and 5: an ESM and a CommonJS copy of this package in one process are one owner', async () => {
    const seen = await onAddon(environment, async ({ initSteamworks, SteamCallbacks, otherCopy }) => {
      const other = await otherCopy();
      const steam = initSteamworks(480);
      process.env.STEAM_DOUBLE_INIT = 'generic:not now';
      return {
        copies: other.SteamCallbacks !== SteamCallbacks,
        callbacks: Object.is(other.SteamCallbacks.of(steam), SteamCallbacks.of(steam)),
        client: other.initSteamworks(480) === steam,
      };
    });
    expect(seen).toEqual({ copies: true, callbacks: true, client: true });
  });

  test('trap 4: callbacks come by a timer of steamworks.js; the driver tells them inside poll, and keeps them until then', async () => {
    const seen = await onAddon(
      environment,
      async ({ steamworks, SteamworksDriver, SteamCallbacks, SteamCallback, DriverRecorder, SendType, until }, stranger) => {
        const steam = steamworks.init(480);
        const driver = new SteamworksDriver(steam);
        let isTold = false;
        SteamCallbacks.of(steam).on(SteamCallback.P2PSessionConnectFail, () => {
          isTold = true;
        });
        driver.send(stranger, Uint8Array.of(1), SendType.Reliable, 0);
        await until(() => isTold);
        const user = new DriverRecorder(driver); // starts it now
        const before = user.failures.length;
        driver.poll(0);
        return [before, user.failures.length];
      },
      STRANGER,
    );
    expect(seen).toEqual([0, 1]);
  });

  test('trap 4: a handler that throws is an uncaught exception, and keeps nobody else from being told', async () => {
    const seen = await onAddon(
      environment,
      async ({ steamworks, SteamworksDriver, SteamCallbacks, SteamCallback, DriverRecorder, SendType, until }, stranger) => {
        const steam = steamworks.init(480);
        SteamCallbacks.of(steam).on(SteamCallback.P2PSessionConnectFail, () => {
          throw new Error('thrown by the game');
        });
        const uncaught: string[] = [];
        process.on('uncaughtException', (error) => uncaught.push(error.message));
        const user = new DriverRecorder(new SteamworksDriver(steam));
        user.driver.send(stranger, Uint8Array.of(1), SendType.Reliable, 0);
        await until(() => user.failures.length === 1, user);
        return uncaught;
      },
      STRANGER,
    );
    expect(seen).toEqual(['thrown by the game']);
  });

  test('trap 4: a closed driver has given its registrations back, and does not keep the process', async () => {
    // steamworks.js does, by its timer: without that, the process ends by itself, which comes to us as its death.
    const death = onAddon(environment, ({ steamworks, SteamworksDriver, DriverRecorder }) => {
      const { setInterval } = globalThis;
      globalThis.setInterval = ((...args: Parameters<typeof setInterval>) => setInterval(...args).unref()) as never;
      const user = new DriverRecorder(new SteamworksDriver(steamworks.init(480)));
      user.driver.close();
      process.disconnect();
      return new Promise(() => {});
    });
    await expect(death).rejects.toMatchObject({ signal: null });
  });

  test.each([
    ['register without a function', ({ steamworks }) => steamworks.init(480).callback.register(6, undefined as never)],
    [
      'a second init that fails',
      ({ steamworks }) => {
        steamworks.init(480);
        process.env.STEAM_DOUBLE_INIT = 'generic:not now';
        try {
          steamworks.init(480);
        } catch {}
        return new Promise(() => {}); // its own timer kills it
      },
    ],
  ] as [string, Parameters<typeof onAddon>[1]][])('trap 5: %s aborts the process', async (_name, play) => {
    await expect(onAddon(environment, play)).rejects.toMatchObject({ signal: 'SIGABRT' });
  });

  test('trap 5: a second init that succeeds takes all registrations away; the next driver, or start, renews them', async () => {
    const seen = await onAddon(
      environment,
      async ({ steamworks, SteamworksDriver, SteamCallbacks, SteamCallback, DriverRecorder, fifo, until, sleep }, stranger) => {
        const injection = fifo();
        const knock = (n: bigint) => {
          const request = Buffer.alloc(8);
          request.writeBigUInt64LE(stranger + n);
          injection.callback(1202, request);
        };
        const user = new DriverRecorder(new SteamworksDriver(steamworks.init(480)));
        knock(1n);
        await until(() => user.requests.length === 1, user);
        const again = steamworks.init(480);
        let isOver = false;
        again.callback.register(SteamCallback.SteamServersConnected, () => {
          isOver = true;
        });
        knock(2n);
        injection.callback(101, Buffer.alloc(1)); // comes after it
        await until(() => isOver, user);
        await sleep(100);
        user.driver.poll(0);
        const deaf = [...user.requests];

        SteamCallbacks.of(again);
        knock(3n);
        await until(() => user.requests.length > deaf.length, user);

        SteamCallbacks.of(again).on(SteamCallback.P2PSessionRequest, () => {}); // so that the registration outlives the driver's
        user.driver.close();
        steamworks.init(480);
        user.driver.start(user);
        knock(4n);
        await until(() => user.requests.length > deaf.length + 1, user);
        return { deaf, all: user.requests };
      },
      STRANGER,
    );
    expect(seen).toEqual({ deaf: [STRANGER + 1n], all: [1n, 3n, 4n].map((n) => STRANGER + n) });
  });

  test('trap 5: SteamCallbacks and initSteamworks do not let that happen', async () => {
    const seen = await onAddon(environment, ({ initSteamworks, SteamCallbacks, SteamCallback }) => {
      const said: string[] = [];
      const tryTo = (what: () => unknown) => {
        try {
          what();
        } catch (error) {
          said.push(`${(error as Error).name}: ${(error as Error).message}`);
        }
      };
      const steam = initSteamworks(480);
      process.env.STEAM_DOUBLE_INIT = 'generic:not now';
      if (initSteamworks() === steam && initSteamworks(480) === steam) said.push('the same');
      tryTo(() => initSteamworks(481));
      tryTo(() => SteamCallbacks.of(steam).on(SteamCallback.P2PSessionRequest, undefined as never));
      for (const type of [2, 3, 5, 99]) tryTo(() => SteamCallbacks.of(steam).on(type as never, () => {}));
      return said;
    });
    expect(seen).toEqual([
      'the same',
      expect.stringMatching(/^SteamError: app id 481: Steam was started for 480 already/),
      expect.stringMatching(/^TypeError: the handler of callback 6 is undefined/),
      ...[2, 3, 5, 99].map((type) => expect.stringMatching(new RegExp(`^RangeError: callback type ${type} is not one`))),
    ]);
  });

  test.each([
    ['SteamServersDisconnected with EResult 0', 2, 103, Uint8Array.of(0, 0, 0, 0)],
    ['SteamServersDisconnected with EResult 1', 2, 103, Uint8Array.of(1, 0, 0, 0)],
    ['LobbyChatUpdate with two flags', 5, 506, lobbyChatUpdate(3)],
  ])('trap 5: Steam says %s', async (_what, type, callback, struct) => {
    const fifo = new DoubleFifo();
    const withFifo = { ...environment, STEAM_DOUBLE_FIFO: fifo.path };
    try {
      fifo.callback(callback, struct); // waits until Steam starts
      const register = ({ steamworks }: AddonTools, type: number) => {
        steamworks.init(480).callback.register(type as never, () => {});
        return new Promise(() => {});
      };
      const registered = onAddon(withFifo, register, type);
      await expect(registered).rejects.toMatchObject({ signal: 'SIGABRT' });

      fifo.callback(callback, struct);
      fifo.callback(101, Buffer.alloc(1)); // comes after it
      const survived = onAddon(
        withFifo,
        async ({ steamworks, SteamworksDriver, SteamCallbacks, SteamCallback, DriverRecorder, until }) => {
          const steam = steamworks.init(480);
          const user = new DriverRecorder(new SteamworksDriver(steam));
          let isOver = false;
          SteamCallbacks.of(steam).on(SteamCallback.SteamServersConnected, () => {
            isOver = true;
          });
          await until(() => isOver, user);
          return user.calls;
        },
      );
      await expect(survived).resolves.toBe(0);
    } finally {
      fifo.close();
    }
  });

  test('trap 6: SteamServersConnected comes with null, and a string where the types have a number', async () => {
    const seen = await onAddon(
      environment,
      async ({ steamworks, SteamCallbacks, SteamCallback, fifo, until }, entered) => {
        const injection = fifo();
        const steam = steamworks.init(480);
        const events: unknown[] = [];
        SteamCallbacks.of(steam).on(SteamCallback.SteamServersConnected, (event) => events.push(event));
        steam.callback.register(5, ({ member_state_change }) => events.push(member_state_change));
        injection.callback(101, Buffer.alloc(1));
        injection.callback(506, entered);
        await until(() => events.length === 2);
        return events;
      },
      lobbyChatUpdate(1),
    );
    expect(seen).toEqual([null, 'Entered']);
  });

  test('trap 7: small ids are numbers in callbacks, bigints in the driver', async () => {
    const seen = await onAddon(environment, async (tools) => {
      const { steamworks, SteamworksDriver, SteamCallbacks, SteamCallback, DriverRecorder, fifo, until } = tools;
      const injection = fifo();
      const steam = steamworks.init(480);
      const raw: unknown[] = [];
      SteamCallbacks.of(steam).on(SteamCallback.P2PSessionRequest, ({ remote }) => raw.push(remote));
      const user = new DriverRecorder(new SteamworksDriver(steam));
      injection.packet(5n, 0, Buffer.from([2]));
      const request = Buffer.alloc(8);
      request.writeBigUInt64LE(6n);
      injection.callback(1202, request);
      await until(() => user.packets.length === 1 && user.requests.length === 1, user);
      // The binding drops the sign and what is above 64 bits: that would be somebody.
      const wrong = [-user.id, user.id + 2n ** 64n].map((id) => user.driver.send(id, Uint8Array.of(1), 2, 0));
      return { raw, peer: user.packets[0]?.peer, request: user.requests[0], wrong };
    });
    expect(seen).toEqual({ raw: [6], peer: 5n, request: 6n, wrong: [false, false] });
  });

  test('trap 8: send to nobody is true and fails later; a full queue is false, and then true again', async () => {
    const seen = await onAddon(
      environment,
      async ({ steamworks, SteamworksDriver, DriverRecorder, SendType, fifo, until }, stranger) => {
        const injection = fifo();
        const user = new DriverRecorder(new SteamworksDriver(steamworks.init(480)));
        const send = (peer: bigint) => user.driver.send(peer, Uint8Array.of(1), SendType.Reliable, 0);
        const toNobody = send(stranger);
        await until(() => user.failures.length === 1, user);
        injection.refuseSends(2);
        const answers: boolean[] = [];
        await until(() => {
          if (answers.length === 0 && send(user.id)) return false; // not refusing yet
          answers.push(false);
          return true;
        }, user);
        answers.push(send(user.id), send(user.id));
        return { toNobody, failures: user.failures, answers };
      },
      STRANGER,
    );
    expect(seen).toEqual({ toNobody: true, failures: [{ peer: STRANGER, error: 4 }], answers: [false, false, true] });
  });

  test('trap 9: a view into a larger buffer is sent as it is, and copied at once', async () => {
    const seen = await onAddon(environment, async ({ steamworks, SteamworksDriver, DriverRecorder, SendType, until }) => {
      const user = new DriverRecorder(new SteamworksDriver(steamworks.init(480)));
      const buffer = Uint8Array.from({ length: 100 }, (_, i) => i);
      user.driver.send(user.id, buffer.subarray(40, 44), SendType.Reliable, 0);
      user.driver.send(user.id, Buffer.from(buffer.buffer, 50, 2), SendType.Reliable, 0);
      buffer.fill(0);
      await until(() => user.packets.length === 2, user);
      return user.packets.map(({ bytes }) => [...bytes]);
    });
    expect(seen).toEqual([
      [40, 41, 42, 43],
      [50, 51],
    ]);
  });

  test('trap 10: a million packets leave nothing behind', async () => {
    const { early, late } = await onAddon(environment, async ({ steamworks, SteamworksDriver, SendType }) => {
      const driver = new SteamworksDriver(steamworks.init(480));
      let packets = 0;
      const ignore = () => {};
      driver.start({
        onSessionRequest: ignore,
        onSessionFailed: ignore,
        onPacket: () => packets++,
        onSteamLost: ignore,
        onSteamRestored: ignore,
      });
      const packet = new Uint8Array(1_200);
      const upTo = async (count: number) => {
        while (packets < count) {
          for (let i = 0; i < 256; i++) driver.send(driver.steamId, packet, SendType.Unreliable, 0);
          driver.poll(256);
          await new Promise(setImmediate); // as the endpoint does
        }
        return process.memoryUsage.rss();
      };
      return { early: await upTo(250_000), late: await upTo(1_000_000) };
    });
    expect(late - early).toBeLessThan(16 * 1_048_576);
  });

  test('the memory of a packet is given back at once, when nobody looks at it', async () => {
    const { most, last } = await onAddon(environment, async ({ steamworks, SteamworksDriver, SendType }) => {
      const driver = new SteamworksDriver(steamworks.init(480));
      let most = 0;
      let last: number[] = [];
      const ignore = () => {};
      driver.start({
        onSessionRequest: ignore,
        onSessionFailed: ignore,
        onPacket: (_, packet) => {
          most = Math.max(most, process.memoryUsage().external);
          last = [packet.length, packet[0] as number, packet.at(-1) as number];
          if (packet.length === packet.buffer.byteLength) (packet.buffer as ArrayBuffer).transfer(0);
        },
        onSteamLost: ignore,
        onSteamRestored: ignore,
      });
      const before = process.memoryUsage().external;
      const sent = new Uint8Array(60_000);
      for (let i = 0; i < 1_000; i++) {
        driver.send(driver.steamId, sent.fill(i & 0xff), SendType.Reliable, 0);
        driver.poll(256);
        if (i % 16 === 0) await new Promise(setImmediate);
      }
      return { most: most - before, last };
    });
    expect(last).toEqual([60_000, 999 & 0xff, 999 & 0xff]);
    // Of 60 MB.
    expect(most).toBeLessThan(4_000_000);
  });

  test('trap 14: a session cannot be closed, and the driver does not pretend to', async () => {
    const seen = await onAddon(environment, ({ steamworks, SteamworksDriver }) => {
      const steam = steamworks.init(480);
      const driver = new SteamworksDriver(steam);
      return { binding: 'closeP2PSession' in steam.networking, driver: driver.closeSession !== undefined };
    });
    expect(seen).toEqual({ binding: false, driver: false });
  });

  test('no channel argument: the driver has channel 0', async () => {
    const seen = await onAddon(environment, ({ steamworks, SteamworksDriver }) => {
      const steam = steamworks.init(480);
      let refusal = '';
      try {
        new SteamworksDriver(steam, { channels: 2 });
      } catch (error) {
        refusal = (error as Error).message;
      }
      return { channels: new SteamworksDriver(steam).limits.channels, refusal };
    });
    expect(seen).toEqual({ channels: 1, refusal: 'channels is 2, but this build of steamworks.js has channel 0 only' });
  });

  test('these tests: a play that hangs is killed, and says so', async () => {
    const hanging = onAddon(
      environment,
      () => {
        for (;;);
      },
      undefined,
      { patienceMs: 2_000 },
    );
    await expect(hanging).rejects.toThrow(/^the play did not end within 2000 ms and was killed.*for ?\(;;\)/s);
    await expect(hanging).rejects.not.toBeInstanceOf(AddonDeath);
  });
});
