import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FileChange, textAfter } from './FileChange.ts';

/**
 * Writes all of it, or nothing where a file is no longer as it was shown.
 *
 * @returns the file that has changed meanwhile
 */
export function applyChanges(folder: string, changes: readonly FileChange[]): string | undefined {
  for (const { file, before } of changes) {
    const path = join(folder, file);
    if ((existsSync(path) ? readFileSync(path, 'utf8') : undefined) !== before) return file;
  }
  for (const change of changes) writeFileSync(join(folder, change.file), textAfter(change));
  return undefined;
}
