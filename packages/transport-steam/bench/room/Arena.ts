import { getMessageBytes, Protocol, Room } from '@colyseus/core';
import { schema, t } from '@colyseus/schema';

const PATCHES_PER_SECOND = 60;

const Player = schema({ x: t.float32(), y: t.float32() }, 'Player');
const State = schema({ players: t.map(Player) }, 'State');

interface Input {
  readonly right: number;
  readonly down: number;
}

/** One input of a player, as it is on the wire: all inputs are these bytes, whoever sends them. */
export const INPUT_FRAME: Uint8Array = Uint8Array.from(getMessageBytes.raw(Protocol.ROOM_DATA, 'move', { right: 1, down: -1 }));

/** Everybody moves, and everybody sees it. Between {@link begin} and {@link end}: else nothing happens in it. */
export class Arena extends Room<{ state: InstanceType<typeof State> }> {
  /** The only one in its process. */
  static current: Arena;
  override state = new State();
  override patchRate = null;
  /** What came from the players. */
  inputCount = 0;

  override onCreate(): void {
    Arena.current = this;
    this.onMessage('move', (client, { right, down }: Input) => {
      this.inputCount++;
      const player = this.state.players.get(client.sessionId);
      if (player === undefined) return;
      player.x += right;
      player.y += down;
    });
  }

  override onJoin({ sessionId }: { sessionId: string }): void {
    this.state.players.set(sessionId, new Player().assign({ x: 0, y: 0 }));
  }

  begin(): void {
    this.setSimulationInterval(() => {
      for (const player of this.state.players.values()) {
        player.x += 0.25;
        player.y -= 0.25;
      }
    }, 1_000 / PATCHES_PER_SECOND);
    this.setPatchRate(1_000 / PATCHES_PER_SECOND);
  }

  end(): void {
    this.setPatchRate(null);
    this.setSimulationInterval();
  }
}
