import { RELIABLE_BYTES, SendType, type SteamDriver, UNRELIABLE_BYTES } from '../../src/driver/SteamDriver.ts';
import { STEAM_ID_BASE } from '../../src/driver/steamId.ts';
import type { SimulatedSteamOptions } from '../../src/sim.ts';
import { DriverRecorder } from '../helpers/DriverRecorder.ts';
import type { DriverFeatures, DriverHarness } from './testDriver.ts';

// What the drivers do, side by side, where testDriver.ts says what they must do. Nothing is asserted here: each behaviour is played
// and put into words, which another file compares.

/** A Steam with some implementation of the driver. Nothing is said of it in advance, but for what it can be made to do. */
export interface ObservedSteam
  extends Pick<DriverHarness, 'user' | 'settle' | 'close'>,
    Pick<DriverFeatures, 'injectEmptyPacket'>,
    Required<Pick<DriverFeatures, 'loseSteam' | 'restoreSteam'>> {
  /** The time of this Steam. Unit: ms. */
  now(): number;
}

/** What was seen: the same words whenever it is the same behaviour. Durations are in them as bounds only. */
export type Behaviour = (scene: Scene) => Promise<string>;

/** By a name that fits a table. */
type Behaviours = Readonly<Record<string, Behaviour>>;

/** Sooner than Steam does it, since some have the real clock. Unit: ms. */
const REQUEST_REPEAT_MS = 250;
const SESSION_TIMEOUT_MS = 1_000;

