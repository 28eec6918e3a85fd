import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { SendType, SessionError, type SteamDriver } from '../../src/driver/SteamDriver.ts';
import { DriverRecorder } from '../helpers/DriverRecorder.ts';

/** What an implementation gives to be tested: fresh for each test. */
export interface DriverHarness {
  /** Logs in another user. */
  user(): Promise<SteamDriver>;
  /** Lets so much time of this Steam pass. Drivers are not polled. */
  settle(ms: number): Promise<void>;
  /** Declared differences, each with its reason at the place that declares it. */
  readonly features: DriverFeatures;
  close(): Promise<void>;
}

export interface DriverFeatures {
  /** Whether the binding can close a session. */
  readonly closeSession: boolean;
  /** Whether what arrives between `close` and the next `start` is read then (one process goes on), or is gone (a new process). */
  readonly keepsUnreadOverRestart: boolean;
  /** Time until a session that does not get through fails. Unit: ms. */
  readonly sessionTimeoutMs: number;
  /** Puts an empty packet into Steam's queue for a user. */
  injectEmptyPacket?(from: SteamDriver, to: SteamDriver): Promise<void>;
  /** Takes the Steam client away from a user, and brings it back. */
  loseSteam?(user: SteamDriver): Promise<void>;
  restoreSteam?(user: SteamDriver): Promise<void>;
}

/** What cannot be brought about with an implementation, each with the reason: those tests are left out. */
export interface Impossible {
  readonly emptyPackets?: string;
  readonly losingSteam?: string;
}

/** A valid SteamID that no test logs in. */
const NOBODY = 76561197960265728n + 4_000_000_000n;
/** Patience for what must happen: on a busy machine this is steps of the harness, not a time that is measured. */
const STEP_MS = 5;
const MOST_STEPS = 2_000;
/** Time given to what must not happen. */
const QUIET_MS = 60;

