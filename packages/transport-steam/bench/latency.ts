import { setTimeout as sleep } from 'node:timers/promises';
import { Endpoint } from '../src/connection/Endpoint.ts';
import { SendType } from '../src/driver/SteamDriver.ts';
import { initSteamworks, SteamworksDriver } from '../src/steamworks.ts';
import { nativeProblem } from '../test/native/double.ts';
import type { Benchmark } from './Benchmark.ts';
import { median, percentile } from './statistics.ts';
import { withUsers } from './withUsers.ts';

const MESSAGE_BYTES = 64;
const HIGHEST_MEDIAN_MS = 3;

interface Pattern {
  readonly name: string;
  /** From one message to the next; 0: it goes when the last came back. */
  readonly everyMs: number;
  /** Messages in each round. */
  readonly count: number;
}

const PING_PONG: Pattern = { name: 'ping-pong', everyMs: 0, count: 400 };
const STREAM: Pattern = { name: 'one every 50 ms', everyMs: 50, count: 40 };
/** Each comes when the connection has gone over to polling slowly. */
const SILENCE: Pattern = { name: 'one every 1.5 s', everyMs: 1_500, count: 3 };
/** Of every pattern, for all who are compared: what disturbs one for a while disturbs the others as well. */
const ROUNDS = 3;

/** When a bare loop looks for packets again. */
type Pause = 'setImmediate' | '1 ms';

export const benchmark: Benchmark = {
  title: `${MESSAGE_BYTES} B there and back, reliable, two processes: connections at default polling beside bare addon calls; ms`,
  goal: `under ${HIGHEST_MEDIAN_MS} ms`,
  problem: nativeProblem,
  run: () =>
    withUsers(async ({ start }) => {
      const [host, player] = [start(import.meta.url), start(import.meta.url)];
      const [hostId, playerId] = await Promise.all([host.call(logIn), player.call(logIn)]);
      const bare = (pause: Pause) => async (pattern: Pattern) => {
        await host.call(echoBare, playerId, pause);
        const samples = await player.call(measureBare, hostId, pause, pattern);
        await host.call(stop);
        return samples;
      };
      const ours = async (pattern: Pattern) => {
        await host.call(echo);
        const samples = await player.call(measure, hostId, pattern);
        await host.call(stop);
        return samples;
      };
      // Ours come first: they have Steam open the session, in which the bare calls then find themselves.
      const sides = { connection: ours, 'bare calls, 1 ms': bare('1 ms'), 'bare calls, setImmediate': bare('setImmediate') };
      const pingPong = await compare(PING_PONG, sides);
      const stream = await compare(STREAM, sides);
      const silence = await compare(SILENCE, { connection: ours });
      const highest = Math.max(median(pingPong.connection), median(stream.connection));
      return {
        rows: [...rowsOf(PING_PONG, pingPong), ...rowsOf(STREAM, stream), ...rowsOf(SILENCE, silence)],
        result: `highest median of a connection, before the silence: ${highest.toFixed(2)} ms`,
        isGoalReached: highest < HIGHEST_MEDIAN_MS,
      };
    }),
};

type Sides<Name extends string, Value> = Readonly<Record<Name, Value>>;

/** The round trips of all, one after the other, again and again. Unit: ms. */
async function compare<Name extends string>(
  pattern: Pattern,
  sides: Sides<Name, (pattern: Pattern) => Promise<number[]>>,
): Promise<Sides<Name, number[]>> {
  const names = Object.keys(sides) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, []])) as unknown as Sides<Name, number[]>;
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of names) samples[name].push(...(await sides[name](pattern)));
  }
  return samples;
}

function rowsOf(pattern: Pattern, samples: Sides<string, number[]>): Record<string, string>[] {
  return Object.entries(samples).map(([name, values]) => ({
    pattern: pattern.name,
    side: name,
    n: String(values.length),
    median: median(values).toFixed(2),
    p99: percentile(values, 0.99).toFixed(2),
  }));
}

// What follows runs in the two processes.

