import { distance } from '../shared/arena.ts';
import type { Cast } from './Show.ts';

/** How far apart the places are, at the most, at which two processes see the same player. Undefined: not all of them see all. */
export function largestDifference(cast: readonly Cast[]): number | undefined {
  const sights = cast.map(({ sight }) => new Map(sight?.players.map((player) => [player.name, player])));
  let largest = 0;
  for (const { name } of cast) {
    const places = sights.map((sight) => sight.get(name));
    const [first] = places;
    for (const place of places) {
      if (first === undefined || place === undefined) return undefined;
      largest = Math.max(largest, distance(first, place));
    }
  }
  return largest;
}
