/**
 * So many events are kept of each kind. Whoever asks to come in, and what a peer can do as often as he likes, must not push out the others.
 */
const KEPT = { rare: 150, connections: 100, requests: 50 } as const;

type Kind = keyof typeof KEPT;

const KIND_OF: Partial<Record<EventName, Kind>> = {
  'connection-opened': 'connections',
  'connection-closed': 'connections',
  'peer-paused': 'connections',
  'peer-resumed': 'connections',
  'request-asked': 'requests',
  'request-accepted': 'requests',
  'request-refused': 'requests',
};

/** Others write reasons: what is longer is cut. Unit: characters. */
const REASON_LENGTH = 300;

/** What can happen to an endpoint, of what is rare. */
export type EventName =
  /** A peer has said hello; a session that had begun is over, with a code of `SteamError` and why. */
  | 'session-opened'
  | 'session-closed'
  /** A virtual connection, with its path; its end has a close code and a reason. */
  | 'connection-opened'
  | 'connection-closed'
  /** The host was asked about a user who wants to come in, and what it said. Without a reason the user hears nothing. */
  | 'request-asked'
  | 'request-accepted'
  | 'request-refused'
  /** He sent more than `maxWorkPerSecond`: nothing of his is looked at for 30 s. */
  | 'peer-flooded'
  /** He announced that he may be silent, and that this is over. */
  | 'peer-paused'
  | 'peer-resumed'
  | 'steam-lost'
  | 'steam-restored'
  /** This process is in a lobby, or not any more. */
  | 'lobby-entered'
  | 'lobby-left'
  /** The lobby of our room: made, taken from us by Steam, made anew, closed with its room or by the game. */
  | 'lobby-opened'
  | 'lobby-lost'
  | 'lobby-healed'
  | 'lobby-closed';

/** What is told of an event, as plain JSON. */
export interface EventDetails {
  /** SteamID of the peer whom it is about. */
  readonly peer?: string;
  /** A close code, or the code of a `SteamError`. */
  readonly code?: number | string;
  /** In words. A peer may have written it: show it as text, and nothing but text. */
  readonly reason?: string;
  /** Of a connection: what it was opened to, without the query, of which 200 characters at most. */
  readonly path?: string;
  /** Id of the lobby. */
  readonly lobby?: string;
}

export interface LoggedEvent extends EventDetails {
  /** 1 for the first of an endpoint, and one more for each. */
  readonly id: number;
  /** Milliseconds that never go back: compare with `now` of the same snapshot. */
  readonly at: number;
  readonly what: EventName;
}

/** What happened last to an endpoint. Of what is rare only: a packet costs nothing here. */
export class EventLog {
  readonly #now: () => number;
  readonly #kept: Readonly<Record<Kind, LoggedEvent[]>> = { rare: [], connections: [], requests: [] };
  #count = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The last ones, oldest first. */
  get all(): readonly LoggedEvent[] {
    return Object.values(this.#kept)
      .flat()
      .sort((a, b) => a.id - b.id);
  }

  add(what: EventName, { reason, ...details }: EventDetails = {}): void {
    const kind = KIND_OF[what] ?? 'rare';
    const kept = this.#kept[kind];
    this.#count++;
    const words = reason === undefined || reason === '' ? undefined : { reason: reason.slice(0, REASON_LENGTH) };
    kept.push({ id: this.#count, at: this.#now(), what, ...details, ...words });
    if (kept.length > KEPT[kind]) kept.shift();
  }
}
