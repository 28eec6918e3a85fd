import { type Edit, overlap } from './edits.ts';
import type { FileChange } from './FileChange.ts';
import { type ImportChange, importEdits } from './importEdits.ts';
import type { Look } from './Look.ts';
import type { Names } from './Names.ts';
import { byHand, type Change } from './Site.ts';
import type { Source } from './syntax.ts';

/** What becomes of a source file. */
export function codeChange({ source, names, found }: Look): FileChange[] {
  if (source === undefined || names === undefined) return [];
  const changes = found.flatMap(({ verdict }) => (verdict.kind === 'change' ? [verdict] : []));
  return changes.length === 0 ? [] : [{ file: source.file, before: source.text, edits: editsOf(source, names, changes) }];
}

/** Of the code, and of the imports: one for all places that call the same. */
function editsOf(source: Source, names: Names, changes: readonly Change[]): Edit[] {
  const inCode = new Map(changes.flatMap(({ edits }) => edits).map((edit) => [`${edit.start} ${edit.end} ${edit.text}`, edit]));
  const imports = changes.flatMap((change) => change.imports ?? []);
  const inImports = [...Map.groupBy(imports, ({ wanted }) => wanted.name).values()].flatMap((group) => {
    const [first] = group as [ImportChange];
    const { module, name } = first.wanted;
    if (names.imported.some((imported) => imported.module === module && imported.name === name)) return [];
    const isEverywhere = group.some(({ places }) => places === 'everywhere');
    const places = isEverywhere ? 'everywhere' : group.flatMap((one) => (one.places === 'everywhere' ? [] : one.places));
    return importEdits(source, names, { ...first, places });
  });
  return [...inImports, ...inCode.values()];
}

/** Where two changes would be in one place, such as the names of one import, none is done. */
export function withoutOverlap(look: Look): Look {
  const [change] = codeChange(look);
  if (change === undefined || !overlap(change.edits)) return look;
  const meet = byHand('its changes meet in one line', 'Write one import for each name that changes, then run this again.');
  return { ...look, found: look.found.map((one) => (one.verdict.kind === 'change' ? { ...one, verdict: meet } : one)) };
}
