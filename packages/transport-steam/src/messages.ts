// What both sides of a game share: its messages, declared once.
export type { DeclaredMessage } from './messages/DeclaredMessage.ts';
export { firstDifference } from './messages/description.ts';
export { DeclaredPayload, registerMessages } from './messages/extension.ts';
export { atMost, bytes, type MessageFields, type SchemaClass } from './messages/FieldType.ts';
export { MessageError } from './messages/MessageError.ts';
export { defineMessages, type MessageDefinitions, Messages } from './messages/Messages.ts';
export { type MessageDefinition, type MessagesOf, message, type SentMessagesOf } from './messages/message.ts';
export type { MessageDelivery, Travel } from './messages/travel.ts';
export { withMessages } from './messages/withMessages.ts';
