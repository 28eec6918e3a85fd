import type { EndpointOptions } from '../../src/connection/options.ts';
import type { LinkConditions, SimulatedSteamOptions } from '../../src/sim.ts';
import { HOST, type Match, usual } from './Match.ts';

/** What may go wrong. `who` 0 hosts, the others play. */
export type Fault =
  /** Of all links, or of those of one user. */
  | { readonly do: 'network'; readonly is: LinkConditions }
  | { readonly do: 'block' | 'unblock'; readonly from: number; readonly to: number }
  | { readonly do: 'unplug' | 'plug' | 'lose Steam' | 'restore Steam'; readonly who: number }
  | { readonly do: 'kill' | 'restart' | 'freeze' | 'thaw'; readonly who: number }
  | { readonly do: 'jump'; readonly who: number; readonly ms: number }
  /** Steam's `send` answers false. */
  | { readonly do: 'refuse' | 'take'; readonly from: number; readonly to: number }
  /** Nothing reliable arrives, and what is unreliable does. */
  | { readonly do: 'stall' | 'unstall'; readonly from: number; readonly to: number }
  /** It answers true, and loses the packet. */
  | { readonly do: 'lie'; readonly from: number; readonly to: number; readonly count: number }
  | { readonly do: 'burst'; readonly who: number; readonly messages: number; readonly bytes: number };

export interface Scenario {
  readonly name: string;
  /** From the moment that everybody plays. What is not repaired here is repaired at the end of it. */
  readonly faults: readonly (readonly [atMs: number, fault: Fault])[];
  readonly lastsMs: number;
  readonly steam?: Omit<SimulatedSteamOptions, 'clock' | 'seed'>;
  readonly endpoint?: EndpointOptions;
  /** Who loses his connection: exactly these players, and everybody else plays on. */
  readonly loses: readonly number[];
  /** From the first fault to when both ends know, or, where nobody is lost, the longest that a reliable message may take. Unit: ms. */
  readonly withinMs: number;
}

const network = (is: LinkConditions): Scenario['faults'] => [[0, { do: 'network', is: { latencyMs: 40, ...is } }]];
const forAWhile = (during: Fault, after: Fault, ms: number): Scenario['faults'] => [
  [0, during],
  [ms, after],
];

export const ALL = [1, 2, 3];

/** As many packets are lost, in goes of eight. */
const BURSTY = { lossBurst: 8 };