let driver: SteamworksDriver;
/** Ends what {@link echo} or {@link echoBare} began. */
let stopEcho = (): void | Promise<void> => {};

export function logIn(): bigint {
  driver = new SteamworksDriver(initSteamworks(480));
  return driver.steamId;
}

export async function stop(): Promise<void> {
  await stopEcho();
}

export function echo(): void {
  const endpoint = Endpoint.of(driver);
  const stopServing = endpoint.serve({
    onSessionRequest: () => true,
    onConnection: (connection) => ({ onMessage: (bytes) => connection.send(bytes), onClose: () => {} }),
    onRequest: () => Promise.reject(new Error('nobody asks')),
  });
  endpoint.acquire();
  stopEcho = () => {
    stopServing();
    return letGo(endpoint);
  };
}

export async function measure(host: bigint, pattern: Pattern): Promise<number[]> {
  const endpoint = Endpoint.of(driver);
  endpoint.acquire();
  const link = new Link((message) => connection.send(message));
  const isOpen = Promise.withResolvers<void>();
  const connection = endpoint.connect(host, '/', {
    onOpen: () => isOpen.resolve(),
    onMessage: () => link.receive(),
    onClose: (code, reason, error) => isOpen.reject(error ?? new Error(`closed: ${code} ${reason}`)),
  });
  await isOpen.promise;
  const samples = await link.roundTrips(pattern);
  await letGo(endpoint);
  return samples;
}

/** Until nothing of the endpoint's reads packets any more that are for the bare calls. */
function letGo(endpoint: Endpoint): Promise<void> {
  endpoint.release();
  return endpoint.drained();
}

export function echoBare(player: bigint, pause: Pause): void {
  const { networking } = initSteamworks(480);
  stopEcho = drainAlways(pause, (data) => networking.sendP2PPacket(player, SendType.Reliable, data));
}

export async function measureBare(host: bigint, pause: Pause, pattern: Pattern): Promise<number[]> {
  const { networking } = initSteamworks(480);
  const link = new Link((message) => networking.sendP2PPacket(host, SendType.Reliable, message));
  const stopDraining = drainAlways(pause, () => link.receive());
  const samples = await link.roundTrips(pattern);
  stopDraining();
  return samples;
}

/** The bare loop: reads all there is, again and again, until the function that it returns is called. */
function drainAlways(pause: Pause, onPacket: (data: Uint8Array) => void): () => void {
  const { networking } = initSteamworks(480);
  const drain = (): void => {
    for (let size = networking.isP2PPacketAvailable(); size > 0; size = networking.isP2PPacketAvailable()) {
      const { data } = networking.readP2PPacket(size);
      // Else it is the goodbye of a connection that was measured before.
      if (data.length === MESSAGE_BYTES) onPacket(data);
    }
  };
  if (pause === '1 ms') {
    const timer = setInterval(drain, 1);
    return () => clearInterval(timer);
  }
  const run = (): void => {
    drain();
    immediate = setImmediate(run);
  };
  let immediate = setImmediate(run);
  return () => clearImmediate(immediate);
}

/** Sends a message, waits for it to come back, and takes the time. */
class Link {
  readonly #send: (message: Uint8Array) => void;
  #onEcho = (): void => {};

  constructor(send: (message: Uint8Array) => void) {
    this.#send = send;
  }

  receive(): void {
    this.#onEcho();
  }

  async roundTrips({ everyMs, count }: Pattern): Promise<number[]> {
    const message = new Uint8Array(MESSAGE_BYTES);
    const samples: number[] = [];
    // The first may wait for an end that has not looked for packets for long: it does not count.
    for (let i = 0; i <= count; i++) {
      const sentAt = performance.now();
      const tookMs = await new Promise<number>((resolve) => {
        this.#onEcho = () => resolve(performance.now() - sentAt);
        this.#send(message);
      });
      if (i > 0) samples.push(tookMs);
      if (everyMs > 0) await sleep(Math.max(1, everyMs - tookMs));
    }
    return samples;
  }
}
