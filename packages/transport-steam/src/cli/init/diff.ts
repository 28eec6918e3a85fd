import { applyEdits, type Edit, inOrder } from './edits.ts';

/** Lines around a change. */
const CONTEXT = 3;

/** The edits in the unified form, as `patch` takes it. `before` is undefined for a new file. */
export function unifiedDiff(file: string, before: string | undefined, edits: readonly Edit[]): string {
  const text = before ?? '';
  const lines = linesOf(text);
  const hunks = hunksOf(text, lines, edits);
  let shift = 0;
  const body = hunks.map(({ first, last, changes }) => {
    const from = Math.max(first - CONTEXT, 0);
    const to = Math.min(last + CONTEXT, lines.length);
    const out: string[] = [];
    let [at, added] = [from, 0];
    for (const change of changes) {
      out.push(...lines.slice(at, change.first).map((line) => ` ${line}`));
      out.push(...lines.slice(change.first, change.last).map((line) => `-${line}`));
      out.push(...change.lines.map((line) => `+${line}`));
      added += change.lines.length - (change.last - change.first);
      at = change.last;
    }
    out.push(...lines.slice(at, to).map((line) => ` ${line}`));
    const head = `@@ -${range(from, to - from)} +${range(from + shift, to - from + added)} @@`;
    shift += added;
    return [head, ...out.map(visible)].join('\n');
  });
  return `${[`--- ${before === undefined ? '/dev/null' : file}`, `+++ ${file}`, ...body].join('\n')}\n`;
}

interface Change {
  /** Lines of the old text, counted from 0, `last` not included. */
  readonly first: number;
  readonly last: number;
  /** In their place. */
  readonly lines: readonly string[];
}

interface Hunk {
  readonly first: number;
  readonly last: number;
  readonly changes: readonly Change[];
}

/** Edits of the same line, and of neighbours, are shown as one change; changes whose context meets, as one hunk. */
function hunksOf(text: string, lines: readonly string[], edits: readonly Edit[]): Hunk[] {
  const starts = [0];
  for (const line of lines) starts.push((starts.at(-1) as number) + line.length);
  const lineAt = (offset: number) =>
    starts.findLastIndex((start, line) => start <= offset && (line < lines.length || line === 0));
  const groups: { first: number; last: number; edits: Edit[] }[] = [];
  for (const edit of inOrder(edits)) {
    const first = lineAt(edit.start);
    const last = Math.max(lineAt(edit.end) + 1, first + 1);
    const previous = groups.at(-1);
    if (previous !== undefined && first < previous.last) {
      previous.last = Math.max(previous.last, last);
      previous.edits.push(edit);
    } else groups.push({ first, last: Math.min(last, lines.length), edits: [edit] });
  }
  const hunks: Hunk[] = [];
  for (const group of groups) {
    const [from = 0, to = text.length] = [starts[group.first], starts[group.last]];
    const moved = group.edits.map((edit) => ({ ...edit, start: edit.start - from, end: edit.end - from }));
    const change = trimmed(group.first, lines.slice(group.first, group.last), linesOf(applyEdits(text.slice(from, to), moved)));
    const previous = hunks.at(-1);
    if (previous !== undefined && change.first - previous.last <= 2 * CONTEXT) {
      hunks[hunks.length - 1] = { first: previous.first, last: change.last, changes: [...previous.changes, change] };
    } else hunks.push({ first: change.first, last: change.last, changes: [change] });
  }
  return hunks;
}

/** Without the lines at both ends that stay as they are. */
function trimmed(first: number, before: readonly string[], after: readonly string[]): Change {
  let head = 0;
  while (head < Math.min(before.length, after.length) && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < Math.min(before.length, after.length) - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  return { first: first + head, last: first + before.length - tail, lines: after.slice(head, after.length - tail) };
}

/** With their ends. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function range(first: number, count: number): string {
  return `${count === 0 ? first : first + 1}${count === 1 ? '' : `,${count}`}`;
}

/** A line that has no end says so, as in git's diffs; the ends of Windows are not shown. */
function visible(line: string): string {
  return line.endsWith('\n') ? line.replace(/\r?\n$/, '') : `${line}\n\\ No newline at end of file`;
}
