import { type SchemaType, schema, t } from '@colyseus/schema';

/** What only the player himself is sent, and reliably: he predicts it, and the host's acknowledgement has to fit it. */
export const Body = schema(
  {
    x: t.float32().default(0),
    y: t.float32().default(0),
    pushX: t.float32().default(0),
    pushY: t.float32().default(0),
    charge: t.uint8().default(0),
    wait: t.uint8().default(0),
    stun: t.uint8().default(0),
    snow: t.uint8().default(0),
  },
  'Body',
);
export type Body = SchemaType<typeof Body>;

export const Player = schema(
  {
    name: t.string(),
    steamId: t.string(),
    /** Which of the colours and start places is his. */
    place: t.uint8().default(0),
    // New every step, so that a lost one does no harm: it is not sent again.
    x: t.float32().default(0).unreliable(),
    y: t.float32().default(0).unreliable(),
    aim: t.float32().default(0).unreliable(),
    charge: t.uint8().default(0).unreliable(),
    score: t.uint16().default(0),
    /** Hits that he can take. */
    warmth: t.uint8().default(0),
    /** Frozen to a snowman. */
    frozen: t.boolean().default(false),
    /** No ball does him harm before. Unit: ms, of the arena's time. */
    safeUntil: t.uint32().default(0),
    connected: t.boolean().default(true),
    body: t.ref(Body).view(),
  },
  'Player',
);
export type Player = SchemaType<typeof Player>;

export const Ball = schema(
  {
    owner: t.string(),
    x: t.float32(),
    y: t.float32(),
    speedX: t.float32(),
    speedY: t.float32(),
    born: t.uint32(),
    life: t.uint16(),
  },
  'Ball',
);
export type Ball = SchemaType<typeof Ball>;

export const Heap = schema({ x: t.float32(), y: t.float32() }, 'Heap');
export type Heap = SchemaType<typeof Heap>;

export const Arena = schema(
  {
    /** Since the arena was made. It comes with the positions that it is the time of. Unit: ms. */
    time: t.float64().default(0).unreliable(),
    round: t.uint16().default(1),
    /** Between two rounds nothing counts. */
    resting: t.boolean().default(false),
    /** When the round ends, or the rest. Unit: ms, of `time`. */
    until: t.uint32().default(0),
    /** Who won the last round, for the rest after it. */
    winners: t.string().default(''),
    players: t.map(Player),
    balls: t.map(Ball),
    heaps: t.array(Heap),
    /** Session id and name of who only looks. */
    spectators: t.map('string'),
    /** Counters that make ids and places. */
    thrown: t.uint32().default(0).noSync(),
    dug: t.uint32().default(0).noSync(),
  },
  'Arena',
);
export type Arena = SchemaType<typeof Arena>;

/** What a player sends, `STEP_RATE` times a second. */
export const SteeringInput = schema(
  {
    dx: t.int8().default(0),
    dy: t.int8().default(0),
    aim: t.angle().default(0),
    hold: t.boolean().default(false),
  },
  'SteeringInput',
);
export type SteeringInput = SchemaType<typeof SteeringInput>;
