import { describe, expect, test } from '@jest/globals';
import { SendType } from '../../src/driver/SteamDriver.ts';
import { type LinkConditions, SimulatedSteam, type SimulatedSteamOptions, type TraceEvent } from '../../src/sim.ts';
import { DriverRecorder } from '../helpers/DriverRecorder.ts';

// What the network does to packets, measured over many of them. Every run is the same run: the seed is in the test.

const PACKETS = 20_000;

interface Arrival {
  readonly number: number;
  readonly delayMs: number;
}

/** Sends numbered packets from one user to another, one each `everyMs`, and returns what arrived, in the order of arrival. */
function measure(conditions: LinkConditions, type: SendType, { seed = 1, bytes = 8, everyMs = 1, packets = PACKETS } = {}) {
  const steam = new SimulatedSteam({ seed });
  const [a, b] = [new DriverRecorder(steam.user()), new DriverRecorder(steam.user())];
  a.driver.send(b.id, new Uint8Array(8), SendType.Reliable, 0);
  b.driver.poll(1);
  b.driver.poll(1);
  steam.setConditions(a.id, b.id, conditions);

  const sentAt: number[] = [];
  const arrivals: Arrival[] = [];
  b.onPacket = (_peer, packet) => {
    const number = new DataView(packet.buffer, packet.byteOffset).getUint32(0);
    arrivals.push({ number, delayMs: steam.now - (sentAt[number] as number) });
  };
  const packet = new Uint8Array(bytes);
  for (let number = 0; number < packets; number++) {
    new DataView(packet.buffer).setUint32(0, number);
    sentAt.push(steam.now);
    if (!a.driver.send(b.id, packet, type, 0)) throw new Error('the queue is full: the test sends too much');
    b.driver.poll(256);
    for (const until = steam.now + everyMs; steam.now < until; b.driver.poll(256)) {
      steam.advance(Math.min(until, steam.nextEventAt ?? until) - steam.now);
    }
  }
  while (steam.nextEventAt !== undefined) {
    steam.advance(steam.nextEventAt - steam.now);
    b.driver.poll(256);
  }
  expect(steam.packetsInFlight).toBe(0);
  return arrivals;
}

const inOrder = Array.from({ length: PACKETS }, (_, number) => number);
const numbers = (arrivals: Arrival[]) => arrivals.map(({ number }) => number);
const overtaken = (arrivals: Arrival[]) =>
  arrivals.filter(({ number }, i) => i > 0 && number < (arrivals[i - 1]?.number as number)).length;

