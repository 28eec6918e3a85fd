import { arena, distance, type Point, type Steering } from './rules.ts';
import { seededRandom } from './seededRandom.ts';

/** Steps until a bot thinks again: 0.4 to 1.4 seconds at 20 a second. */
const SHORTEST = 8;
const LONGEST = 28;
/** How often it goes for a star, rather than anywhere. */
const GREED = 0.7;

/** A bot's head: called once a step with what the bot sees, says where to go. The same seed and sights make the same walk. */
export function walker(seed: number): (self: Point, stars: readonly Point[]) => Steering {
  const random = seededRandom(seed);
  let goal: Point = { x: 0, y: 0 };
  let stepsLeft = 0;
  return (self, stars) => {
    if (stepsLeft-- <= 0 || distance(self, goal) < arena.reach / 2) {
      stepsLeft = SHORTEST + Math.floor(random() * (LONGEST - SHORTEST));
      const star = stars[Math.floor(random() * stars.length)];
      const anywhere = { x: random() * arena.width, y: random() * arena.height };
      goal = star !== undefined && random() < GREED ? { x: star.x, y: star.y } : anywhere;
    }
    const away = Math.max(1, distance(self, goal));
    return { dx: (goal.x - self.x) / away, dy: (goal.y - self.y) / away };
  };
}