/** Nothing that Steam gives up here: a session has the time that it needs, on however busy a machine. */
const living: Behaviours = {
  // Sessions.

  'a stranger sends one packet': async (scene) => {
    const [a, b] = [await scene.user(), await scene.user({ accepts: false })];
    send(a, b, 1);
    await scene.until(() => b.requests.length > 0, a, b);
    await scene.pass(3 * REQUEST_REPEAT_MS, a, b);
    return `${b.requests.length} request, ${b.packets.length} packets to read`;
  },

  'a stranger goes on sending': async (scene) => {
    const [a, b] = [await scene.user(), await scene.user({ accepts: false })];
    const again = await scene.happens(() => send(a, b, 1) && b.requests.length > 1, PATIENCE_MS, a, b);
    return again ? 'the request is told again' : 'the request is told once';
  },

  'a request before `start`': async (scene) => {
    const [a, driver] = [await scene.user(), await scene.driver()];
    send(a, driver.steamId, 1);
    await scene.pass(QUIET_MS, a);
    const b = new DriverRecorder(driver);
    return (await scene.happens(() => b.requests.length > 0, SOON_MS, a, b)) ? 'told after it' : 'not told';
  },

  'a request between `close` and `start`': async (scene) => {
    const [a, first] = [await scene.user(), await scene.user()];
    first.driver.close();
    send(a, first, 1);
    await scene.pass(QUIET_MS, a);
    const b = new DriverRecorder(first.driver, { accepts: false });
    const told = await scene.happens(() => b.requests.length > 0, SOON_MS, a, b);
    if (told) return 'told after it';
    const again = await scene.happens(() => send(a, b, 2) && b.requests.length > 0, PATIENCE_MS, a, b);
    return again ? 'not told until he sends again' : 'not told';
  },

  '`acceptSession`, twice': async (scene) => {
    const [a, b] = [await scene.user(), await scene.user({ accepts: false })];
    for (const byte of [1, 2, 3]) send(a, b, byte);
    await scene.until(() => b.requests.length > 0, a, b);
    b.driver.acceptSession(a.id);
    b.driver.acceptSession(a.id);
    await scene.until(() => b.packets.length >= 3, a, b);
    await scene.pass(QUIET_MS, a, b);
    return `all that waited arrives: ${b.firstBytes}`;
  },

  '`acceptSession` before any request': async (scene) => {
    const [a, b] = [await scene.user(), await scene.user({ accepts: false })];
    b.driver.acceptSession(a.id);
    await scene.pass(QUIET_MS, a, b);
    send(a, b, 1);
    await scene.until(() => b.requests.length + b.packets.length > 0, a, b);
    return b.requests.length > 0 ? 'counts for nothing: the request is told' : 'counts: the packet arrives';
  },

  'a send instead of `acceptSession`': async (scene) => {
    const [a, b] = [await scene.user({ accepts: false }), await scene.user({ accepts: false })];
    send(a, b, 1);
    await scene.until(() => b.requests.length > 0, a, b);
    send(b, a, 2);
    await scene.until(() => a.packets.length + b.packets.length === 2, a, b);
    return `accepts: both packets arrive, ${a.requests.length} requests for who sent first`;
  },

  'both send first': async (scene) => {
    const [a, b] = [await scene.user({ accepts: false }), await scene.user({ accepts: false })];
    send(a, b, 1);
    send(b, a, 2);
    const all = await scene.happens(() => a.packets.length + b.packets.length === 2, SOON_MS, a, b);
    return all ? 'both packets arrive' : 'nothing arrives';
  },

  '`closeSession`': async (scene) => {
    const [a, b] = await scene.pair();
    if (a.driver.closeSession === undefined) return 'absent';
    a.accepts = false;
    a.driver.closeSession(b.id);
    await scene.pass(QUIET_MS, a, b);
    const told = b.calls > 0;
    await scene.until(() => send(b, a, 1) && a.requests.length > 0, a, b);
    return `the other one is ${told ? 'told' : 'not told'}; his next packet is ${a.packets.length > 0 ? 'read' : 'a request'}`;
  },

  // Sending.

  'size of Unreliable': (scene) => limitOf(scene, SendType.Unreliable, UNRELIABLE_BYTES),
  'size of UnreliableNoDelay': (scene) => limitOf(scene, SendType.UnreliableNoDelay, UNRELIABLE_BYTES),
  'size of Reliable': (scene) => limitOf(scene, SendType.Reliable, RELIABLE_BYTES),
  'size of ReliableWithBuffering': (scene) => limitOf(scene, SendType.ReliableWithBuffering, RELIABLE_BYTES),

  'send types and channels that are none': async (scene) => {
    const a = await scene.user();
    const { channels } = a.driver.limits;
    const outcomes = [
      ...[-1, 4, 0.5].map((type) => outcome(() => send(a, NOBODY, 1, type as SendType))),
      ...[-1, channels, 0.5, Number.NaN].map((channel) =>
        outcome(() => a.driver.send(NOBODY, Uint8Array.of(1), SendType.Reliable, channel)),
      ),
    ];
    return [...new Set(outcomes)].join(', ');
  },

  'ids that are none': async (scene) => {
    const a = await scene.user();
    // 0, a small one, a group, a person with a sign or with more than 64 bits: the last two would be a person for a binding.
    const ids = [0n, 5n, 103582791429521412n, -NOBODY, NOBODY + (1n << 64n)];
    const sends = ids.map((id) => outcome(() => send(a, id, 1)));
    const accepts = ids.map((id) => outcome(() => a.driver.acceptSession(id)));
    const threw = accepts.some((accept) => accept !== 'undefined');
    return `\`send\`: ${[...new Set(sends)].join(', ')}; \`acceptSession\` ${threw ? 'throws' : 'does not throw'}`;
  },

  '`send` before `start`, after `close`': async (scene) => {
    const [driver, b] = [await scene.driver(), await scene.user()];
    const send = (byte: number) => driver.send(b.id, Uint8Array.of(byte), SendType.Reliable, 0);
    const before = send(1);
    await scene.until(() => b.packets.length > 0, b);
    driver.close();
    const after = send(2);
    await scene.pass(QUIET_MS, b);
    return `${before} before, arrives; ${after} after, ${b.firstBytes.includes(2) ? 'arrives' : 'does not arrive'}`;
  },

  'sent in the turn of `close`': async (scene) => {
    const [a, b] = await scene.pair();
    for (const byte of [1, 2]) send(a, b, byte);
    send(a, b, 3, SendType.ReliableWithBuffering);
    a.driver.close();
    const all = await scene.happens(() => b.packets.length === 3, SOON_MS, b);
    return all ? 'arrives, what is buffered too' : `arrives: ${b.firstBytes} of 1,2,3`;
  },

  'Unreliable before the session is open': (scene) => beforeOpen(scene, SendType.Unreliable),
  'UnreliableNoDelay before the session is open': (scene) => beforeOpen(scene, SendType.UnreliableNoDelay),

  'order of reliable packets': async (scene) => {
    const [a, b] = await scene.pair();
    const lengths = Array.from({ length: 100 }, (_, i) => 1 + ((i * 7919) % 3000));
    for (const [i, length] of lengths.entries()) {
      const type = i % 3 === 0 ? SendType.ReliableWithBuffering : SendType.Reliable;
      a.driver.send(b.id, new Uint8Array(length), type, 0);
    }
    await scene.until(() => b.packets.length === lengths.length, a, b);
    const inOrder = b.packets.every(({ bytes }, i) => bytes.length === lengths[i]);
    return inOrder ? 'kept, both types in one stream' : 'not kept';
  },

  'ReliableWithBuffering, then Reliable': async (scene) => {
    const [a, b] = await scene.pair();
    send(a, b, 1, SendType.ReliableWithBuffering);
    send(a, b, 2);
    await scene.until(() => b.firstBytes.includes(2), a, b);
    return b.firstBytes.join() === '1,2' ? 'the buffered one is flushed, and first' : `${b.firstBytes}`;
  },

  'ReliableWithBuffering alone': async (scene) => {
    const [a, b] = await scene.pair();
    const sentAt = scene.now();
    send(a, b, 1, SendType.ReliableWithBuffering);
    await scene.until(() => b.packets.length > 0, a, b);
    return `arrives by itself, within ${NAGLE_BOUND_MS} ms: ${scene.now() - sentAt < NAGLE_BOUND_MS ? 'yes' : 'no'}`;
  },

  'a full queue': async (scene) => {
    const [a, b] = [await scene.user(), await scene.user({ accepts: false })];
    const block = (byte: number) => a.driver.send(b.id, new Uint8Array(65_536).fill(byte), SendType.Reliable, 0);
    let taken = 0;
    while (taken < 256 && block(taken)) taken++;
    await scene.until(() => b.requests.length > 0, a, b);
    b.driver.acceptSession(a.id);
    await scene.until(() => block(taken), a, b);
    await scene.until(() => b.packets.length === taken + 1, a, b);
    const whole = b.firstBytes.every((byte, i) => byte === i);
    return `false after ${taken * 64} KiB, true again when read; ${whole ? 'nothing is lost' : 'something is lost'}`;
  },

  'to oneself': async (scene) => {
    const a = await scene.user({ accepts: false });
    const taken = send(a, a, 1);
    await scene.until(() => a.packets.length > 0, a);
    return `${taken}, arrives, ${a.requests.length} requests`;
  },

  'to oneself, polled in the same turn': async (scene) => {
    const a = await scene.user();
    send(a, a, 1);
    a.driver.poll(1);
    return a.packets.length > 0 ? 'is there' : 'is not there yet';
  },

  // Receiving.

  'unread at `close`, and sent before the next `start`': async (scene) => {
    const [a, first] = await scene.pair();
    send(a, first, 1);
    await scene.pass(QUIET_MS, a);
    first.driver.close();
    send(a, first, 2);
    await scene.pass(QUIET_MS, a);
    const b = new DriverRecorder(first.driver);
    // The one that shows that the others would have come.
    await scene.until(() => send(a, b, 3) && b.firstBytes.includes(3), a, b);
    return ['unread', 'sent'].map((what, i) => `${what}: ${b.firstBytes.includes(i + 1) ? 'is read' : 'gone'}`).join(', ');
  },

  'an empty packet of a peer': async (scene) => {
    if (scene.steam.injectEmptyPacket === undefined) return 'cannot be sent';
    const [a, b] = await scene.pair();
    await scene.steam.injectEmptyPacket(a.driver, b.driver);
    send(a, b, 1);
    await scene.until(() => b.firstBytes.includes(1), a, b);
    const lengths = b.packets.map(({ bytes }) => bytes.length).join();
    return lengths === '0,1' ? 'told as any other, the next one behind it' : `packets of ${lengths} bytes`;
  },

  'a packet that was read': async (scene) => {
    const [a, b] = await scene.pair();
    for (const type of Object.values(SendType)) {
      for (let byte = 1; byte <= 5; byte++) a.driver.send(b.id, new Uint8Array(1_000).fill(byte), type, 0);
    }
    const before: string[] = [];
    b.onPacket = (peer, bytes, channel) => {
      before.push(bytes.join());
      b.packets.push({ peer, bytes, channel });
    };
    await scene.until(() => b.packets.length === 20, a, b);
    const classes = new Set(b.packets.map(({ bytes }) => bytes.constructor.name));
    const same = b.packets.every(({ bytes }, i) => bytes.join() === before[i]);
    return `${[...classes]}, ${same ? 'not changed' : 'changed'} by those after it`;
  },

  channels: async (scene) => {
    const [a, b] = await scene.pair();
    const { channels } = a.driver.limits;
    for (let i = 0; i < channels; i++) a.driver.send(b.id, Uint8Array.of(i), SendType.Reliable, i);
    await scene.until(() => b.packets.length === channels, a, b);
    const known = b.packets.every(({ bytes, channel }) => bytes[0] === channel);
    return `${channels}, told with the packet: ${known ? 'yes' : 'no'}`;
  },

  '`poll(3)` with 10 packets': async (scene) => {
    const [a, b] = await scene.pair();
    for (let byte = 0; byte < 10; byte++) send(a, b, byte);
    const polls: { says: number; told: number }[] = [];
    await scene.until(() => {
      const before = b.packets.length;
      polls.push({ says: b.driver.poll(3), told: b.packets.length - before });
      return b.packets.length === 10;
    }, a);
    const most = Math.max(...polls.map(({ told }) => told));
    return `${most} at most, and it says so: ${polls.every(({ says, told }) => says === told) ? 'yes' : 'no'}`;
  },

  '`poll(0)` with a request': async (scene) => {
    const [a, b] = [await scene.user(), await scene.user()];
    send(a, b, 1);
    const poll = () => b.driver.poll(0);
    await scene.until(() => poll() > 0 || b.requests.length > 0, a);
    await scene.pass(QUIET_MS, a); // the packet comes
    return `the request is told; says ${poll()}, ${b.packets.length} packets`;
  },

  'events without `poll`': async (scene) => {
    const [a, b] = [await scene.user(), await scene.user()];
    for (const from of [a, b]) send(from, b, 1);
    await scene.pass(QUIET_MS);
    const { calls } = b;
    await scene.until(() => b.requests.length > 0 && b.packets.length > 1, a, b);
    return calls === 0 ? 'none' : `${calls}`;
  },

  'a handler throws, another request waits': async (scene) => {
    const [a, b, c] = [await scene.user(), await scene.user(), await scene.user()];
    send(b, a, 1);
    send(c, a, 1);
    await scene.pass(2 * QUIET_MS, b, c);
    const tell = a.onSessionRequest.bind(a);
    a.onSessionRequest = () => {
      a.onSessionRequest = tell;
      throw new TypeError('of the game');
    };
    let thrown = '';
    await scene.until(() => {
      thrown = outcome(() => a.driver.poll(1));
      return thrown === 'TypeError';
    });
    const told = await scene.happens(() => a.requests.length > 0, SOON_MS, a, b, c);
    return `\`poll\` throws it; the other request ${told ? 'is told by the next' : 'is lost'}`;
  },

  // Without Steam.

  'Steam is lost, and restored': async (scene) => {
    const a = await scene.user();
    await scene.steam.loseSteam(a.driver);
    const told = await scene.happens(() => a.steam.length > 0, SOON_MS, a);
    await scene.steam.restoreSteam(a.driver);
    if (told) await scene.happens(() => a.steam.length > 1, SOON_MS, a);
    return a.steam.join(', ') || 'not told';
  },

  'a send while Steam is lost': async (scene) => {
    const [a, b] = await scene.pair();
    await scene.steam.loseSteam(a.driver);
    await scene.happens(() => a.steam.length > 0, SOON_MS, a);
    const taken = send(a, b, 1);
    await scene.pass(QUIET_MS, a, b);
    return `${taken}, ${b.packets.length > 0 ? 'arrives' : 'does not arrive'}`;
  },

  'a send after Steam is restored': async (scene) => {
    const [a, b] = await scene.pair();
    await scene.steam.loseSteam(a.driver);
    await scene.steam.restoreSteam(a.driver);
    await scene.pass(QUIET_MS, a, b);
    const arrives = await scene.happens(() => send(a, b, 1) && b.packets.length > 0, PATIENCE_MS, a, b);
    return arrives ? 'arrives' : 'does not arrive';
  },
};