describe('Conditions of a link', () => {
  test('a perfect one delivers at once, in order', () => {
    const arrivals = measure({}, SendType.Unreliable);
    expect(numbers(arrivals)).toEqual(inOrder);
    expect(Math.max(...arrivals.map(({ delayMs }) => delayMs))).toBe(0);
  });

  test('loss: that share of unreliable packets, one by one', () => {
    const arrivals = measure({ loss: 0.05 }, SendType.Unreliable);
    expect(1 - arrivals.length / PACKETS).toBeCloseTo(0.05, 2);
    // Losses in a row are as rare as chance has them: 1 / (1 - 0.05).
    expect(meanGap(arrivals)).toBeCloseTo(1.05, 1);
  });

  test('loss in bursts: the same share, in rows of the mean length', () => {
    const arrivals = measure({ loss: 0.05, lossBurst: 8 }, SendType.Unreliable);
    const loss = 1 - arrivals.length / PACKETS;
    expect(loss).toBeGreaterThan(0.035);
    expect(loss).toBeLessThan(0.065);
    expect(meanGap(arrivals)).toBeGreaterThan(6.5);
    expect(meanGap(arrivals)).toBeLessThan(9.5);
  });

  test.each([SendType.Reliable, SendType.ReliableWithBuffering])(
    'send type %i is late and never lost, doubled or out of order',
    (type) => {
      const poor = { latencyMs: 80, jitterMs: 20, loss: 0.05, reorder: 0.05, duplicate: 0.05 };
      const arrivals = measure(poor, type);
      expect(numbers(arrivals)).toEqual(inOrder);
      expect(Math.max(...arrivals.map(({ delayMs }) => delayMs))).toBeGreaterThan(200);
    },
  );

  test('latency and jitter: evenly spread, order kept', () => {
    const arrivals = measure({ latencyMs: 80, jitterMs: 20 }, SendType.Unreliable, { everyMs: 50 });
    expect(numbers(arrivals)).toEqual(inOrder);
    const delays = arrivals.map(({ delayMs }) => delayMs);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(60 - 1e-6);
    expect(Math.max(...delays)).toBeLessThanOrEqual(100 + 1e-6);
    expect(mean(delays)).toBeCloseTo(80, 0);
    expect(overtaken(measure({ latencyMs: 80, jitterMs: 20 }, SendType.Unreliable))).toBe(0);
  });

  test('reorder: that share is overtaken', () => {
    const arrivals = measure({ latencyMs: 10, reorder: 0.1, reorderMs: 30 }, SendType.Unreliable, { everyMs: 5 });
    expect(arrivals.length).toBe(PACKETS);
    const late = arrivals.filter(({ delayMs }) => delayMs > 30).length;
    expect(late / PACKETS).toBeCloseTo(0.1, 1);
    expect(overtaken(arrivals)).toBeGreaterThan(PACKETS / 20);
  });

  test('duplicate: that share comes twice', () => {
    const arrivals = measure({ duplicate: 0.02 }, SendType.Unreliable);
    expect(arrivals.length / PACKETS - 1).toBeCloseTo(0.02, 2);
    expect(new Set(numbers(arrivals)).size).toBe(PACKETS);
  });

  test('bandwidth: packets wait for the line; what its queue cannot hold is lost, unless reliable', () => {
    // 1000 bytes each 10 ms are 800 kbit/s; the line carries half.
    const line = { bandwidthBitsPerSecond: 400_000, bandwidthQueueBytes: 10_000 };
    const options = { bytes: 1_000, everyMs: 10, packets: 1_000 };
    const arrivals = measure(line, SendType.Unreliable, options);
    expect(arrivals.length / 1_000).toBeCloseTo(0.5, 1);
    expect(arrivals[0]?.delayMs).toBe(20);
    expect(Math.max(...arrivals.map(({ delayMs }) => delayMs))).toBeLessThanOrEqual(240);
    expect(measure(line, SendType.Reliable, options).length).toBe(1_000);
  });

  test('a poor one still carries a reliable flood: one queue of 1 MiB each round trip or two', () => {
    const steam = new SimulatedSteam({ conditions: { latencyMs: 80, jitterMs: 20, loss: 0.05 } });
    const [a, b] = [new DriverRecorder(steam.user()), new DriverRecorder(steam.user())];
    const packet = new Uint8Array(1_200);
    for (let left = 4_000; left > 0 || b.packets.length < 4_000; ) {
      while (left > 0 && a.driver.send(b.id, packet, SendType.Reliable, 0)) left--;
      steam.advance(5);
      for (const { driver } of [a, b]) while (driver.poll(256) === 256);
      expect(steam.now).toBeLessThan(10_000);
    }
  });

  test('a packet is its receiver’s own: he takes its memory away, and its duplicate is whole', () => {
    const steam = new SimulatedSteam({ seed: 1 });
    const [a, b] = [new DriverRecorder(steam.user()), new DriverRecorder(steam.user())];
    a.driver.send(b.id, Uint8Array.of(1), SendType.Reliable, 0);
    b.driver.poll(1);
    b.driver.poll(1);
    steam.setConditions({ duplicate: 1 });
    const lengths: number[] = [];
    b.onPacket = (_peer, packet) => {
      lengths.push(packet.length);
      (packet.buffer as ArrayBuffer).transfer(0);
    };
    a.driver.send(b.id, new Uint8Array(1_000), SendType.Unreliable, 0);
    steam.advance(100);
    b.driver.poll(10);
    expect(lengths).toEqual([1_000, 1_000]);
  });

  test('one direction at a time, and changed while it runs', () => {
    const steam = new SimulatedSteam({ conditions: { latencyMs: 10 } });
    const [a, b] = [new DriverRecorder(steam.user()), new DriverRecorder(steam.user())];
    const settle = () => {
      for (let i = 0; i < 200; i++) {
        steam.advance(1);
        for (const { driver } of [a, b]) driver.poll(10);
      }
    };
    a.driver.send(b.id, Uint8Array.of(1), SendType.Reliable, 0);
    settle();
    steam.setConditions(a.id, b.id, { loss: 1 });
    a.driver.send(b.id, Uint8Array.of(2), SendType.Unreliable, 0);
    b.driver.send(a.id, Uint8Array.of(3), SendType.Unreliable, 0);
    settle();
    expect([a.firstBytes, b.firstBytes]).toEqual([[3], [1]]);
    steam.setConditions({});
    a.driver.send(b.id, Uint8Array.of(4), SendType.Unreliable, 0);
    b.driver.poll(1);
    expect(b.firstBytes).toEqual([1, 4]);
  });
});

