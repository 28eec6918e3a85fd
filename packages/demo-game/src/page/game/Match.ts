import { type InputHandle, Predict, type Reconciler, type Room, type RoomClock, type SpawnEntry } from '@colyseus/sdk';
import type { ArenaRoom } from '../../shared/ArenaRoom.ts';
import type { Point } from '../../shared/arena.ts';
import { ballPlace, type Flight, launch } from '../../shared/flight.ts';
import { move, type Steering } from '../../shared/move.ts';
import { type Arena, type Ball, type Body, type Player, SteeringInput } from '../../shared/state.ts';
import { arenaClock } from './arenaClock.ts';

/** How far in the past others are shown, so that a place that was lost is between two that were not. Unit: ms. */
const INTERPOLATION_MS = 120;
/** Of so many steps each packet tells, so that a lost one is made good by the next. */
const HISTORY = 6;
/** Who is farther off than this was put there: he did not walk. */
const JUMP = 3;
/** When a throw that the host does not confirm is forgotten: long after it has landed. Unit: ms. */
const UNCONFIRMED_MS = 3_000;
/** Of how much the balls of others are shown ahead, at the most. Unit: ms. */
const MOST_AHEAD_MS = 100;
/** How long another's ball takes from his hand to where it is by now. Unit: ms. */
const CATCH_UP_MS = 150;

/** A player as he is shown now. */
export interface ShownPlayer extends Point {
  readonly aim: number;
  /** Steps of a throw that is made ready. */
  readonly charge: number;
}

/** A ball as it is shown now; `share` of its flight is over, 0 to 1. */
export interface ShownBall extends Point {
  readonly id: number;
  readonly owner: string;
  readonly share: number;
  /** Units a second. */
  readonly speedX: number;
  readonly speedY: number;
}

type Flying = SpawnEntry<Ball, Flight, { readonly seenAt: number }>;

/**
 * The room as it is shown: the SDK predicts the player's own steps and throws, and interpolates the others. Call `frame()` once a
 * frame, then read.
 */
export class Match {
  readonly room: Room<ArenaRoom, Arena>;
  readonly #clock: RoomClock;
  readonly #predict;
  readonly #balls;
  readonly #input: InputHandle<Steering>;
  #own: { readonly body: Body; readonly reconciler: Reconciler<Body, Steering> } | undefined;

  constructor(room: Room<ArenaRoom, Arena>) {
    this.room = room;
    this.#clock = arenaClock(room);
    this.#input = room.input<Steering>({ type: SteeringInput, mode: 'unreliable', historySize: HISTORY });
    this.#predict = Predict.get(room, { mode: 'lerp', delay: INTERPOLATION_MS, clock: this.#clock });
    this.#predict.attachAll('players', { fields: ['x', 'y'], mode: 'lerp', snap: JUMP, smoothMs: 30 });
    this.#predict.attachAll('players', { fields: ['aim'], mode: 'lerp', angle: true });
    this.#balls = this.#predict.spawns('balls', {
      owned: ({ owner }: Ball) => owner === room.sessionId,
      spawnTime: ({ born }: Ball) => born,
      step: (_flight: Flight) => {}, // where it is follows from its age
      ttl: () => UNCONFIRMED_MS,
      data: () => ({ seenAt: performance.now() }),
    });
  }

  /** The player's own record, if he plays. */
  get self(): Player | undefined {
    return this.room.state.players.get(this.room.sessionId);
  }

  /** Behind the host's present, how late is what is shown, and what is done here. Unit: ms. */
  get behindMs(): number {
    return INTERPOLATION_MS + this.#clock.smoothedRtt();
  }

  /** The arena's time, as the host has it now. Unit: ms. */
  get time(): number {
    return this.#clock.renderNow();
  }

  /** What the player has, with what he did and the host does not know yet. */
  get predicted(): Body | undefined {
    return this.#own?.reconciler.state;
  }

  /** Sends the steerings that are due, and moves time on. `now` is the frame's. Unit: ms. */
  frame(now: number, steer: () => Steering): void {
    this.#follow();
    for (let due = this.#predict.tick(now); due > 0; due--) {
      Object.assign(this.#input.data, steer());
      this.#input.send();
    }
  }

  player(id: string, player: Player): ShownPlayer {
    if (id !== this.room.sessionId || this.#own === undefined) {
      const { x, y, aim } = this.#predict.read(player, ['x', 'y', 'aim']);
      return { x, y, aim, charge: player.charge };
    }
    const { body, reconciler } = this.#own;
    const { x, y } = this.#predict.read(body, ['x', 'y']);
    return { x, y, aim: this.#input.data.aim, charge: reconciler.state.charge };
  }

  /** Those in the air; `hand` says where a player is shown. */
  *balls(hand: (id: string) => Point | undefined): Iterable<ShownBall> {
    const now = performance.now();
    for (const entry of this.#balls.entries()) {
      const flight = entry.server ?? entry.local;
      if (flight === undefined) continue;
      const age = this.#ageOf(entry, flight);
      if (age > flight.life) continue;
      const { x, y } = ballPlace(flight, age);
      const caughtUp = entry.local === undefined ? Math.min(1, (now - entry.data.seenAt) / CATCH_UP_MS) : 1;
      const from = hand(flight.owner) ?? { x, y };
      yield {
        id: entry.id,
        owner: flight.owner,
        share: age / flight.life,
        x: from.x + (x - from.x) * caughtUp,
        y: from.y + (y - from.y) * caughtUp,
        speedX: flight.speedX,
        speedY: flight.speedY,
      };
    }
  }

  dispose(): void {
    this.#predict.dispose();
  }

  /**
   * His own goes on from where he threw it. Another's is shown where it will be when what he does now reaches the host: who is missed here
   * is missed there.
   */
  #ageOf({ server, leadMs }: Flying, { owner, born }: Flight): number {
    const lead = owner === this.room.sessionId ? leadMs : Math.min(this.#clock.smoothedRtt() / 2, MOST_AHEAD_MS);
    return (server === undefined ? this.#clock.serverNow() : this.#clock.renderNow()) - born + lead;
  }

  /** A player's body comes with his first state, and again with that of a reconnection. */
  #follow(): void {
    const body = this.self?.body;
    if (body === this.#own?.body) return;
    this.#own?.reconciler.dispose();
    this.#own = undefined;
    if (body === undefined) return;
    const reconciler = this.#predict.reconciler<Body, Steering>(body, {
      input: this.#input,
      snap: JUMP,
      step: ({ dt, isReplay }, state, steering) => {
        const thrown = move(state, steering, dt);
        if (thrown !== undefined && !isReplay) {
          this.#balls.spawn(launch(this.room.sessionId, state, thrown, this.#clock.serverNow()));
        }
      },
    });
    this.#own = { body, reconciler };
  }
}