/** The contract of `SteamDriver`, for every implementation. */
export function testDriver(name: string, setup: () => Promise<DriverHarness>, impossible: Impossible = {}): void {
  const emptyPackets = impossible.emptyPackets === undefined ? test : leftOut;
  const losingSteam = impossible.losingSteam === undefined ? test : leftOut;

  describe(`${name} is a SteamDriver`, () => {
    let harness: DriverHarness;
    let drivers: SteamDriver[];

    beforeEach(async () => {
      drivers = [];
      harness = await setup();
    });

    afterEach(async () => {
      for (const driver of drivers) driver.close();
      await harness.close();
    });

    async function newDriver(): Promise<SteamDriver> {
      const driver = await harness.user();
      drivers.push(driver);
      return driver;
    }

    const newUser = async (options?: { accepts: boolean }) => new DriverRecorder(await newDriver(), options);

    /** Lets time pass, polling all, until `isDone`. */
    async function until(isDone: () => boolean, polled: DriverRecorder[]): Promise<void> {
      for (let step = 0; step < MOST_STEPS; step++) {
        for (const user of polled) while (user.driver.poll(64) === 64);
        if (isDone()) return;
        await harness.settle(STEP_MS);
      }
      throw new Error('what the test waits for did not happen');
    }

    /** As `until`, sending the byte again each time: for what may be lost before the session is there. */
    const sendUntil = (from: DriverRecorder, to: DriverRecorder, byte: number, isDone: () => boolean) =>
      until(() => {
        send(from, to, byte);
        return isDone();
      }, [from, to]);

    /** Two users with an open session, and nothing on its way. */
    async function pair(): Promise<[DriverRecorder, DriverRecorder]> {
      const [a, b] = [await newUser(), await newUser()];
      expect(a.driver.send(b.id, Uint8Array.of(0), SendType.Reliable, 0)).toBe(true);
      await until(() => b.packets.length === 1, [a, b]);
      expect(b.driver.send(a.id, Uint8Array.of(0), SendType.Reliable, 0)).toBe(true);
      await until(() => a.packets.length === 1, [a, b]);
      for (const user of [a, b]) {
        user.packets.length = 0;
        user.requests.length = 0;
      }
      return [a, b];
    }

    /** A user of whom a request and a failure wait for his next poll. */
    async function withTwoEvents(): Promise<DriverRecorder> {
      const [a, b] = [await newUser(), await newUser()];
      send(a, b, 1);
      send(b, NOBODY, 1);
      await harness.settle(harness.features.sessionTimeoutMs + QUIET_MS);
      return b;
    }

    const send = (from: DriverRecorder, to: DriverRecorder | bigint, byte: number, type: SendType = SendType.Reliable) =>
      from.driver.send(typeof to === 'bigint' ? to : to.id, Uint8Array.of(byte), type, 0);

    describe('start, poll, close', () => {
      test('a second start without close throws', async () => {
        const user = await newUser();
        expect(() => user.driver.start(user)).toThrow(Error);
      });

      test('poll does nothing before start and after close', async () => {
        const driver = await newDriver();
        expect(driver.poll(10)).toBe(0);
        const user = new DriverRecorder(driver);
        const other = await newUser();
        send(other, user, 1);
        await harness.settle(QUIET_MS);
        driver.close();
        expect(driver.poll(10)).toBe(0);
        expect(user.calls).toBe(0);
      });

      test('close may be called without start, and twice; send is false after it', async () => {
        const driver = await newDriver();
        driver.close();
        driver.close();
        expect(driver.send(NOBODY, Uint8Array.of(1), SendType.Reliable, 0)).toBe(false);
        expect(() => driver.acceptSession(NOBODY)).not.toThrow();
      });

      test('what send took before close still arrives', async () => {
        const [a, b] = await pair();
        expect(send(a, b, 1)).toBe(true);
        expect(send(a, b, 2, SendType.ReliableWithBuffering)).toBe(true);
        a.driver.close();
        await until(() => b.packets.length === 2, [b]);
        expect(b.firstBytes).toEqual([1, 2]);
      });

      test('a handler may close the driver: nothing comes after that', async () => {
        const [a, b] = await pair();
        const seen: number[] = [];
        b.onPacket = (_peer, bytes) => {
          seen.push(bytes[0] as number);
          b.driver.close();
        };
        for (const byte of [1, 2, 3]) send(a, b, byte);
        await until(() => seen.length > 0, [a, b]);
        await harness.settle(QUIET_MS);
        expect(b.driver.poll(10)).toBe(0);
        expect(seen).toEqual([1]);
      });

      test('session events end, too, when a handler closes the driver', async () => {
        const b = await withTwoEvents();
        send(b, b, 1); // a packet waits behind them
        await harness.settle(QUIET_MS);
        const told: string[] = [];
        const closing = (name: string) => () => {
          told.push(name);
          b.driver.close();
        };
        b.onSessionRequest = closing('request');
        b.onSessionFailed = closing('failure');
        await until(() => told.length > 0, [b]);
        await harness.settle(QUIET_MS);
        b.driver.poll(10);
        expect(told).toHaveLength(1);
        expect(b.packets).toEqual([]);
      });

      test('started again, it hears of requests and failures as before', async () => {
        const [a, first] = [await newUser(), await newUser()];
        first.driver.close();
        const b = new DriverRecorder(first.driver, { accepts: false });
        await sendUntil(a, b, 1, () => b.requests.length > 0);
        await until(() => b.driver.send(NOBODY, Uint8Array.of(1), SendType.Reliable, 0), [b]);
        await harness.settle(harness.features.sessionTimeoutMs);
        await until(() => b.failures.length > 0, [a, b]);
      });

      test('it may be started again after close', async () => {
        const [a, b] = await pair();
        b.driver.close();
        send(a, b, 1);
        await harness.settle(QUIET_MS);
        const again = new DriverRecorder(b.driver);
        // Not at once for every driver: to be logged in again takes a moment.
        await until(() => send(again, a, 9), [a, again]);
        await until(() => a.firstBytes.includes(9), [a, again]);
        await sendUntil(a, again, 2, () => again.firstBytes.includes(2));
        expect(again.firstBytes.includes(1)).toBe(harness.features.keepsUnreadOverRestart);
      });
    });

    describe('events', () => {
      test('come only from inside poll', async () => {
        const [a, b] = [await newUser(), await newUser()];
        send(a, b, 1);
        send(a, a, 2);
        await harness.settle(QUIET_MS);
        expect([a.calls, b.calls]).toEqual([0, 0]);
        await until(() => b.packets.length === 1 && a.packets.length === 1, [a, b]);
      });

      test('a handler that throws ends the poll with it, and loses no other event', async () => {
        const b = await withTwoEvents();
        for (const byte of [1, 2, 3]) send(b, b, byte);
        await harness.settle(QUIET_MS);
        const told: string[] = [];
        const failing = (name: string) => {
          told.push(name);
          throw new Error(name);
        };
        b.onSessionRequest = () => failing('request');
        b.onSessionFailed = () => failing('failure');
        b.onPacket = (_peer, bytes) => failing(String(bytes[0]));
        const thrown: string[] = [];
        await until(() => {
          try {
            b.driver.poll(10);
          } catch (error) {
            thrown.push((error as Error).message);
          }
          return told.length === 5;
        }, []);
        expect(thrown).toEqual(told);
        expect(told.slice(0, 2).sort()).toEqual(['failure', 'request']);
        expect(told.slice(2)).toEqual(['1', '2', '3']);
      });

      test('poll delivers at most so many packets, and says how many', async () => {
        const [a, b] = await pair();
        for (let byte = 0; byte < 10; byte++) send(a, b, byte);
        // A marker that comes last: all are there when it is.
        await until(() => send(b, b, 99, SendType.Unreliable), [a]);
        await harness.settle(QUIET_MS);
        let count = 0;
        let steps = 0;
        while (b.packets.length < 11 && steps++ < MOST_STEPS) {
          const before = b.packets.length;
          const delivered = b.driver.poll(3);
          expect(delivered).toBe(b.packets.length - before);
          expect(delivered).toBeLessThanOrEqual(3);
          count += delivered;
          if (delivered < 3) {
            expect(b.driver.poll(0)).toBe(0);
            await harness.settle(STEP_MS);
          }
        }
        expect(count).toBe(11);
        expect(b.driver.poll(3)).toBe(0);
      });

      emptyPackets('an empty packet is a packet, and jams nothing', async () => {
        const injectEmptyPacket = given(harness.features.injectEmptyPacket);
        const [a, b] = await pair();
        send(a, b, 1);
        await until(() => b.packets.length === 1, [a, b]);
        for (let i = 0; i < 3; i++) await injectEmptyPacket(a.driver, b.driver);
        send(a, b, 2);
        await until(() => b.packets.length === 5, [a, b]);
        expect(b.packets.map(({ bytes }) => bytes.length)).toEqual([1, 0, 0, 0, 1]);
      });

      losingSteam('Steam lost and restored', async () => {
        const loseSteam = given(harness.features.loseSteam);
        const restoreSteam = given(harness.features.restoreSteam);
        const [a, b] = await pair();
        await loseSteam(a.driver);
        await until(() => a.steam.length === 1, [a, b]);
        await restoreSteam(a.driver);
        await until(() => a.steam.length === 2, [a, b]);
        expect(a.steam).toEqual(['lost', 'restored']);
        // Sessions do not come back by themselves; a send makes a new one.
        await until(() => send(a, b, 7), [a, b]);
        await until(() => b.firstBytes.includes(7), [a, b]);
      });
    });

    describe('packets', () => {
      const unreliable = [SendType.Unreliable, SendType.UnreliableNoDelay] as const;
      const reliable = [SendType.Reliable, SendType.ReliableWithBuffering] as const;

      test.each([...unreliable, ...reliable])('send type %i takes 1 byte to its limit, and arrives whole', async (type) => {
        const [a, b] = await pair();
        const { unreliableBytes, reliableBytes } = a.driver.limits;
        const limit = type >= SendType.Reliable ? reliableBytes : unreliableBytes;
        for (const length of [1, limit - 1, limit]) {
          const packet = pattern(length);
          await until(() => a.driver.send(b.id, packet, type, 0), [a, b]);
          await until(() => b.packets.length === 1, [a, b]);
          expect(Buffer.compare(b.packets.pop()?.bytes as Uint8Array, packet)).toBe(0);
        }
        for (const packet of [new Uint8Array(0), new Uint8Array(limit + 1), detached()]) {
          expect(() => a.driver.send(b.id, packet, type, 0)).toThrow(RangeError);
        }
        await harness.settle(QUIET_MS);
        expect(b.driver.poll(10)).toBe(0);
      });

      test.each([['text'], [[1, 2]], [new Uint16Array(4)], [null]])('%j is no packet', async (packet) => {
        const a = await newUser();
        expect(() => a.driver.send(a.id, packet as never, SendType.Reliable, 0)).toThrow(TypeError);
      });

      test('the bytes are copied on send, and the receiver keeps his', async () => {
        const [a, b] = await pair();
        const buffer = new Uint8Array(40);
        for (let byte = 1; byte <= 20; byte++) {
          buffer.fill(byte);
          a.driver.send(b.id, buffer.subarray(4, 4 + byte), SendType.Reliable, 0);
        }
        buffer.fill(0xff);
        await until(() => b.packets.length === 20, [a, b]);
        expect(b.packets.map(({ bytes }) => [...bytes])).toEqual(
          Array.from({ length: 20 }, (_, i) => new Array(i + 1).fill(i + 1)),
        );
      });

      test('reliable packets keep their order and their bounds', async () => {
        const [a, b] = await pair();
        const lengths = Array.from({ length: 300 }, (_, i) => 1 + ((i * 7919) % 3000));
        for (const [i, length] of lengths.entries()) {
          await until(() => a.driver.send(b.id, pattern(length), reliable[i % 2] as SendType, 0), []);
        }
        await until(() => b.packets.length === lengths.length, [a, b]);
        expect(b.packets.map(({ bytes }) => bytes.length)).toEqual(lengths);
      });

      test('a buffered packet goes by itself soon, and at once with a reliable one, in front of it', async () => {
        const [a, b] = await pair();
        send(a, b, 1, SendType.ReliableWithBuffering);
        await until(() => b.packets.length === 1, [a, b]);
        send(a, b, 2, SendType.ReliableWithBuffering);
        send(a, b, 3, SendType.Reliable);
        await until(() => b.packets.length === 3, [a, b]);
        expect(b.firstBytes).toEqual([1, 2, 3]);
      });

      test('more than the queue holds: send says false in time, and nothing that was taken is lost', async () => {
        const [a, b] = await pair();
        const packets = 96;
        for (let i = 0; i < packets; i++) {
          const packet = pattern(65_536);
          packet[0] = i;
          await until(() => a.driver.send(b.id, packet, SendType.Reliable, 0), [a, b]);
        }
        await until(() => b.packets.length === packets, [a, b]);
        expect(b.firstBytes).toEqual(Array.from({ length: packets }, (_, i) => i));
      });

      test('channels below the limit arrive with their number; others throw', async () => {
        const [a, b] = await pair();
        const { channels } = a.driver.limits;
        for (let channel = 0; channel < channels; channel++)
          a.driver.send(b.id, Uint8Array.of(channel), SendType.Reliable, channel);
        await until(() => b.packets.length === channels, [a, b]);
        for (const { bytes, channel } of b.packets) expect(channel).toBe(bytes[0]);
        for (const channel of [-1, 0.5, channels, Number.NaN]) {
          expect(() => a.driver.send(b.id, Uint8Array.of(1), SendType.Reliable, channel)).toThrow(RangeError);
        }
      });

      test('to oneself', async () => {
        const a = await newUser();
        expect(send(a, a, 5)).toBe(true);
        await until(() => a.packets.length === 1, [a]);
        expect(a.packets[0]?.peer).toBe(a.id);
      });

      test('to an id that is no user: false, and no throw', async () => {
        const a = await newUser();
        expect(send(a, 0n, 1)).toBe(false);
      });
    });

    describe('sessions', () => {
      test('the first send makes the request; nothing is readable before accept, and then all that waited', async () => {
        const a = await newUser();
        const b = await newUser({ accepts: false });
        expect(send(a, b, 1)).toBe(true);
        expect(send(a, b, 2)).toBe(true);
        await until(() => b.requests.length === 1, [a, b]);
        await harness.settle(QUIET_MS);
        expect(b.driver.poll(10)).toBe(0);
        b.driver.acceptSession(a.id);
        b.driver.acceptSession(a.id);
        await until(() => b.packets.length === 2, [a, b]);
        expect(b.firstBytes).toEqual([1, 2]);
        expect(b.packets[0]?.peer).toBe(a.id);
        expect(b.requests).toEqual([a.id]);
      });

      test('sending is an implicit accept', async () => {
        const a = await newUser();
        const b = await newUser({ accepts: false });
        send(a, b, 1);
        await until(() => b.requests.length === 1, [a, b]);
        send(b, a, 2);
        await until(() => a.packets.length === 1 && b.packets.length === 1, [a, b]);
        expect(a.requests).toEqual([]);
      });

      test('both may begin at once', async () => {
        const [a, b] = [await newUser({ accepts: false }), await newUser({ accepts: false })];
        send(a, b, 1);
        send(b, a, 2);
        await until(() => a.packets.length === 1 && b.packets.length === 1, [a, b]);
      });

      test('NoDelay without a session is thrown away, with true', async () => {
        const [a, b] = [await newUser(), await newUser()];
        expect(send(a, b, 1, SendType.UnreliableNoDelay)).toBe(true);
        await until(() => b.requests.length === 1, [a, b]);
        await sendUntil(a, b, 2, () => b.packets.length > 0);
        expect(b.firstBytes).not.toContain(1);
      });

      test('denied in silence: the sender hears of it by time-out, and may try again', async () => {
        const a = await newUser();
        const b = await newUser({ accepts: false });
        expect(send(a, b, 1)).toBe(true);
        await until(() => b.requests.length === 1, [a, b]);
        await harness.settle(harness.features.sessionTimeoutMs);
        await until(() => a.failures.length === 1, [a, b]);
        expect(a.failures).toEqual([{ peer: b.id, error: SessionError.Timeout }]);
        expect(b.packets).toEqual([]);
        // The queue was dropped; a later send tries again.
        b.accepts = true;
        b.driver.acceptSession(a.id);
        expect(send(a, b, 2)).toBe(true);
        await until(() => b.packets.length === 1, [a, b]);
        expect(b.firstBytes).toEqual([2]);
      });

      test('a user who is not there: true, and a failure later', async () => {
        const a = await newUser();
        expect(send(a, NOBODY, 1)).toBe(true);
        await harness.settle(harness.features.sessionTimeoutMs);
        await until(() => a.failures.length === 1, [a]);
        expect(a.failures).toEqual([{ peer: NOBODY, error: SessionError.Timeout }]);
        expect(send(a, NOBODY, 1)).toBe(true);
      });

      test('closeSession: the other one is told nothing, and is a stranger again', async () => {
        const [a, b] = await pair();
        if (!harness.features.closeSession) {
          expect(a.driver.closeSession).toBeUndefined();
          return;
        }
        a.accepts = false;
        a.driver.closeSession?.(b.id);
        a.driver.closeSession?.(NOBODY);
        await sendUntil(b, a, 1, () => a.requests.length > 0);
        expect(a.packets).toEqual([]);
        expect(b.failures).toEqual([]);
        send(a, b, 2); // accepts him again
        await until(() => b.firstBytes.includes(2) && a.packets.length > 0, [a, b]);
      });
    });
  });
}

function pattern(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + length) & 0xff;
  return bytes;
}

/** An array whose buffer went elsewhere: its length is 0, and steamworks.js sends it as an empty packet. */
function detached(): Uint8Array {
  const bytes = new Uint8Array(8);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}

function leftOut(_name: string, _test: () => Promise<void>): void {}

function given<T>(feature: T | undefined): T {
  if (feature === undefined) throw new Error('the harness neither has this feature nor says why it is impossible');
  return feature;
}
