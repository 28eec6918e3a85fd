import { applyEdits, type Edit } from './edits.ts';

/** A file that is to be written. Paths are those from the folder of the project, with `/`. */
export interface FileChange {
  readonly file: string;
  /** Undefined: there is none yet. */
  readonly before: string | undefined;
  readonly edits: readonly Edit[];
}

export function textAfter({ before = '', edits }: FileChange): string {
  return applyEdits(before, edits);
}
