import { generator } from '../helpers/World.ts';
import { HOST, Match, type Pace } from './Match.ts';
import { type Fault, repair, strike } from './scenarios.ts';

/** How much 50 players say in a day that must be over in minutes. */
const calm: Pace = { tickMs: 1_000, says: 0.5, large: 0.01, huge: 0.001, moves: 1, largeMoves: 0.01 };

/** So often everybody polls. Unit: ms. */
const POLL_MS = 200;

/** Mean time between two things that go wrong, for one of the players and for the host. Unit: ms. */
const PLAYER_FAULT_MS = 5_000;
const HOST_FAULT_MS = 20 * 60_000;

/** Longer than every deadline, and than everybody takes to come back. Unit: ms. */
const BACK_MS = 60_000;
const REST_MS = 30_000;

export interface SoakOptions {
  readonly seed: number;
  readonly players: number;
}

/** What happened until now. */
export interface SoakReport {
  readonly simulatedMs: number;
  readonly faults: number;
  readonly connections: number;
  readonly lost: number;
  readonly heard: number;
}

/** One long match of many players, to whom everything happens that can: they join, leave, crash and come back, on lines that come and go. */
export class Soak {
  readonly match: Match;
  readonly #random: () => number;
  /** What is to be taken back, and when. */
  #repairs: { readonly at: number; readonly fault: Fault }[] = [];
  #faults = 0;

  constructor({ seed, players }: SoakOptions) {
    this.match = new Match({ seed, players, pace: calm, pollMs: POLL_MS });
    this.#random = generator(seed + 1);
    this.match.join(...this.match.players);
  }

  /** So much goes wrong in so much time. Then everything is repaired, all come back, and it is seen what must hold. */
  play(ms: number): void {
    const { match } = this;
    for (const end = match.now + ms; match.now < end; ) {
      match.play(calm.tickMs);
      for (const { fault } of this.#due()) strike(match, fault);
      if (this.#random() < calm.tickMs / PLAYER_FAULT_MS) this.#troubleAPlayer();
      if (this.#random() < calm.tickMs / HOST_FAULT_MS) this.#troubleTheHost();
    }
    this.#repairs = [];
    repair(match);
    match.join(...match.players);
    match.play(BACK_MS);
    match.rest(REST_MS);
    match.checkAtRest();
  }

  get report(): SoakReport {
    const { links, lost, heard } = this.match.tally;
    return { simulatedMs: this.match.now, faults: this.#faults, connections: links, lost, heard };
  }

  #due(): readonly { readonly fault: Fault }[] {
    const due = this.#repairs.filter(({ at }) => at <= this.match.now);
    this.#repairs = this.#repairs.filter(({ at }) => at > this.match.now);
    return due;
  }

  #troubleAPlayer(): void {
    const { match } = this;
    const who = 1 + Math.floor(this.#random() * match.players.length);
    // One thing at a time: a process that is gone cannot be killed.
    if (match.isDead(who) || this.#isInTrouble(who)) return;
    this.#faults++;
    const { steam } = match.world;
    const [id, host] = [match.id(who), match.id(HOST)];
    switch (Math.floor(this.#random() * 14)) {
      case 0:
      case 1:
        if (match.isPlaying(who)) match.leave(who);
        else match.join(who);
        return;
      case 2:
        this.#forAWhile({ do: 'kill', who }, { do: 'restart', who }, 60_000);
        return;
      case 3:
        this.#forAWhile({ do: 'freeze', who }, { do: 'thaw', who }, 40_000);
        return;
      case 4:
        this.#forAWhile({ do: 'unplug', who }, { do: 'plug', who }, 30_000);
        return;
      case 5:
        this.#forAWhile({ do: 'block', from: who, to: HOST }, { do: 'unblock', from: who, to: HOST }, 30_000);
        return;
      case 6:
        this.#forAWhile({ do: 'block', from: HOST, to: who }, { do: 'unblock', from: HOST, to: who }, 30_000);
        return;
      case 7:
        this.#forAWhile({ do: 'lose Steam', who }, { do: 'restore Steam', who }, 20_000);
        return;
      case 8:
        strike(
          match,
          this.#random() < 0.5 ? { do: 'lie', from: who, to: HOST, count: 1 } : { do: 'lie', from: HOST, to: who, count: 3 },
        );
        return;
      case 9:
        this.#forAWhile({ do: 'refuse', from: HOST, to: who }, { do: 'take', from: HOST, to: who }, 10_000);
        return;
      case 10:
        this.#forAWhile({ do: 'stall', from: who, to: HOST }, { do: 'unstall', from: who, to: HOST }, 120_000);
        return;
      case 11:
        this.#forAWhile({ do: 'stall', from: HOST, to: who }, { do: 'unstall', from: HOST, to: who }, 120_000);
        return;
      case 12:
        strike(match, { do: 'burst', who, messages: 20, bytes: 60_000 });
        return;
      default: {
        const line = {
          latencyMs: 10 + this.#random() * 150,
          jitterMs: this.#random() * 40,
          loss: this.#random() * 0.15,
          lossBurst: 4,
        };
        steam.setConditions(id, host, { ...line, duplicate: 0.02, reorder: 0.02 });
        steam.setConditions(host, id, { ...line, duplicate: 0.02, reorder: 0.02 });
      }
    }
  }

  #troubleTheHost(): void {
    if (this.match.isDead(HOST) || this.#isInTrouble(HOST)) return;
    this.#faults++;
    switch (Math.floor(this.#random() * 4)) {
      case 0:
        this.#forAWhile({ do: 'kill', who: HOST }, { do: 'restart', who: HOST }, 30_000);
        return;
      case 1:
        this.#forAWhile({ do: 'lose Steam', who: HOST }, { do: 'restore Steam', who: HOST }, 20_000);
        return;
      case 2:
        this.#forAWhile({ do: 'freeze', who: HOST }, { do: 'thaw', who: HOST }, 20_000);
        return;
      default:
        this.#forAWhile({ do: 'unplug', who: HOST }, { do: 'plug', who: HOST }, 30_000);
    }
  }

  #isInTrouble(who: number): boolean {
    return this.#repairs.some(({ fault }) =>
      'who' in fault ? fault.who === who : 'from' in fault && [fault.from, fault.to].includes(who),
    );
  }

  #forAWhile(fault: Fault, after: Fault, atMostMs: number): void {
    strike(this.match, fault);
    this.#repairs.push({ at: this.match.now + 1_000 + this.#random() * (atMostMs - 1_000), fault: after });
  }
}
