import { type Client, Room } from '@colyseus/core';
import { MapSchema, schema, t } from '@colyseus/schema';
import type { Room as SdkRoom } from '@colyseus/sdk';

export const TalkState = schema({ heard: t.map('uint32'), ticks: t.uint32().default(0) }, 'TalkState');

type State = InstanceType<typeof TalkState>;

/**
 * A room that counts what each player says, and says something itself. It lets everybody come back, and has not a word about transports:
 * what a game has.
 */
export class TalkRoom extends Room<{ state: State }> {
  static latest: TalkRoom;
  /** How long a seat is kept. Unit: s. */
  static keepsSeconds = 20;
  override state = new TalkState();
  override maxMessagesPerSecond = Number.POSITIVE_INFINITY;
  /** Numbers, by player, in the order in which they came. */
  readonly accepted = new Map<string, number[]>();
  readonly dropped: (number | undefined)[] = [];
  readonly left: (number | undefined)[] = [];
  readonly back: string[] = [];
  #said = 0;

  override onCreate(): void {
    TalkRoom.latest = this;
    this.setPatchRate(20);
    this.onMessage('say', (client: Client, number: number) => {
      const numbers = this.accepted.get(client.sessionId) ?? [];
      this.accepted.set(client.sessionId, [...numbers, number]);
      this.state.heard.set(client.sessionId, numbers.length + 1);
    });
    this.onMessage('leave me', (client: Client, [code, reason]: [number, string]) => {
      client.send('last words', 'so be it');
      client.leave(code, reason);
    });
  }

  /** To everybody, numbered. */
  say(): void {
    this.broadcast('said', this.#said++);
  }

  get said(): number {
    return this.#said;
  }

  override async onDrop(client: Client, code?: number): Promise<void> {
    this.dropped.push(code);
    await this.allowReconnection(client, TalkRoom.keepsSeconds);
  }

  override onReconnect(client: Client): void {
    this.back.push(client.sessionId);
  }

  override onLeave(_client: Client, code?: number): void {
    this.left.push(code);
  }
}

/** What a player has of the state: as plain values. */
export function copyOf(room: SdkRoom<unknown, State>): Record<string, number> {
  return Object.fromEntries(room.state?.heard instanceof MapSchema ? room.state.heard.entries() : []);
}
