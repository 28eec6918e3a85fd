import type { Row } from './measureFloods.ts';

/** What is promised, while one peer floods. */
export const goals = {
  /** Of the host's event loop. Unit: ms. */
  delayP99: 20,
  /** The others' p99, to what it was before. */
  rttRatio: 2,
  /** Unit: bytes. */
  memoryGrowth: 32_000_000,
} as const;

/** What a flood did that is promised not to be; in words. */
export function missedGoals(row: Row, players: number): string[] {
  const missed = {
    'he floods on': row.shutOutAfterMs === undefined || row.code === undefined,
    'loop p99': row.delayP99 >= goals.delayP99,
    'RTT p99': row.rttP99 > goals.rttRatio * row.quietRttP99,
    memory: row.memoryGrowth >= goals.memoryGrowth,
    players: row.players < players,
  };
  return Object.entries(missed).flatMap(([goal, isMissed]) => (isMissed ? goal : []));
}
