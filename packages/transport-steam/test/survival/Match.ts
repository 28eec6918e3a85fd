import { Endpoint } from '../../src/connection/Endpoint.ts';
import type { EndpointOptions } from '../../src/connection/options.ts';
import type { HostHandlers } from '../../src/connection/types.ts';
import type { LinkConditions, SimulatedDriver, SimulatedSteamOptions } from '../../src/sim.ts';
import { generator, ok, World } from '../helpers/World.ts';
import { LEAST_BYTES, Talker } from './Talker.ts';

/** The host. All others play. */
export const HOST = 0;

/** How long a player waits before he dials again, as the SDK does. Unit: ms. */
const REDIAL_MS = 1_000;

/** From when one end is told to when the other one must be: `deadAfterMs` of the default, and the clock's steps. Unit: ms. */
const BOTH_TOLD_MS = 17_000;

/** 4000, as a player who leaves with consent. */
const LEFT = 4_000;

/** How much is said. */
export interface Pace {
  /** Between two turns of talk. Unit: ms. */
  readonly tickMs: number;
  /** Share of the turns in which somebody says something reliable, 0 to 1. */
  readonly says: number;
  /** Share of what is said that takes several packets, and several chunks. */
  readonly large: number;
  readonly huge: number;
  /** Share of the turns with something unreliable, each way, and what of it takes fragments. */
  readonly moves: number;
  readonly largeMoves: number;
}

/** A game: 20 Hz, inputs and positions. */
export const lively: Pace = { tickMs: 50, says: 0.5, large: 0.02, huge: 0.003, moves: 1, largeMoves: 0.03 };

/** A good line, where nothing else is said. */
export const usual: LinkConditions = { latencyMs: 20 };

export interface MatchOptions {
  readonly seed: number;
  readonly players: number;
  readonly steam?: Omit<SimulatedSteamOptions, 'clock' | 'seed'> | undefined;
  readonly endpoint?: EndpointOptions | undefined;
  readonly pace?: Pace;
  /**
   * Everybody polls so often, and not whenever something happens: what a long match takes to be over before long. Unit: ms.
   * @default as finely as it goes
   */
  readonly pollMs?: number;
  /** A connection is over that nobody closed. */
  readonly onLost?: (lost: Lost) => void;
}

/** A connection that nobody closed: whose, and when and why each end was told that is still there. */
export interface Lost {
  readonly who: number;
  readonly told: readonly NonNullable<Talker['end']>[];
}

/** A connection: the player's end, and the host's. A beginning that is repeated to a host who restarts can give it several. */
interface Link {
  readonly who: number;
  readonly ours: Talker;
  readonly theirs: Talker[];
  /** The player's copy of the host's state. */
  readonly copy: Map<number, number>;
}

interface User {
  driver: SimulatedDriver;
  endpoint: Endpoint;
  /** His own, ahead of everybody else's. Unit: ms. */
  readonly clock: { aheadMs: number };
  isFrozen: boolean;
  thawedAt: number;
  /** He wants to play: whoever loses his connection dials again. */
  wants: boolean;
  redialAt: number;
  link: Link | undefined;
}

/** What was seen of the connections that are over, and of those that are not. */
export interface Tally {
  links: number;
  /** Ended by nobody: lost, refused, timed out. */
  lost: number;
  said: number;
  heard: number;
  moves: number;
  movesHeard: number;
  slowestMs: number;
}

/**
 * A host and players on a simulated Steam, who talk all the time, and dial again when they lose each other: a game without Colyseus, for
 * faults to happen to. The host counts what each player said, and tells all of them; that is the state which must be the same everywhere.
 *
 * Everything comes of the seed. What must never be is written to {@link violations} when it is.
 */
export class Match {
  readonly world: World;
  readonly violations: string[] = [];
  readonly #users: User[];
  readonly #links = new Set<Link>();
  readonly #options: MatchOptions;
  readonly #pace: Pace;
  readonly #random: () => number;
  readonly #scores = new Map<number, number>();
  readonly #changed = new Set<number>();
  readonly #over: Tally = emptyTally();
  #isTalking = true;
  #links0 = 0;

