import { type ClientOptions, ColyseusSDK, type EndpointSettings, type Room, type SeatReservation } from '@colyseus/sdk';
import { registerMessages } from '../messages/extension.ts';
import type { Messages } from '../messages/Messages.ts';
import { withMessages } from '../messages/withMessages.ts';
import type { ServerTypes } from './ServerTypes.ts';

/** The Colyseus SDK over WebSocket, whose rooms have the declared messages of the game. */
// biome-ignore lint/suspicious/noExplicitAny: the SDK's own defaults
export class MessagesSDK<ServerType extends ServerTypes = any, UserData = any> extends ColyseusSDK<ServerType, UserData> {
  readonly #messages: Messages;

  constructor(messages: Messages, endpoint?: string | EndpointSettings, options?: ClientOptions) {
    super(endpoint, options);
    this.#messages = messages;
  }

  override async consumeSeatReservation<T>(
    seat: SeatReservation,
    rootSchema?: Parameters<ColyseusSDK['consumeSeatReservation']>[1],
  ): Promise<Room<unknown, T>> {
    // What the host sends in onJoin comes before whoever waits for the join goes on.
    const takeBack = registerMessages(this.#messages);
    try {
      return withMessages((await super.consumeSeatReservation(seat, rootSchema)) as Room<unknown, T>, this.#messages);
    } finally {
      takeBack();
    }
  }
}
