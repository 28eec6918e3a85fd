import { Room } from '@colyseus/core';
import { schema, t } from '@colyseus/schema';

const PATCH_MS = 1_000 / 60;

/** In each of which all players move. `x` of a player is the round in which he did so last. */
export class Rounds {
  /** When each was: `performance.now()`. */
  readonly times: number[] = [];
  /** Players stand still before. */
  haveBegun = false;
}

const Reliable = schema({ x: t.float32().default(0), y: t.float32().default(0) }, 'Reliable');
const Unreliable = schema({ x: t.float32().unreliable().default(0), y: t.float32().unreliable().default(0) }, 'Unreliable');

const ReliablePositions = schema({ players: t.map(Reliable) }, 'ReliablePositions');
const UnreliablePositions = schema({ players: t.map(Unreliable) }, 'UnreliablePositions');

export interface Player {
  readonly x: number;
}

/** A room in which so many players move before every patch, 60 times a second. */
export function positionsRoom(players: number, isReliable: boolean, rounds: Rounds) {
  return class extends Room {
    override patchRate = PATCH_MS;
    override state = isReliable ? new ReliablePositions() : new UnreliablePositions();

    override onCreate(): void {
      for (let i = 0; i < players; i++) {
        if (this.state instanceof ReliablePositions) this.state.players.set(String(i), new Reliable());
        else this.state.players.set(String(i), new Unreliable());
      }
    }

    override onBeforePatch(): void {
      if (!rounds.haveBegun) return;
      const round = rounds.times.push(performance.now()) - 1;
      for (const player of this.state.players.values()) {
        player.x = round;
        player.y = -round;
      }
    }
  };
}