describe('A simulation', () => {
  /** Five users who send each other all kinds of packets on a bad network, with a cable pulled and a process killed. */
  function run(options: SimulatedSteamOptions): TraceEvent[] {
    const trace: TraceEvent[] = [];
    const steam = new SimulatedSteam({
      conditions: { latencyMs: 40, jitterMs: 15, loss: 0.1, lossBurst: 2, reorder: 0.1, duplicate: 0.05 },
      ...options,
    });
    steam.onTrace = (event) => trace.push(event);
    const users = Array.from({ length: 5 }, () => new DriverRecorder(steam.user()));
    for (let turn = 0; turn < 400; turn++) {
      const [from, to] = [users[turn % 5], users[(turn * 3 + 1) % 5]] as [DriverRecorder, DriverRecorder];
      from.driver.send(to.id, new Uint8Array(1 + (turn % 900)), (turn % 4) as SendType, turn % 8);
      steam.advance(7);
      for (const { driver } of users) driver.poll(16);
      if (turn === 100) steam.unplug((users[1] as DriverRecorder).driver);
      if (turn === 200) steam.plug((users[1] as DriverRecorder).driver);
      if (turn === 300) steam.kill((users[2] as DriverRecorder).driver);
    }
    steam.advance(60_000);
    expect(steam.nextEventAt).toBeUndefined();
    expect(steam.packetsInFlight).toBe(0);
    return trace;
  }

  test('is the same with the same seed, and another with another', () => {
    const first = run({ seed: 42 });
    expect(first.length).toBeGreaterThan(500);
    expect(run({ seed: 42 })).toEqual(first);
    expect(run({ seed: 43 })).not.toEqual(first);
  });

  test('on a clock of somebody else does what is due when it is polled', () => {
    let now = 1_000;
    const steam = new SimulatedSteam({ clock: () => now, conditions: { latencyMs: 50 } });
    const [a, b] = [new DriverRecorder(steam.user()), new DriverRecorder(steam.user())];
    a.driver.send(b.id, Uint8Array.of(1), SendType.Reliable, 0);
    for (const at of [1_050, 1_100, 1_149]) {
      now = at;
      b.driver.poll(1);
    }
    expect([b.requests.length, b.packets.length]).toEqual([1, 0]);
    now = 1_150;
    b.driver.poll(1);
    expect(b.packets.length).toBe(1);
    expect(() => steam.advance(1)).toThrow("clock: 'virtual'");
  });

  test('that is closed leaves nothing', () => {
    const steam = new SimulatedSteam({ conditions: { latencyMs: 50 } });
    const [a, b] = [new DriverRecorder(steam.user()), new DriverRecorder(steam.user())];
    a.driver.send(b.id, Uint8Array.of(1), SendType.Reliable, 0);
    steam.close();
    expect([steam.nextEventAt, steam.packetsInFlight, a.driver.poll(1)]).toEqual([undefined, 0, 0]);
    expect(a.driver.send(b.id, Uint8Array.of(1), SendType.Reliable, 0)).toBe(false);
  });

  test('names what is wrong with its options', () => {
    const steam = new SimulatedSteam();
    expect(() => new SimulatedSteam({ queueLimitBytes: 0 })).toThrow(
      new RangeError('queueLimitBytes is 0, but must be a number at least 1'),
    );
    expect(() => new SimulatedSteam({ conditions: { loss: 1.5 } })).toThrow('loss is 1.5, but must be a number from 0 to 1');
    expect(() => new SimulatedSteam({ latency: 5 } as SimulatedSteamOptions)).toThrow("no field 'latency'");
    expect(() => new SimulatedSteam({ clock: 'fast' as 'real' })).toThrow('clock is fast');
    expect(() => steam.setConditions({ lossPercent: 5 } as LinkConditions)).toThrow("no field 'lossPercent'");
    expect(() => steam.setConditions({ latencyMs: Number.NaN })).toThrow('latencyMs is NaN');
    expect(() => steam.user({ steamId: 5n })).toThrow('steamId 5n');
    expect(() => steam.user({ steamId: 5 as unknown as bigint })).toThrow('steamId is 5 (number)');
    expect(() => steam.advance(-1)).toThrow('ms is -1');
    expect(() => steam.unplug(0n)).toThrow('steamId 0n');
  });
});

/** Mean number of packets lost in a row, where any were. */
function meanGap(arrivals: Arrival[]): number {
  const gaps = arrivals.map(({ number }, i) => number - (arrivals[i - 1]?.number ?? -1) - 1).filter((gap) => gap > 0);
  return mean(gaps);
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