export const scenarios: readonly Scenario[] = [
  // The network.
  { name: 'loss 0 %', faults: network({}), lastsMs: 20_000, loses: [], withinMs: 400 },
  { name: 'loss 1 %', faults: network({ loss: 0.01 }), lastsMs: 20_000, loses: [], withinMs: 1_000 },
  { name: 'loss 5 %', faults: network({ loss: 0.05 }), lastsMs: 20_000, loses: [], withinMs: 2_000 },
  { name: 'loss 15 %', faults: network({ loss: 0.15 }), lastsMs: 20_000, loses: [], withinMs: 4_000 },
  { name: 'loss 30 %', faults: network({ loss: 0.3 }), lastsMs: 20_000, loses: [], withinMs: 8_000 },
  { name: 'loss 1 %, in bursts', faults: network({ loss: 0.01, ...BURSTY }), lastsMs: 20_000, loses: [], withinMs: 3_000 },
  { name: 'loss 5 %, in bursts', faults: network({ loss: 0.05, ...BURSTY }), lastsMs: 20_000, loses: [], withinMs: 4_000 },
  { name: 'loss 15 %, in bursts', faults: network({ loss: 0.15, ...BURSTY }), lastsMs: 20_000, loses: [], withinMs: 6_000 },
  { name: 'loss 30 %, in bursts', faults: network({ loss: 0.3, ...BURSTY }), lastsMs: 20_000, loses: [], withinMs: 10_000 },
  { name: 'jitter of 100 ms', faults: network({ latencyMs: 120, jitterMs: 100 }), lastsMs: 20_000, loses: [], withinMs: 1_000 },
  { name: 'a fifth out of order', faults: network({ reorder: 0.2, reorderMs: 60 }), lastsMs: 20_000, loses: [], withinMs: 400 },
  { name: 'a fifth twice', faults: network({ duplicate: 0.2 }), lastsMs: 20_000, loses: [], withinMs: 400 },
  {
    name: '256 kbit/s for each',
    faults: network({ bandwidthBitsPerSecond: 256_000 }),
    lastsMs: 20_000,
    loses: [],
    withinMs: 8_000,
  },
  {
    name: 'all of it: 5 % in bursts, jitter, out of order, twice, 256 kbit/s',
    faults: network({
      loss: 0.05,
      ...BURSTY,
      jitterMs: 30,
      reorder: 0.1,
      duplicate: 0.1,
      bandwidthBitsPerSecond: 256_000,
    }),
    lastsMs: 20_000,
    loses: [],
    withinMs: 12_000,
  },
  {
    name: 'a satellite: 600 ms each way, loss 2 %',
    faults: network({ latencyMs: 600, jitterMs: 80, loss: 0.02 }),
    lastsMs: 20_000,
    loses: [],
    withinMs: 8_000,
  },

  // Cut off.
  {
    name: 'blackout of 10 s, of a player',
    faults: forAWhile({ do: 'unplug', who: 1 }, { do: 'plug', who: 1 }, 10_000),
    lastsMs: 15_000,
    loses: [],
    withinMs: 12_000,
  },
  {
    name: 'blackout of 10 s, of the host',
    faults: forAWhile({ do: 'unplug', who: HOST }, { do: 'plug', who: HOST }, 10_000),
    lastsMs: 15_000,
    loses: [],
    withinMs: 12_000,
  },
  {
    name: 'a blackout that does not end in time, of a player',
    faults: forAWhile({ do: 'unplug', who: 2 }, { do: 'plug', who: 2 }, 40_000),
    lastsMs: 41_000,
    loses: [2],
    withinMs: 15_500,
  },
  {
    name: 'a blackout that does not end in time, of the host',
    faults: forAWhile({ do: 'unplug', who: HOST }, { do: 'plug', who: HOST }, 40_000),
    lastsMs: 41_000,
    loses: ALL,
    withinMs: 15_500,
  },
  {
    name: '10 s in which nothing comes from a player to the host',
    faults: forAWhile({ do: 'block', from: 1, to: HOST }, { do: 'unblock', from: 1, to: HOST }, 10_000),
    lastsMs: 15_000,
    loses: [],
    withinMs: 12_000,
  },
  {
    name: 'nothing comes any more from a player to the host',
    faults: forAWhile({ do: 'block', from: 1, to: HOST }, { do: 'unblock', from: 1, to: HOST }, 40_000),
    lastsMs: 41_000,
    loses: [1],
    withinMs: 16_500,
  },
  {
    name: 'nothing comes any more from the host to a player',
    faults: forAWhile({ do: 'block', from: HOST, to: 1 }, { do: 'unblock', from: HOST, to: 1 }, 40_000),
    lastsMs: 41_000,
    loses: [1],
    withinMs: 16_500,
  },
  {
    name: 'ten times 2 s of blackout, one of 3 s after the other',
    faults: Array.from({ length: 10 }, (_, i) => [
      [i * 5_000, { do: 'unplug', who: 1 } as const] as const,
      [i * 5_000 + 2_000, { do: 'plug', who: 1 } as const] as const,
    ]).flat(),
    lastsMs: 50_000,
    loses: [],
    withinMs: 5_000,
  },

  // Processes.
  { name: 'kill -9 of a player', faults: [[0, { do: 'kill', who: 2 }]], lastsMs: 20_000, loses: [2], withinMs: 15_500 },
  {
    name: 'kill -9 of a player, who is back after 2 s',
    faults: forAWhile({ do: 'kill', who: 2 }, { do: 'restart', who: 2 }, 2_000),
    lastsMs: 20_000,
    loses: [2],
    withinMs: 3_000,
  },
  { name: 'kill -9 of the host', faults: [[0, { do: 'kill', who: HOST }]], lastsMs: 20_000, loses: ALL, withinMs: 15_500 },
  {
    name: 'kill -9 of the host, who is back after 2 s with his SteamID',
    faults: forAWhile({ do: 'kill', who: HOST }, { do: 'restart', who: HOST }, 2_000),
    lastsMs: 20_000,
    loses: ALL,
    withinMs: 15_500,
  },
  {
    name: 'kill -9 of the host, and what was sent to him reaches his next process',
    faults: forAWhile({ do: 'kill', who: HOST }, { do: 'restart', who: HOST }, 2_000),
    lastsMs: 20_000,
    steam: { stalePackets: true },
    loses: ALL,
    withinMs: 15_500,
  },
  {
    name: 'a player stands still for 10 s',
    faults: forAWhile({ do: 'freeze', who: 1 }, { do: 'thaw', who: 1 }, 10_000),
    lastsMs: 15_000,
    loses: [],
    withinMs: 11_000,
  },
  {
    name: 'a player stands still for 30 s, and did not say so',
    faults: forAWhile({ do: 'freeze', who: 1 }, { do: 'thaw', who: 1 }, 30_000),
    lastsMs: 35_000,
    loses: [1],
    withinMs: 31_000,
  },
  {
    name: 'the host stands still for 10 s',
    faults: forAWhile({ do: 'freeze', who: HOST }, { do: 'thaw', who: HOST }, 10_000),
    lastsMs: 15_000,
    loses: [],
    withinMs: 11_000,
  },
  {
    name: 'the clock of a player jumps by an hour',
    faults: [[0, { do: 'jump', who: 1, ms: 3_600_000 }]],
    lastsMs: 10_000,
    loses: [],
    withinMs: 400,
  },
  {
    name: 'the clock of the host jumps by an hour',
    faults: [[0, { do: 'jump', who: HOST, ms: 3_600_000 }]],
    lastsMs: 10_000,
    loses: [],
    withinMs: 400,
  },

  // Steam.
  {
    name: 'Steam dies under a player, and is back after 5 s',
    faults: forAWhile({ do: 'lose Steam', who: 1 }, { do: 'restore Steam', who: 1 }, 5_000),
    lastsMs: 20_000,
    loses: [1],
    withinMs: 15_500,
  },
  {
    name: 'Steam dies under the host, and is back after 5 s',
    faults: forAWhile({ do: 'lose Steam', who: HOST }, { do: 'restore Steam', who: HOST }, 5_000),
    lastsMs: 20_000,
    loses: ALL,
    withinMs: 15_500,
  },
  {
    name: 'Steam takes nothing of a player for 5 s',
    faults: forAWhile({ do: 'refuse', from: 1, to: HOST }, { do: 'take', from: 1, to: HOST }, 5_000),
    lastsMs: 10_000,
    loses: [],
    withinMs: 6_000,
  },
  {
    name: 'Steam takes nothing of the host for 5 s, for one player',
    faults: forAWhile({ do: 'refuse', from: HOST, to: 1 }, { do: 'take', from: HOST, to: 1 }, 5_000),
    lastsMs: 10_000,
    loses: [],
    withinMs: 6_000,
  },
  {
    name: 'the reliable stream from a player to the host stands still for 30 s',
    faults: forAWhile({ do: 'stall', from: 1, to: HOST }, { do: 'unstall', from: 1, to: HOST }, 30_000),
    lastsMs: 35_000,
    loses: [],
    withinMs: 32_000,
  },
  {
    name: 'the reliable stream from a player to the host stands still, and unreliable packets come',
    faults: forAWhile({ do: 'stall', from: 1, to: HOST }, { do: 'unstall', from: 1, to: HOST }, 90_000),
    lastsMs: 91_000,
    loses: [1],
    withinMs: 60_500,
  },
  {
    name: 'the reliable stream from the host to a player stands still, and unreliable packets come',
    faults: forAWhile({ do: 'stall', from: HOST, to: 1 }, { do: 'unstall', from: HOST, to: 1 }, 90_000),
    lastsMs: 91_000,
    loses: [1],
    withinMs: 60_500,
  },
  {
    name: 'the queue of Steam is full: 4 MB in one turn, at 128 KB of queue',
    faults: [[0, { do: 'burst', who: 1, messages: 65, bytes: 60_000 }]],
    lastsMs: 20_000,
    steam: { queueLimitBytes: 131_072 },
    loses: [],
    withinMs: 15_000,
  },
  {
    name: 'the queue of ours is full, too: 9 MB for each in one turn',
    faults: [[0, { do: 'burst', who: HOST, messages: 10, bytes: 900_000 }]],
    lastsMs: 20_000,
    loses: ALL,
    withinMs: 16_000,
  },
  {
    name: 'Steam says true, and loses one packet of a player',
    faults: [[0, { do: 'lie', from: 1, to: HOST, count: 1 }]],
    lastsMs: 10_000,
    loses: [1],
    withinMs: 1_000,
  },
  {
    name: 'Steam says true, and loses 700 packets of the host to one',
    faults: [[0, { do: 'lie', from: HOST, to: 1, count: 700 }]],
    lastsMs: 60_000,
    loses: [1],
    withinMs: 60_000,
  },
];

