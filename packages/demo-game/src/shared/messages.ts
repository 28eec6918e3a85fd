import { t } from '@colyseus/schema';
import { atMost, defineMessages, type MessagesOf, message } from 'colyseus-transport-steam/messages';

/** What is said beside the state: the host and his players have it from here, both. */
export const messages = defineMessages({
  /** A player to the host. Bytes of UTF-8. */
  say: message({ text: atMost(t.string(), 400) }),
  /** The host to all: session id, and name, of who says it. */
  chat: message({ by: t.string(), from: t.string(), text: t.string() }),
  /** The host to all: a ball met somebody. Session ids. */
  hit: message({ by: t.string(), to: t.string(), x: t.float32(), y: t.float32(), counts: t.boolean(), froze: t.boolean() }),
});
export type Messages = MessagesOf<typeof messages>;