/** Steam gives up, in a time that a test can wait for. */
const failing: Behaviours = {
  'a request that is not answered': async (scene) => {
    const [a, b] = [await scene.user(), await scene.user({ accepts: false })];
    send(a, b, 1);
    await scene.until(() => a.failures.length > 0, a, b);
    return `${errors(a)} for the sender, ${errors(b)} for the other`;
  },

  'a send after the session failed': async (scene) => {
    const [a, b] = [await scene.user(), await scene.user({ accepts: false })];
    send(a, b, 1);
    await scene.until(() => a.failures.length > 0, a, b);
    b.requests.length = 0;
    b.accepts = true;
    const taken = send(a, b, 2);
    await scene.until(() => send(a, b, 2) && b.firstBytes.includes(2), a, b);
    await scene.pass(QUIET_MS, a, b);
    const former = b.firstBytes.includes(1) ? 'arrives too' : 'is dropped';
    return `${taken}, ${b.requests.length > 0 ? 'a' : 'no'} new request, arrives; what had waited ${former}`;
  },

  'a user who is not there, twice': async (scene) => {
    const a = await scene.user();
    const first = send(a, NOBODY, 1);
    await scene.until(() => a.failures.length > 0, a);
    const error = errors(a);
    const second = send(a, NOBODY, 2);
    await scene.happens(() => a.failures.length > 1, 1.3 * SESSION_TIMEOUT_MS, a);
    return `${first}, then ${error}; again ${second}, ${a.failures.length > 1 ? 'told again' : 'not told again'}`;
  },

  'the other one calls `close`': async (scene) => {
    const [a, b] = [await scene.user(), await scene.user()];
    await scene.until(() => send(a, b, 0) && b.packets.length > 0, a, b);
    b.driver.close();
    await scene.pass(QUIET_MS, a);
    const before = a.calls;
    const taken = send(a, b, 1);
    await scene.happens(() => a.failures.length > 0, 1.5 * SESSION_TIMEOUT_MS, a);
    return `${before === 0 ? 'not told' : 'told'}; a send: ${taken}, then ${errors(a)}`;
  },

  'ids in events': async (scene) => {
    const [a, b] = [await scene.user(), await scene.user()];
    send(a, NOBODY, 1);
    await scene.until(() => send(a, b, 1) && b.packets.length > 0 && a.failures.length > 0, a, b);
    const ids = [...b.requests, ...b.packets.map(({ peer }) => peer), ...a.failures.map(({ peer }) => peer)];
    return [...new Set(ids.map((id) => typeof id))].join(', ');
  },
};

