import { stripVTControlCharacters } from 'node:util';
import type { Check, CheckStatus, DoctorReport } from './Check.ts';

export interface ReportStyle {
  readonly colours: boolean;
  /** Width of the text. Unit: characters. */
  readonly columns: number;
}

/** ANSI: green, yellow, red, grey. Not by `util.styleText`, which a Node too old does not have: it is to be told so here. */
const statusColours = { ok: 32, warning: 33, problem: 31, skipped: 90 } as const;
const STATUS_WIDTH = 'problem'.length;
const INDENT = 2;
const NARROWEST = 30;

/**
 * The report for people: a line a check, its advice below it, and the sum of it in the last line. The status is a word, not a
 * symbol: words survive every terminal, and are read aloud well.
 */
export function formatReport({ ok, checks }: DoctorReport, { colours, columns }: ReportStyle): string {
  const paint = (text: string, status: CheckStatus): string => (colours ? `\x1b[${statusColours[status]}m${text}\x1b[39m` : text);
  const nameWidth = Math.max(...checks.map(({ name }) => name.length));
  const margin = STATUS_WIDTH + 2 + nameWidth + 2;
  const width = Math.max(columns - margin, NARROWEST);

  const lines = checks.flatMap(({ name, status, found, advice }) => {
    const head = `${paint(status.padEnd(STATUS_WIDTH), status)}  ${name.padEnd(nameWidth)}  `;
    const facts = wrap(plain(found), width).map((line, index) => (index === 0 ? head : ' '.repeat(margin)) + line);
    const hints = advice === undefined ? [] : wrap(plain(advice), width - INDENT);
    return [...facts, ...hints.map((line) => ' '.repeat(margin + INDENT) + line)];
  });
  return `${[...lines, '', paint(sumUp(checks), ok ? 'ok' : 'problem')].join('\n')}\n`;
}

function sumUp(checks: readonly Check[]): string {
  const problems = count(checks, 'problem');
  const warnings = count(checks, 'warning');
  return [problems ?? 'Ready for Steam', ...(warnings === undefined ? [] : [warnings])].join(', ');
}

/** Such as "2 problems". Undefined: there is none. */
function count(checks: readonly Check[], status: 'problem' | 'warning'): string | undefined {
  const number = checks.filter((check) => check.status === status).length;
  return number === 0 ? undefined : `${number} ${status}${number === 1 ? '' : 's'}`;
}

/** Breaks at spaces. A word that is longer than a line, such as a path, stays whole: it is there to be copied. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** Persona names and the words of libraries are others' to choose: they may not write to the terminal as they like. */
function plain(text: string): string {
  return stripVTControlCharacters(text).replace(/\p{Cc}/gu, ' ');
}
