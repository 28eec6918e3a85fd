import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { unifiedDiff } from '../../src/cli/init/diff.ts';
import { applyEdits, type Edit, overlap } from '../../src/cli/init/edits.ts';

const at = (text: string, part: string, replacement: string): Edit => {
  const start = text.indexOf(part);
  return { start, end: start + part.length, text: replacement };
};
const lines = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => `line ${from + i}\n`).join('');

describe('a diff', () => {
  test('has three lines around a change', () => {
    const text = lines(1, 9);
    expect(unifiedDiff('a.ts', text, [at(text, 'line 5', 'line five')])).toBe(
      '--- a.ts\n+++ a.ts\n@@ -2,7 +2,7 @@\n line 2\n line 3\n line 4\n-line 5\n+line five\n line 6\n line 7\n line 8\n',
    );
  });

  test('has two parts when they are far from each other, and counts on', () => {
    const text = lines(1, 20);
    const diff = unifiedDiff('a.ts', text, [at(text, 'line 18\n', ''), at(text, 'line 2\n', 'line 2\nline 2a\n')]);
    expect(diff.match(/^@@.*$/gm)).toEqual(['@@ -1,5 +1,6 @@', '@@ -15,6 +16,5 @@']);
  });

  test('is of a new file', () => {
    expect(unifiedDiff('a.txt', undefined, [{ start: 0, end: 0, text: '480\n' }])).toBe(
      '--- /dev/null\n+++ a.txt\n@@ -0,0 +1 @@\n+480\n',
    );
  });

  test('says that the last line has no end', () => {
    expect(unifiedDiff('a.ts', 'a\nb', [{ start: 3, end: 3, text: 'c\n' }])).toBe(
      '--- a.ts\n+++ a.ts\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+bc\n',
    );
  });

  test('shows the lines of Windows without their ends', () => {
    expect(unifiedDiff('a.ts', 'a\r\nb\r\n', [{ start: 0, end: 1, text: 'c' }])).toBe(
      '--- a.ts\n+++ a.ts\n@@ -1,2 +1,2 @@\n-a\n+c\n b\n',
    );
  });

  test('makes the new text of the old one, whatever the edits', () => {
    const character = fc.constantFrom('a', 'b', '\n', '\n');
    const cases = fc.tuple(
      fc.array(character, { maxLength: 40 }),
      fc.array(fc.tuple(fc.nat(40), fc.nat(5), fc.string({ unit: character, maxLength: 5 })), { maxLength: 5 }),
    );
    fc.assert(
      fc.property(cases, ([characters, raw]) => {
        const text = characters.join('');
        let end = 0;
        const edits = raw.flatMap(([skip, length, replacement]): Edit[] => {
          const start = end + skip;
          if (start + length > text.length) return [];
          end = start + length + 1;
          return [{ start, end: start + length, text: replacement }];
        });
        expect(patched(text, unifiedDiff('a', text, edits))).toBe(applyEdits(text, edits));
      }),
      { numRuns: 2_000 },
    );
  });
});

test('edits that overlap, and those that only meet', () => {
  const edit = (start: number, end: number): Edit => ({ start, end, text: '' });
  expect(overlap([edit(1, 3), edit(0, 2)])).toBe(true);
  expect(overlap([edit(2, 3), edit(2, 2), edit(0, 2)])).toBe(false);
});

/** What `patch` makes of it, step by step. */
function patched(text: string, diff: string): string {
  const old = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const result: string[] = [];
  let read = 0;
  const body = diff.split('\n').slice(2, -1);
  for (const [index, line] of body.entries()) {
    const hunk = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@$/.exec(line);
    if (hunk !== null) {
      const [, first, count = '1', firstAfter] = hunk;
      const from = Number(first) - (count === '0' ? 0 : 1);
      result.push(...old.slice(read, from));
      read = from;
      // An empty part of the new text is said by the line before it.
      const isEmpty = hunk[4] === '0';
      if (result.length + (isEmpty ? 0 : 1) !== Number(firstAfter)) throw new Error(`${line} begins at ${result.length + 1}`);
      continue;
    }
    if (line.startsWith('\\')) continue;
    const content = line.slice(1) + (body[index + 1]?.startsWith('\\') ? '' : '\n');
    if (line[0] !== '+') {
      if (old[read] !== content)
        throw new Error(`line ${read + 1} is ${JSON.stringify(old[read])}, not ${JSON.stringify(content)}`);
      read++;
    }
    if (line[0] !== '-') result.push(content);
  }
  return [...result, ...old.slice(read)].join('');
}
