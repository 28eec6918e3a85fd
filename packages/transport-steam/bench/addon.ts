import { setImmediate as turn } from 'node:timers/promises';
import { SendType, type SteamDriver } from '../src/driver/SteamDriver.ts';
import type { SteamworksClient } from '../src/driver/steamworksClient.ts';
import { initSteamworks, SteamworksDriver } from '../src/steamworks.ts';
import { nativeProblem } from '../test/native/double.ts';
import type { Benchmark } from './Benchmark.ts';
import { median } from './statistics.ts';
import { withUsers } from './withUsers.ts';

const SIZES = [32, 200, 1200];
/** Packets between two turns of the event loop, which release what was read: what one poll of the library reads at most. */
const BATCH = 256;
/** Batches in a row of one side, before it is the other's turn. */
const BATCHES = 4;
const ROUNDS = 300;
const WARM_UP_ROUNDS = 60;

const HIGHEST_RATIO = 1.25;

export const benchmark: Benchmark = {
  title: 'SteamworksDriver beside the same addon calls in a bare loop, one process, packets to oneself; ns per packet',
  goal: `at most ${HIGHEST_RATIO}`,
  problem: nativeProblem,
  run: async () => {
    const measured = await withUsers((users) => users.start(import.meta.url).call(measure));
    const highest = Math.max(...measured.map(({ ratio }) => ratio));
    return {
      rows: measured.map(({ size, bareNs, oursNs, ratio }) => ({
        'packet size': `${size} B`,
        'bare calls': bareNs.toFixed(0),
        driver: oursNs.toFixed(0),
        ratio: ratio.toFixed(2),
      })),
      result: `highest ratio ${highest.toFixed(2)}`,
      isGoalReached: highest <= HIGHEST_RATIO,
    };
  },
};

interface Measured {
  readonly size: number;
  readonly bareNs: number;
  readonly oursNs: number;
  /** The median of the rounds' own ratios: what disturbs one round disturbs both of its sides. */
  readonly ratio: number;
}

/** Sends a batch to ourselves and reads until nothing is left. Returns the bytes that came. */
type Exchange = (packet: Uint8Array) => number;

export async function measure(): Promise<Measured[]> {
  const client = initSteamworks(480);
  const bare = bareLoop(client);
  const ours = driverLoop(new SteamworksDriver(client));
  const measured: Measured[] = [];
  for (const size of SIZES) {
    const packet = Buffer.alloc(size, 7);
    const rounds: { bareNs: number; oursNs: number }[] = [];
    for (let i = -WARM_UP_ROUNDS; i < ROUNDS; i++) {
      // Who comes first inherits the garbage of the other: they take turns.
      const bareFirst = i % 2 === 0;
      const first = await time(bareFirst ? bare : ours, packet);
      const second = await time(bareFirst ? ours : bare, packet);
      if (i >= 0) rounds.push(bareFirst ? { bareNs: first, oursNs: second } : { bareNs: second, oursNs: first });
    }
    measured.push({
      size,
      bareNs: median(rounds.map(({ bareNs }) => bareNs)),
      oursNs: median(rounds.map(({ oursNs }) => oursNs)),
      ratio: median(rounds.map(({ bareNs, oursNs }) => oursNs / bareNs)),
    });
  }
  return measured;
}

/** ns per packet, the turns of the event loop included. */
async function time(exchange: Exchange, packet: Uint8Array): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < BATCHES; i++) {
    const bytes = exchange(packet);
    if (bytes !== BATCH * packet.length) throw new Error(`${bytes} bytes came back, not ${BATCH * packet.length}`);
    await turn();
  }
  return ((performance.now() - start) * 1e6) / (BATCH * BATCHES);
}

/** No more than every use of the addon must do: look who it is from, and take all that there is. */
function bareLoop({ networking, localplayer }: SteamworksClient): Exchange {
  const self = localplayer.getSteamId().steamId64;
  return (packet) => {
    for (let i = 0; i < BATCH; i++) networking.sendP2PPacket(self, SendType.Reliable, packet);
    let bytes = 0;
    for (;;) {
      const available = networking.isP2PPacketAvailable();
      if (available === 0) return bytes;
      const { data, steamId } = networking.readP2PPacket(available);
      if (steamId.steamId64 === self) bytes += data.length;
    }
  };
}

function driverLoop(driver: SteamDriver): Exchange {
  const self = driver.steamId;
  let bytes = 0;
  driver.start({
    onSessionRequest: () => {},
    onSessionFailed: () => {},
    onPacket: (peer, packet) => {
      if (peer === self) bytes += packet.length;
    },
    onSteamLost: () => {},
    onSteamRestored: () => {},
  });
  return (packet) => {
    for (let i = 0; i < BATCH; i++) driver.send(self, packet, SendType.Reliable, 0);
    bytes = 0;
    while (driver.poll(BATCH) === BATCH);
    return bytes;
  };
}
