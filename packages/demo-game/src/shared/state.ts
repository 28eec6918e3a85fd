import { type SchemaType, schema, t } from '@colyseus/schema';

export const Player = schema(
  {
    name: t.string(),
    steamId: t.string(),
    // New every step, so that a lost one does no harm: it is not sent again.
    x: t.float32().unreliable(),
    y: t.float32().unreliable(),
    score: t.uint16().default(0),
    connected: t.boolean().default(true),
  },
  'Player',
);
export type Player = SchemaType<typeof Player>;

export const Star = schema({ x: t.float32(), y: t.float32() }, 'Star');
export type Star = SchemaType<typeof Star>;

export const Arena = schema({ players: t.map(Player), stars: t.array(Star), caught: t.uint16().default(0) }, 'Arena');
export type Arena = SchemaType<typeof Arena>;

/** What a player sends, {@link STEP_RATE} times a second. */
export const Steering = schema({ dx: t.float32().default(0), dy: t.float32().default(0) }, 'Steering');
export type Steering = SchemaType<typeof Steering>;
