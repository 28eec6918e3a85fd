import { expect, test } from '@jest/globals';
import { SendType } from '../../src/driver/SteamDriver.ts';
import { Random } from '../../src/sim/Random.ts';
import { SimulatedSteam } from '../../src/sim.ts';
import { DriverRecorder } from '../helpers/DriverRecorder.ts';

const SCHEDULES = 500;

/**
 * What a library on top may rely on: reliable packets from one process to another come in order and once, and all of them, unless
 * Steam said that the session failed or one of the processes ended.
 */
test(`reliable packets, over ${SCHEDULES} random schedules of sends, bad networks, cables, time-outs and restarts`, () => {
  let delivered = 0;
  let failures = 0;
  for (let seed = 1; seed <= SCHEDULES; seed++) {
    const outcome = runSchedule(seed);
    delivered += outcome.delivered;
    failures += outcome.failures;
  }
  // The schedules do what they are for.
  expect(delivered).toBeGreaterThan(SCHEDULES * 20);
  expect(failures).toBeGreaterThan(SCHEDULES / 20);
});

function runSchedule(seed: number): { delivered: number; failures: number } {
  const random = new Random(seed);
  const pick = (count: number) => Math.floor(random.next() * count);
  const steam = new SimulatedSteam({ seed, repeatFailures: true, queueLimitBytes: 20_000 });
  const users = [new DriverRecorder(steam.user()), new DriverRecorder(steam.user()), new DriverRecorder(steam.user())];
  const processes = [...users];
  /** Numbers sent from one process to a user, and taken. */
  const sent = new Map<DriverRecorder, Map<bigint, number[]>>();
  let restarted = false;
  let number = 1;
  const polled = () => {
    for (const { driver } of users) while (driver.poll(64) === 64);
  };

  for (let step = 0; step < 120; step++) {
    const from = users[pick(3)] as DriverRecorder;
    const to = users[pick(3)] as DriverRecorder;
    const action = random.next();
    if (action < 0.7) {
      const packet = new Uint8Array(4 + pick(4_000));
      new DataView(packet.buffer).setUint32(0, number);
      const type = random.chance(0.5) ? SendType.Reliable : SendType.ReliableWithBuffering;
      if (from.driver.send(to.id, packet, type, pick(8))) {
        const byPeer = sent.get(from) ?? new Map<bigint, number[]>();
        sent.set(from, byPeer.set(to.id, [...(byPeer.get(to.id) ?? []), number]));
      }
      number++;
    } else if (action < 0.8) {
      steam.setConditions({ latencyMs: pick(100), jitterMs: pick(30), loss: random.next() * 0.4, lossBurst: 1 + pick(4) });
    } else if (action < 0.85) {
      steam.unplug(from.id);
    } else if (action < 0.92) {
      steam.plug(from.id);
    } else if (action < 0.94) {
      steam.advance(21_000);
    } else if (action < 0.95) {
      restarted = true;
      steam.kill(from.id);
      const next = new DriverRecorder(steam.user({ steamId: from.id }));
      users[users.indexOf(from)] = next;
      processes.push(next);
    }
    steam.advance(pick(60));
    polled();
  }
  for (const { id } of users) steam.plug(id);
  steam.setConditions({ latencyMs: 20 });
  for (let i = 0; i < 600; i++) {
    steam.advance(100);
    polled();
  }

  const context = `seed ${seed}`;
  expect([context, steam.nextEventAt, steam.packetsInFlight]).toEqual([context, undefined, 0]);
  let delivered = 0;
  let failures = 0;
  for (const receiver of processes) {
    for (const [sender, byPeer] of sent) {
      const taken = byPeer.get(receiver.id) ?? [];
      const read = receiver.packets
        .filter(({ peer }) => peer === sender.id)
        .map(({ bytes }) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(0))
        .filter((value) => taken.includes(value));
      delivered += read.length;
      const inOrderOnce = read.every((value, i) => i === 0 || value > (read[i - 1] as number));
      expect([context, inOrderOnce]).toEqual([context, true]);
      const failed = sender.failures.some(({ peer }) => peer === receiver.id);
      if (failed) failures++;
      else if (!restarted) expect([context, read]).toEqual([context, taken]);
    }
  }
  return { delivered, failures };
}
