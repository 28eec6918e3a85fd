import { t } from '@colyseus/schema';
import { atMost, defineMessages, type MessagesOf, message } from 'colyseus-transport-steam/messages';

/** What is said beside the state: the host and his players have it from here, both. */
export const messages = defineMessages({
  /** A player to the host. */
  say: message({ text: atMost(t.string(), 400) }),
  /** The host to all. */
  chat: message({ from: t.string(), text: t.string() }),
});
export type Messages = MessagesOf<typeof messages>;
