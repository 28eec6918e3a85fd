import { type Client, Room } from '@colyseus/core';
import { type SchemaType, schema, t } from '@colyseus/schema';

export const ScoreState = schema({ score: t.uint16().default(0) }, 'ScoreState');
export type ScoreState = SchemaType<typeof ScoreState>;

/** Adds up what the players say, and tells each his sum. */
export class ScoreRoom extends Room<{ state: ScoreState }> {
  override state = new ScoreState();
  override messages = {
    add: (client: Client, points: number) => {
      this.state.score += points;
      client.send('score', this.state.score);
    },
  };
}
