import { schema, t } from '@colyseus/schema';
import { atMost, bytes, defineMessages, type MessagesOf, message } from 'colyseus-transport-steam/messages';

const Place = schema({ x: t.float32(), y: t.float32() }, 'Place');
const Row = schema({ name: t.string(), points: t.uint16() }, 'Row');

export const messages = defineMessages({
  // from a player
  move: message(Place, { delivery: 'unreliable', latest: true }),
  ready: message(),
  // both ways
  shoot: message({ angle: t.float32(), power: t.uint8() }),
  chat: message({ text: atMost(t.string(), 400), to: t.string().optional() }),
  voice: message({ frame: bytes(400) }, { delivery: 'unreliableNoDelay' }),
  // from the host
  places: message({ players: t.map(Place) }, { delivery: 'unreliable', latest: true }),
  score: message({ rows: atMost(t.array(Row), 64) }, { delivery: 'buffered' }),
});

export type Messages = MessagesOf<typeof messages>;
