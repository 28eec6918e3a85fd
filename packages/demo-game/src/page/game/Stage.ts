import { distance, type Point } from '../../shared/arena.ts';
import type { Hit } from '../../shared/rules.ts';
import { shadeOf } from './colours.ts';
import type { Match, ShownBall } from './Match.ts';
import type { Actor, Scene } from './Painter.ts';
import { Particles } from './Particles.ts';

/** How long who was hit is seen to be. Unit: ms. */
const DAZED_MS = 450;
/** More than a walk in a frame: he was put there. */
const JUMP = 2;
/** From one footprint to the next. */
const STRIDE = 0.75;

interface Memory {
  place: Point;
  walked: number;
  hitAt: number;
  frozenAt: number | undefined;
}

/** What is shown, with what the eye remembers: who was hit just now, whose legs are where, which ball has ended. */
export class Stage {
  actors: readonly Actor[] = [];
  readonly #match: Match;
  readonly #particles = new Particles();
  readonly #memories = new Map<string, Memory>();
  #footprints: Point[] = [];
  #balls = new Map<number, ShownBall>();
  #lastFrame = 0;

  constructor(match: Match) {
    this.#match = match;
  }

  /** A ball met somebody, says the host. */
  hit({ by, to, counts, froze }: Hit): void {
    const met = this.actors.find(({ id }) => id === to);
    if (met === undefined) return;
    const memory = this.#memories.get(to);
    if (counts && memory !== undefined) memory.hitAt = performance.now();
    this.#particles.burst(met.x, met.y, 0.9, froze ? 40 : 18, froze ? 6 : 4.5);
    const thrower = this.#match.room.state.players.get(by);
    if (thrower === undefined) return;
    if (froze || (counts && by === this.#match.room.sessionId))
      this.#particles.shout(froze ? 'Frozen!' : 'Hit!', shadeOf(thrower), met.x, met.y - 2.2);
  }

  /** `aim`: which way the player's throw goes that he makes ready. */
  scene(now: number, aim: number | undefined): Scene {
    const match = this.#match;
    const time = match.time;
    const { state } = match.room;
    this.#footprints = [];
    this.actors = [...state.players].map(([id, player]) => this.#actor(id, player, time));
    for (const id of this.#memories.keys()) if (!state.players.has(id)) this.#memories.delete(id);
    const balls = [...match.balls((id) => this.actors.find((actor) => actor.id === id))];
    this.#land(balls);
    this.#particles.move(Math.min(0.1, (now - this.#lastFrame) / 1000));
    this.#lastFrame = now;
    const self = this.actors.find(({ isSelf }) => isSelf);
    return {
      time,
      actors: this.actors,
      balls,
      heaps: state.heaps,
      particles: this.#particles,
      footprints: this.#footprints,
      aim: aim === undefined || self === undefined ? undefined : { from: self, angle: aim, charge: self.charge },
    };
  }

  #actor(id: string, player: Actor['player'], time: number): Actor {
    const shown = this.#match.player(id, player);
    const now = performance.now();
    const memory = this.#memories.get(id) ?? { place: shown, walked: 0, hitAt: Number.NEGATIVE_INFINITY, frozenAt: undefined };
    this.#memories.set(id, memory);
    const way = distance(shown, memory.place);
    if (way < JUMP) this.#walk(memory, shown, way);
    memory.place = shown;
    memory.frozenAt = player.frozen ? (memory.frozenAt ?? now) : undefined;
    return {
      ...shown,
      id,
      player,
      isSelf: id === this.#match.room.sessionId,
      isSafe: time < player.safeUntil,
      walked: memory.walked,
      dazed: Math.max(0, 1 - (now - memory.hitAt) / DAZED_MS),
      frozenFor: now - (memory.frozenAt ?? now),
    };
  }

  #walk(memory: Memory, { x, y }: Point, way: number): void {
    const steps = Math.floor(memory.walked / STRIDE);
    memory.walked += way;
    const foot = Math.floor(memory.walked / STRIDE);
    if (foot > steps) this.#footprints.push({ x: x + (foot % 2 === 0 ? 0.22 : -0.22), y });
  }

  /** A ball that is not in the air any more has hit the ground, or something. */
  #land(balls: readonly ShownBall[]): void {
    const flying = new Map(balls.map((ball) => [ball.id, ball]));
    for (const [id, { x, y }] of this.#balls) if (!flying.has(id)) this.#particles.burst(x, y, 0.4, 9, 3);
    this.#balls = flying;
  }
}