export interface BehaviourGroup {
  readonly name: string;
  /** Of the Steam that these are played on. */
  readonly rules: SimulatedSteamOptions;
  readonly behaviours: Behaviours;
}

export const groups: readonly BehaviourGroup[] = [
  { name: 'living', rules: { requestRepeatMs: REQUEST_REPEAT_MS }, behaviours: living },
  { name: 'failing', rules: { requestRepeatMs: REQUEST_REPEAT_MS, sessionTimeoutMs: SESSION_TIMEOUT_MS }, behaviours: failing },
];

/** Plays a behaviour with users of its own, and tells what was seen. */
export async function observe(behaviour: Behaviour, steam: ObservedSteam): Promise<string> {
  const scene = new Scene(steam);
  try {
    return await behaviour(scene);
  } finally {
    await scene.close();
  }
}

/** A valid SteamID that nobody logs in. */
const NOBODY = STEAM_ID_BASE + 4_000_000_000n;
/** Less than Nagle's 200 ms, more than a packet takes. */
const NAGLE_BOUND_MS = 150;
const STEP_MS = 5;
/** Time given to what is not expected. */
const QUIET_MS = 80;
/** Patience with what is expected of some implementations. */
const SOON_MS = 1_000;
/** Patience with what all of them do, on a busy machine. */
const PATIENCE_MS = 15_000;

