import type { Edit } from './edits.ts';
import type { ImportChange } from './importEdits.ts';

/** A place in the code of a game that makes its server or its client, and what is to be done there. */
export interface Site {
  readonly side: Side;
  readonly line: number;
  readonly verdict: Change | Done | ByHand | Note;
}

export type Side = 'server' | 'client';

/** Understood, and to be changed. */
export interface Change {
  readonly kind: 'change';
  readonly edits: readonly Edit[];
  /** What the edits call, when that is not there by its name. */
  readonly imports?: ImportChange;
}

/** It is as it should be. */
export interface Done {
  readonly kind: 'done';
}

/** Not understood, or not for a program to change. */
export interface ByHand {
  readonly kind: 'by hand';
  /** Why, in one line. */
  readonly found: string;
  /** What to write, in lines. */
  readonly advice: readonly string[];
}

/** It stays as it is, and that is fine. */
export interface Note {
  readonly kind: 'note';
  readonly found: string;
  readonly advice: readonly string[];
}

export const done: Done = { kind: 'done' };

export function byHand(found: string, ...advice: string[]): ByHand {
  return { kind: 'by hand', found, advice };
}
