import { schema, t } from '@colyseus/schema';
import { defineMessages, type MessagesOf, message } from '../../src/messages.ts';

const Row = schema({ name: t.string(), score: t.uint16() }, 'Row');

/** The messages of a game, as a game declares them. */
export const messages = defineMessages({
  move: message({ x: t.float32(), y: t.float32() }, { delivery: 'unreliable', latest: true }),
  at: message({ id: t.uint8(), x: t.uint8() }, { delivery: 'unreliable', latest: 'id' }),
  shoot: message({ angle: t.float32(), power: t.uint8(), charged: t.boolean() }),
  chat: message({ text: t.string(), to: t.string().optional() }),
  table: message({ rows: t.array(Row) }, { delivery: 'buffered' }),
  ping: message(),
});

export type Messages = MessagesOf<typeof messages>;