/** The users of one behaviour, and their time. */
class Scene {
  readonly steam: ObservedSteam;
  readonly #drivers: SteamDriver[] = [];

  constructor(steam: ObservedSteam) {
    this.steam = steam;
  }

  now(): number {
    return this.steam.now();
  }

  async driver(): Promise<SteamDriver> {
    const driver = await this.steam.user();
    this.#drivers.push(driver);
    return driver;
  }

  async user(options?: { accepts: boolean }): Promise<DriverRecorder> {
    return new DriverRecorder(await this.driver(), options);
  }

  /** Two users with an open session, who have heard of nothing yet. */
  async pair(): Promise<[DriverRecorder, DriverRecorder]> {
    const [a, b] = [await this.user(), await this.user()];
    send(a, b, 0);
    await this.until(() => b.packets.length === 1, a, b);
    send(b, a, 0);
    await this.until(() => a.packets.length === 1, a, b);
    for (const user of [a, b]) {
      user.packets.length = 0;
      user.requests.length = 0;
    }
    return [a, b];
  }

  /** Lets time pass, polling, until `isDone` or for `withinMs`. Returns which it was. */
  async happens(isDone: () => boolean, withinMs: number, ...polled: DriverRecorder[]): Promise<boolean> {
    for (const end = this.now() + withinMs; ; await this.steam.settle(STEP_MS)) {
      const isLast = this.now() >= end;
      for (const { driver } of polled) while (driver.poll(64) === 64);
      if (isDone()) return true;
      if (isLast) return false;
    }
  }