  constructor(options: MatchOptions) {
    this.#options = options;
    this.#pace = options.pace ?? lively;
    this.#random = generator(options.seed);
    this.world = new World({ seed: options.seed, conditions: usual, requestRepeatMs: 2_000, ...options.steam });
    this.#users = Array.from({ length: options.players + 1 }, () => this.#logIn());
    this.#host();
  }

  get now(): number {
    return this.world.steam.now;
  }

  get players(): readonly number[] {
    return [...this.#users.keys()].slice(1);
  }

  id(who: number): bigint {
    return this.#user(who).driver.steamId;
  }

  endpoint(who: number): Endpoint {
    return this.#user(who).endpoint;
  }

  isDead(who: number): boolean {
    return this.#user(who).driver.isClosed;
  }

  isPlaying(who: number): boolean {
    return this.#user(who).link?.ours.connection?.state === 'open';
  }

  /** The player's end of his present connection. */
  talker(who: number): Talker | undefined {
    return this.#user(who).link?.ours;
  }

  join(...players: readonly number[]): void {
    for (const who of players) {
      const user = this.#user(who);
      user.wants = true;
      user.redialAt = this.now;
    }
  }

  leave(who: number): void {
    const user = this.#user(who);
    user.wants = false;
    user.link?.ours.connection?.close(LEFT, 'enough');
  }

  /** kill -9. */
  kill(who: number): void {
    const user = this.#user(who);
    for (const link of this.#links) {
      if (who === HOST) for (const end of link.theirs) end.isGone = true;
      else if (link.who === who) link.ours.isGone = true;
    }
    this.world.freeze(user.endpoint);
    this.world.steam.kill(user.driver);
  }

  /** A new process of the same user. A player plays again; a host begins a new match, which knows nothing of the last one. */
  restart(who: number): void {
    const { driver, wants } = this.#user(who);
    this.#users[who] = { ...this.#logIn(driver.steamId), wants };
    if (who === HOST) this.#host();
  }

  /** The process stands still: SIGSTOP, a debugger, a level that loads. */
  freeze(who: number): void {
    this.#user(who).isFrozen = true;
    this.world.freeze(this.endpoint(who));
  }

  thaw(who: number): void {
    if (!this.#user(who).isFrozen) return;
    this.#user(who).isFrozen = false;
    this.#user(who).thawedAt = this.now;
    this.world.thaw(this.endpoint(who));
  }

  /** The clock of one process goes forward, and nothing else does. */
  jump(who: number, ms: number): void {
    this.#user(who).clock.aheadMs += ms;
  }

  /** All that is said in one turn, by one player or by the host to each. */
  burst(who: number, messages: number, bytes: number): void {
    const ends = who === HOST ? [...this.#links].flatMap(({ theirs }) => theirs) : [this.talker(who)];
    for (const end of ends) for (let i = 0; i < messages; i++) end?.say(bytes);
  }

  /** Lets time pass, talking. */
  play(ms: number): void {
    for (const end = this.now + ms; this.now < end; ) {
      this.#turn();
      this.#run(Math.min(this.#pace.tickMs, end - this.now));
    }
  }

  /** Until `isDone`. Returns the ms that it took. */
  playUntil(isDone: () => boolean, withinMs: number): number {
    const since = this.now;
    while (!isDone()) {
      if (this.now - since > withinMs) throw new Error(`not within ${withinMs} ms of simulated time`);
      this.play(this.#pace.tickMs);
    }
    return this.now - since;
  }

  /** Nobody says anything new, and everybody has time to get, or to lose, what was said. */
  rest(ms: number): void {
    this.#isTalking = false;
    this.play(ms);
    this.#isTalking = true;
  }

  /** What must hold when nothing is wrong any more and there was time for every deadline. */
  checkAtRest(): void {
    this.sweep();
    for (const link of this.#links) {
      const { ours, theirs, who } = link;
      const last = theirs.at(-1);
      const isShared = ours.isOpen && last?.isOpen === true;
      if (!isShared) this.#violate(link, 'open on one side only');
      else if (last.heard !== ours.said || ours.heard !== last.said) this.#violate(link, 'not everything arrived');
      else if (!isSameState(link.copy, this.#scores)) this.#violate(link, 'the state is another than that of the host');
      if (isShared && link !== this.#users[who]?.link) this.#violate(link, 'a connection that its player has forgotten');
    }
    for (const [who, { endpoint, wants }] of this.#users.entries()) {
      if (who !== HOST && wants && !this.isPlaying(who)) this.violations.push(`player ${who} did not come back`);
      for (const { peer, queuedBytes, queuedUnreliable, heldBytes } of endpoint.stats()) {
        if (queuedBytes + queuedUnreliable + heldBytes > 0) {
          this.violations.push(
            `${who} still has for ${peer}: ${queuedBytes} bytes queued, ${queuedUnreliable} unreliable, ${heldBytes} held`,
          );
        }
      }
    }
    const open = this.endpoint(HOST)
      .stats()
      .reduce((sum, { connections }) => sum + connections, 0);
    if (open !== this.#links.size) {
      this.violations.push(`the host has ${open} connections, and there are ${this.#links.size}`);
    }
  }

  /** Counts and forgets the connections that are over, having looked that both ends were told. */
  sweep(): void {
    for (const link of this.#links) {
      const ends = [link.ours, ...link.theirs];
      for (const end of ends) {
        for (const fault of end.faults.splice(0)) this.#violate(link, fault);
      }
      if (link.theirs.some(({ heard }) => heard > link.ours.said)) this.#violate(link, 'the host heard more than was said');
      const isTold = ({ isGone, end }: Talker) => isGone || end !== undefined;
      const told = ends.filter(isTold);
      if (told.length < ends.length) {
        // The others are of host processes that are gone.
        const present = [link.ours, ...link.theirs.slice(-1)];
        const first = Math.min(...present.filter(isTold).map(({ end }) => end?.at ?? this.now));
        const isLate = this.now - Math.max(first, this.#awakeSince(link)) > BOTH_TOLD_MS;
        if (isLate && !this.#untold.has(link)) {
          this.#untold.add(link);
          this.#violate(link, 'one side was told, and the other was not');
        }
        continue;
      }
      const last = link.theirs.at(-1);
      if (last?.end?.code === LEFT && last.heard !== link.ours.said) this.#violate(link, 'the goodbye overtook what was said');
      this.#links.delete(link);
      add(this.#over, link);
      if (told.some(({ end }) => end?.code !== LEFT)) {
        this.#options.onLost?.({ who: link.who, told: told.flatMap(({ end }) => end ?? []) });
      }
    }
  }

  get tally(): Tally {
    const tally = { ...this.#over };
    for (const link of this.#links) add(tally, link);
    return tally;
  }

  /** Everybody leaves; nothing may be left. */
  close(): void {
    for (const who of this.players) {
      this.thaw(who);
      this.leave(who);
    }
    this.rest(BOTH_TOLD_MS);
    this.sweep();
    for (const link of this.#links) this.#violate(link, 'never over');
    this.world.close();
    if (this.world.steam.packetsInFlight > 0) this.violations.push('packets are still under way');
  }

  readonly #untold = new WeakSet<Link>();

  #user(who: number): User {
    const user = this.#users[who];
    if (user === undefined) throw new RangeError(`there is no user ${who}`);
    return user;
  }

  /** Whose process stands still cannot be told. */
  #awakeSince({ who }: Link): number {
    const [player, host] = [this.#user(who), this.#user(HOST)];
    return player.isFrozen || host.isFrozen ? this.now : Math.max(player.thawedAt, host.thawedAt);
  }

  #violate({ who, ours, theirs }: Link, what: string): void {
    const ends = [`player: ${ours}`, ...theirs.map((end) => `host: ${end}`)];
    this.violations.push(`at ${this.now} ms, connection of player ${who}: ${what}\n  ${ends.join('\n  ')}`);
  }

  #logIn(steamId?: bigint): User {
    const driver = this.world.steam.user(steamId === undefined ? {} : { steamId });
    const options = { poll: 'manual', ...this.#options.endpoint } as const;
    const clock = { aheadMs: 0 };
    const endpoint = Endpoint.of(driver, options, { now: () => this.now + clock.aheadMs, random: this.#random });
    this.world.endpoint(driver, options);
    return { driver, endpoint, clock, isFrozen: false, thawedAt: 0, wants: false, redialAt: 0, link: undefined };
  }

  #host(): void {
    this.#scores.clear();
    this.#changed.clear();
    const host: HostHandlers = {
      onSessionRequest: () => true,
      onConnection: (connection, target) => {
        const link = [...this.#links].find(({ ours }) => `/${ours.name}` === target);
        const end = new Talker(this.#now, target.slice(1), {
          onSaid: () => {
            if (link === undefined) return;
            this.#scores.set(link.who, (this.#scores.get(link.who) ?? 0) + 1);
            this.#changed.add(link.who);
          },
        });
        end.connection = connection;
        // Said before the player gave up, and his end is over and counted.
        if (link === undefined) connection.close(LEFT, 'too late');
        else this.#begin(link, end);
        end.tellState([...this.#scores]);
        return end;
      },
      onRequest: async () => ok(''),
    };
    this.endpoint(HOST).serve(host);
  }

  #begin(link: Link, end: Talker): void {
    const isTaken = link.theirs.some(({ isGone }) => !isGone);
    link.theirs.push(end);
    if (isTaken) this.#violate(link, 'the host took its beginning twice');
  }

  readonly #now = () => this.now;

  #dial(who: number, user: User): void {
    const copy = new Map<number, number>();
    const ours = new Talker(this.#now, String(this.#links0++), {
      onState: (entries) => {
        for (const [whose, score] of entries) copy.set(whose, score);
      },
      onEnd: () => {
        user.redialAt = this.now + REDIAL_MS;
      },
    });
    const link: Link = { who, ours, theirs: [], copy };
    user.link = link;
    this.#links.add(link);
    ours.connection = user.endpoint.connect(this.id(HOST), `/${ours.name}`, ours);
  }

  #run(ms: number): void {
    const { pollMs } = this.#options;
    if (pollMs === undefined) {
      this.world.run(ms);
      return;
    }
    for (const end = this.now + ms; this.now < end; ) {
      this.world.turn();
      this.world.steam.advance(Math.min(pollMs, end - this.now));
    }
    this.world.turn();
  }

  #turn(): void {
    for (const [who, user] of this.#users.entries()) {
      const isIdle = user.link === undefined || user.link.ours.end !== undefined;
      const isUp = !user.isFrozen && !user.driver.isClosed;
      if (who !== HOST && isUp && user.wants && isIdle && this.now >= user.redialAt) this.#dial(who, user);
    }
    this.sweep();
    const { isFrozen, driver } = this.#user(HOST);
    const isHostUp = !isFrozen && !driver.isClosed;
    for (const { who, ours, theirs } of this.#links) {
      if (this.#isTalking && !this.#user(who).isFrozen) this.#talk(ours);
      const [end] = theirs.slice(-1);
      if (!isHostUp || end === undefined) continue;
      if (this.#changed.size > 0) end.tellState([...this.#changed].map((whose) => [whose, this.#scores.get(whose) ?? 0]));
      if (this.#isTalking) this.#talk(end);
    }
    if (isHostUp) this.#changed.clear();
  }

  #talk(end: Talker): void {
    const { says, large, huge, moves, largeMoves } = this.#pace;
    if (this.#random() < says) {
      const size = this.#random();
      const bytes = size < huge ? 70_000 : size < huge + large ? 5_000 : LEAST_BYTES + Math.floor(this.#random() * 30);
      end.say(bytes, this.#random() < 0.1 ? 'buffered' : 'reliable');
    }
    if (this.#random() < moves) end.move(this.#random() < largeMoves ? 3_000 : LEAST_BYTES + 12);
  }
}

function emptyTally(): Tally {
  return { links: 0, lost: 0, said: 0, heard: 0, moves: 0, movesHeard: 0, slowestMs: 0 };
}

function add(tally: Tally, { ours, theirs }: Link): void {
  tally.links++;
  if (ours.end?.code !== LEFT) tally.lost++;
  for (const end of [ours, ...theirs]) {
    tally.said += end.said;
    tally.heard += end.heard;
    tally.moves += end.moves;
    tally.movesHeard += end.movesHeard;
    tally.slowestMs = Math.max(tally.slowestMs, end.slowestMs);
  }
}

function isSameState(one: ReadonlyMap<number, number>, other: ReadonlyMap<number, number>): boolean {
  return one.size === other.size && [...one].every(([who, score]) => other.get(who) === score);
}
