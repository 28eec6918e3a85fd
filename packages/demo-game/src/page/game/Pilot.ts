import { brain } from '../../shared/brain.ts';
import type { Steering } from '../../shared/move.ts';
import { Aiming } from './Aiming.ts';
import type { Controls } from './Controls.ts';
import type { Match } from './Match.ts';
import type { Painter } from './Painter.ts';

/** Who steers the player: his hands, or a bot. */
export class Pilot {
  readonly #match: Match;
  readonly #controls: Controls;
  readonly #painter: Painter;
  readonly #aiming = new Aiming();
  readonly #brain = brain(Math.floor(Math.random() * 2 ** 31));
  readonly #onTaken: () => void;
  #bot = false;
  #hasWalked = false;
  #hasThrown = false;
  #last: Steering = { dx: 0, dy: 0, aim: 0, hold: false };

  /** `onTaken`: the player has taken over from the bot, by using his hands. */
  constructor(match: Match, controls: Controls, painter: Painter, onTaken: () => void) {
    this.#match = match;
    this.#controls = controls;
    this.#painter = painter;
    this.#onTaken = onTaken;
  }

  get bot(): boolean {
    return this.#bot;
  }

  set bot(bot: boolean) {
    if (bot !== this.#bot) this.#hasWalked = this.#hasThrown = false;
    this.#bot = bot;
  }

  /** The player uses his hands: the bot rests. Returns whether one played. */
  take(): boolean {
    if (!this.#bot) return false;
    this.bot = false;
    this.#onTaken();
    return true;
  }

  /** Which way a throw that is made ready will go; undefined when none is. */
  get aim(): number | undefined {
    return !this.bot && (this.#match.predicted?.charge ?? 0) > 0 ? this.#last.aim : undefined;
  }

  /** Whether he has the keys, and has not walked and thrown yet: somebody has to tell him how. */
  get isNew(): boolean {
    return this.#controls.haveFocus && !(this.#hasWalked && this.#hasThrown);
  }

  /** What the player does in the step that is due. */
  steer(): Steering {
    const { room } = this.#match;
    if (this.#controls.isPadUsed) this.take();
    this.#last = this.bot ? this.#brain(room.state, room.sessionId) : this.#byHand();
    return this.#last;
  }

  #byHand(): Steering {
    const { predicted, behindMs, room } = this.#match;
    if (predicted === undefined) return this.#last;
    const { dx, dy, hold, aim } = this.#controls.read(this.#painter.inPage({ x: predicted.x, y: predicted.y - 0.6 }));
    this.#hasWalked ||= dx !== 0 || dy !== 0;
    this.#hasThrown ||= predicted.charge > 0 && !hold;
    const others = [...room.state.players].filter(([id]) => id !== room.sessionId);
    this.#aiming.watch(
      others.map(([id, player]) => [id, this.#match.player(id, player)] as const),
      performance.now(),
    );
    const targets = others.filter(([, { frozen }]) => !frozen).map(([id]) => id);
    return { dx, dy, hold, aim: aim ?? this.#aiming.aim(predicted, { dx, dy }, predicted.charge, behindMs, targets) };
  }
}