  /** For what happens with every implementation. @throws Error when it does not */
  async until(isDone: () => boolean, ...polled: DriverRecorder[]): Promise<void> {
    if (await this.happens(isDone, PATIENCE_MS, ...polled)) return;
    const seen = polled.map(({ requests, failures, firstBytes }) => `${requests.length}, ${failures.length}, [${firstBytes}]`);
    throw new Error(`what is waited for did not happen; requests, failures, packets of each: ${seen.join('; ')}`);
  }

  async pass(ms: number, ...polled: DriverRecorder[]): Promise<void> {
    await this.happens(() => false, ms, ...polled);
  }

  async close(): Promise<void> {
    try {
      for (const driver of this.#drivers) driver.close();
    } finally {
      await this.steam.close();
    }
  }
}

function send(from: DriverRecorder, to: DriverRecorder | bigint, byte: number, type: SendType = SendType.Reliable): boolean {
  return from.driver.send(typeof to === 'bigint' ? to : to.id, Uint8Array.of(byte), type, 0);
}

/** What a call returns, or the class of what it throws. */
function outcome(call: () => unknown): string {
  try {
    return String(call());
  } catch (error) {
    return (error as Error).name;
  }
}

/** The failures that he was told. */
const errors = ({ failures }: DriverRecorder): string => failures.map(({ error }) => `error ${error}`).join(', ') || 'nothing';

async function limitOf(scene: Scene, type: SendType, limit: number): Promise<string> {
  const [a, b] = await scene.pair();
  const packet = Uint8Array.from({ length: limit }, (_, i) => (i * 31) & 0xff);
  await scene.until(() => a.driver.send(b.id, packet, type, 0), a, b);
  await scene.until(() => b.packets.length > 0, a, b);
  const whole = Buffer.compare(b.packets[0]?.bytes as Uint8Array, packet) === 0 ? 'arrive whole' : 'arrive otherwise';
  const [more, none] = [limit + 1, 0].map((length) => outcome(() => a.driver.send(b.id, new Uint8Array(length), type, 0)));
  return `${limit} bytes ${whole}; ${limit + 1}: ${more}; 0: ${none}`;
}

async function beforeOpen(scene: Scene, type: SendType): Promise<string> {
  const [a, b] = [await scene.user(), await scene.user()];
  const taken = send(a, b, 1, type);
  await scene.until(() => b.requests.length > 0, a, b);
  await scene.until(() => send(a, b, 2) && b.firstBytes.includes(2), a, b);
  return `${taken}, ${b.firstBytes.includes(1) ? 'waits, and arrives' : 'never arrives'}`;
}
