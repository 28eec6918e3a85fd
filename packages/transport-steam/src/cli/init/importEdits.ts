import { type Edit, lineEndOf } from './edits.ts';
import type { ImportedName, Meaning, Names } from './Names.ts';
import type { Change } from './Site.ts';
import { endOf, type Source, startOf, textOf } from './syntax.ts';

/** A part of the text. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

/** What a change needs at the top of its file. */
export interface ImportChange {
  /** What the new code calls. */
  readonly wanted: Meaning & { readonly local: string };
  /** What the old code called. The new import comes in its place, or behind it. */
  readonly replaced: ImportedName;
  /** Where the old code called it; `everywhere`: its name now means what is wanted. */
  readonly places: readonly Place[] | 'everywhere';
}

/** Imports what is wanted, in the way of the file, and no longer what nobody uses any more. */
export function importEdits(source: Source, names: Names, { wanted, replaced, places }: ImportChange): Edit[] {
  const { statement, removable } = replaced;
  const [start, end] = [startOf(statement), endOf(statement)];
  const line = importLine(source, replaced, wanted);
  const behind = { start: end, end, text: lineEndOf(source.text) + line };
  if (removable === undefined || (places !== 'everywhere' && names.isUsedOutside(replaced, places))) return [behind];
  if (removable === 'statement') return [{ start, end, text: line }];
  return [withoutPart(source, startOf(removable), endOf(removable)), behind];
}

/**
 * Has a name come from this package, where the package has it, too, by the same name: only the line that imports it changes. Undefined: that line is of
 * another form.
 *
 * @param also names that this package has besides, which may stand in the same line
 */
export function moved(
  imported: ImportedName,
  to: Meaning,
  also: readonly string[],
): Pick<Change, 'edits' | 'imports'> | undefined {
  const { siblings, from, removable } = imported;
  if (siblings.every((name) => name === to.name || also.includes(name))) {
    return { edits: [{ start: startOf(from) + 1, end: endOf(from) - 1, text: to.module }] };
  }
  if (removable === undefined || removable === 'statement') return undefined;
  return { edits: [], imports: { wanted: { ...to, local: imported.local }, replaced: imported, places: 'everywhere' } };
}

function importLine(source: Source, { by, statement }: ImportedName, { module, name, local }: ImportChange['wanted']): string {
  const model = textOf(source, statement);
  const quote = /['"](?=[^'"]*['"]\)?[^'"]*$)/.exec(model)?.[0] ?? "'";
  const end = model.endsWith(';') ? ';' : '';
  const space = /\{\S/.test(model) ? '' : ' ';
  const from = `${quote}${module}${quote}`;
  if (by === 'import') {
    const binding = local === name ? name : `${name} as ${local}`;
    return `import {${space}${binding}${space}} from ${from}${end}`;
  }
  const keyword = /^\w+/.exec(model)?.[0] ?? 'const';
  const binding = local === name ? name : `${name}: ${local}`;
  return `${keyword} {${space}${binding}${space}} = require(${from})${end}`;
}

/** One of several parts between braces, with the comma and the white space that belong to it. */
function withoutPart({ text }: Source, start: number, end: number): Edit {
  const behind = /^\s*,[ \t]*(?:\r?\n[ \t]*)?/.exec(text.slice(end));
  if (behind !== null && !/^\s*\}/.test(text.slice(end + behind[0].length)))
    return { start, end: end + behind[0].length, text: '' };
  // The last one: the comma before it goes, and one behind it stays.
  const before = /,\s*$/.exec(text.slice(0, start));
  return { start: start - (before?.[0].length ?? 0), end, text: '' };
}
