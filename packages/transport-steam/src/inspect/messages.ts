import type { Inspection } from '../connection/inspection.ts';

// What page and server say to each other, as JSON.

/** What the sliders have. */
export interface NetworkSetting {
  readonly latencyMs: number;
  readonly jitterMs: number;
  readonly loss: number;
  /** Null: no bound. JSON has no Infinity. */
  readonly bandwidthBitsPerSecond: number | null;
}

/** One source, at one moment. Its `events` are left out when they are those of the snapshot before. */
export type SourceSnapshot =
  | { readonly name: string; readonly inspection: Omit<Inspection, 'events'> & Partial<Pick<Inspection, 'events'>> }
  | { readonly name: string; readonly error: string };

/** Which button. */
export interface ActionRef {
  readonly name: string;
  /** Null: it is about no source. */
  readonly source: string | null;
}

/** What the stream consists of. */
export interface Snapshot {
  readonly title: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly sources: readonly SourceSnapshot[];
  readonly actions: readonly ActionRef[];
  /** Null: there are no sliders. */
  readonly network: NetworkSetting | null;
  /** What is wrong with what the game gave beside its sources, such as an action without a name; null: nothing. */
  readonly fault: string | null;
}

/** The answer to what the page posts: `error` when it did not work, `text` when it worked and has something to say. */
export interface Answer {
  readonly text?: string;
  readonly error?: string;
}
