import { isClear, lead, turn, type Walker } from '../../shared/aim.ts';
import { distance, type Point } from '../../shared/arena.ts';
import { pace } from '../../shared/move.ts';

/** Whom a player who does not point means: at most so far to the side, and so far off. */
const CONE = 0.45;
const RANGE = 17;
/** Speeds are those of so much time. Unit: ms. */
const WATCHED_MS = 100;

/** Aims for those who only walk: where they look, or at an opponent who is about there, and ahead of him. */
export class Aiming {
  readonly #seen = new Map<string, { readonly at: number; readonly place: Point; walker: Walker }>();
  #facing = 0;

  /** What the player sees of the others now. `now`: ms. */
  watch(others: Iterable<readonly [id: string, place: Point]>, now: number): void {
    for (const [id, { x, y }] of others) {
      const past = this.#seen.get(id);
      if (past === undefined) this.#seen.set(id, { at: now, place: { x, y }, walker: { x, y, speedX: 0, speedY: 0 } });
      else if (now - past.at < WATCHED_MS) past.walker = { ...past.walker, x, y };
      else {
        const seconds = (now - past.at) / 1000;
        const walker = { x, y, speedX: (x - past.place.x) / seconds, speedY: (y - past.place.y) / seconds };
        this.#seen.set(id, { at: now, place: { x, y }, walker });
      }
    }
  }

  /** `behindMs`: how late the others are seen. `targets`: ids of who can be hit. */
  aim(from: Point, { dx, dy }: { dx: number; dy: number }, charge: number, behindMs: number, targets: readonly string[]): number {
    if (dx !== 0 || dy !== 0) this.#facing = Math.atan2(dy, dx);
    const meant = targets
      .map((id) => this.#seen.get(id)?.walker)
      .filter((walker) => walker !== undefined)
      .filter((walker) => distance(from, walker) < RANGE && isClear(from, walker))
      .filter((walker) => turn(Math.atan2(walker.y - from.y, walker.x - from.x), this.#facing) < CONE)
      .sort((a, b) => distance(from, a) - distance(from, b))[0];
    if (meant === undefined || charge === 0) return this.#facing;
    const seconds = behindMs / 1000;
    const ahead = { ...meant, x: meant.x + meant.speedX * seconds, y: meant.y + meant.speedY * seconds };
    return lead(from, ahead, charge / pace.fullCharge);
  }
}
