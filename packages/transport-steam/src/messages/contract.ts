import { firstDifference } from './description.ts';
import { inWords } from './MessageError.ts';
import { Messages } from './Messages.ts';

/** What the ends of a session compare: see `MessageContract` of the connection layer. */
export interface Contract {
  readonly fingerprint: bigint;
  readonly description: string;
  firstDifference(theirs: string): string;
}

/** @throws TypeError when `messages` is not what `defineMessages` returned */
export function contractOf(messages: Messages): Contract {
  if (!(messages instanceof Messages)) {
    throw new TypeError(`option messages must be what defineMessages() returned, not ${inWords(messages)}`);
  }
  const { fingerprint, description } = messages;
  return { fingerprint, description, firstDifference: (theirs) => firstDifference(description, theirs) };
}

/** One driver, one set: who gives none beside others who do would get messages that he does not know. @throws TypeError */
export function checkSameMessages(messages: Messages | undefined, present: { readonly fingerprint: bigint } | undefined): void {
  if (messages === undefined && present !== undefined) {
    throw new TypeError(
      'option messages is given for this driver already, and is missing here: give the same to host and player',
    );
  }
}

/** What a connection knows of a channel. */
interface KnownChannel {
  readonly name: string;
  readonly isReliable: boolean;
}

/** Every message must have a channel that takes it. @throws RangeError naming message, channel and those that there are */
export function checkChannels(messages: Messages, channels: readonly KnownChannel[]): void {
  for (const { name, channel, delivery } of messages) {
    const isReliable = delivery === 'reliable' || delivery === 'buffered';
    const kind = isReliable ? 'reliable' : 'unreliable';
    const fitting = channels
      .filter((known) => known.isReliable === isReliable && known.name !== 'control')
      .map((known) => known.name);
    if (!fitting.includes(channel)) {
      throw new RangeError(
        `message ${name} is ${delivery} on channel ${channel}, which is no ${kind} one; those are ${fitting.join(', ')} (option channels adds others)`,
      );
    }
  }
}
