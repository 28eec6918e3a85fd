import type { Line, Show } from '../director/Show.ts';
import { arenaMap } from './arenaMap.ts';
import { linkTable } from './linkTable.ts';
import { colourOf, type Paint } from './paint.ts';
import { seconds } from './units.ts';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Rows of the log, and of a map with its box. The maps grow first, the log shrinks first. */
const LOG = { least: 3, enough: 6 };
const MAP = { least: 5, most: 16, widest: 44 };

/** One picture of the show, of at most so many columns and rows. */
export function frame(show: Show, { columns, rows }: Size, paint: Paint): string {
  const above = [...title(show, columns, paint)];
  const table = linkTable(show.links, columns, paint);
  const left = rows - above.length - table.length;
  const height = Math.min(Math.max(left - LOG.enough, Math.min(left - LOG.least, MAP.least)), MAP.most);
  const width = Math.min(Math.floor((columns - 1) / show.cast.length), MAP.widest);
  if (height >= MAP.least) above.push(...sideBySide(show.cast.map((cast) => arenaMap(show.cast, cast, width, height, paint))));
  above.push(...table);
  const log = show.lines.slice(-Math.max(rows - above.length, 1)).map((line) => logLine(show, line, columns, paint));
  return [...above, ...log].slice(0, rows).join('\n');
}

function title(show: Show, columns: number, paint: Paint): string[] {
  const { number, title } = show.act;
  const width = Math.max(columns - 1, 0);
  const left = number === 0 ? ` ${title}` : ` Act ${number} of ${show.acts}: ${title}`;
  const right = `${seconds(show.elapsedMs)} `;
  const leftWidth = Math.max(width - right.length, 0);
  const done = '━'.repeat(Math.round((number / show.acts) * width));
  return [
    paint('bold', left.slice(0, leftWidth).padEnd(leftWidth)) + right.slice(0, width),
    paint('blue', done) + paint('dim', '━'.repeat(width - done.length)),
  ];
}

function sideBySide(blocks: readonly string[][]): string[] {
  return (blocks[0] ?? []).map((_, index) => blocks.map((block) => block[index]).join(''));
}

function logLine(show: Show, { at, kind, who, text }: Line, columns: number, paint: Paint): string {
  const time = `${(at / 1_000).toFixed(1).padStart(6)}  `;
  const name = who === undefined ? '' : `${who}${kind === 'chat' ? ': ' : ' '}`;
  const rest = text.slice(0, Math.max(columns - 1 - time.length - name.length, 0));
  const words = kind === 'act' ? paint('bold', rest) : kind === 'chat' ? rest : paint('dim', rest);
  return paint('dim', time) + (who === undefined ? '' : paint(colourOf(show.cast, who), name)) + words;
}