/** How each fault comes about. */
export function strike(match: Match, fault: Fault): void {
  const { steam } = match.world;
  switch (fault.do) {
    case 'network':
      steam.setConditions(fault.is);
      return;
    case 'block':
    case 'unblock':
      steam.blockDirection(match.id(fault.from), match.id(fault.to), fault.do === 'block');
      return;
    case 'unplug':
      steam.unplug(match.id(fault.who));
      return;
    case 'plug':
      steam.plug(match.id(fault.who));
      return;
    case 'lose Steam':
      steam.loseSteam(match.id(fault.who));
      return;
    case 'restore Steam':
      steam.restoreSteam(match.id(fault.who));
      return;
    case 'refuse':
    case 'take':
      steam.refuseSends(match.id(fault.from), match.id(fault.to), fault.do === 'refuse');
      return;
    case 'stall':
    case 'unstall':
      steam.stallReliable(match.id(fault.from), match.id(fault.to), fault.do === 'stall');
      return;
    case 'lie':
      steam.trueButLost(match.id(fault.from), match.id(fault.to), fault.count);
      return;
    case 'jump':
      match.jump(fault.who, fault.ms);
      return;
    case 'burst':
      match.burst(fault.who, fault.messages, fault.bytes);
      return;
    default:
      match[fault.do](fault.who);
  }
}

/** Nothing is wrong any more. */
export function repair(match: Match): void {
  const { steam } = match.world;
  steam.setConditions(usual);
  const everybody = [HOST, ...match.players];
  for (const who of everybody) {
    steam.plug(match.id(who));
    steam.restoreSteam(match.id(who));
    match.thaw(who);
    if (match.isDead(who)) match.restart(who);
    for (const other of everybody) {
      if (other === who) continue;
      steam.blockDirection(match.id(who), match.id(other), false);
      steam.refuseSends(match.id(who), match.id(other), false);
      steam.stallReliable(match.id(who), match.id(other), false);
      steam.trueButLost(match.id(who), match.id(other), 0);
    }
  }
}
