import type { LinkMeter } from '../director/LinkMeter.ts';
import { channels } from '../stage/words.ts';
import type { Paint } from './paint.ts';
import { bytes, milliseconds } from './units.ts';

const cells = [
  { head: ' sent by → to', width: 14 },
  { head: 'round trip', width: 11 },
  { head: 'jitter', width: 8 },
  { head: 'packets/s', width: 11 },
  { head: 'control', width: 8 },
  { head: 'messages', width: 9 },
  { head: 'state', width: 9 },
  { head: 'bulk', width: 8 },
];

/**
 * A line for each direction of each link: what was measured there, and the bytes that were sent, by logical channel. Cells that do
 * not fit into `columns` are left out.
 */
export function linkTable(links: readonly LinkMeter[], columns: number, paint: Paint): string[] {
  const heads = cells.map(({ head }) => head);
  return [paint('dim', row(heads, columns)), ...links.map((link) => linkRow(link, columns, paint))];
}

function linkRow(link: LinkMeter, columns: number, paint: Paint): string {
  const { from, to, latest, total } = link;
  const byChannel = channels.map((channel) => bytes(total[channel].bytes));
  if (latest === undefined) return paint('dim', row([` ${from} → ${to}`, 'no link', '', '', ...byChannel], columns));
  const { rttMs, jitterMs } = latest;
  const measured = [rttMs < 0 ? '…' : milliseconds(rttMs), `±${milliseconds(jitterMs)}`, link.packetsPerSecond.toFixed(0)];
  return row([` ${from} → ${to}`, ...measured, ...byChannel], columns);
}

/** The first to the left, figures to the right. */
function row(texts: readonly string[], columns: number): string {
  let line = '';
  for (const [index, { width }] of cells.entries()) {
    if (line.length + width >= columns) break;
    line += index === 0 ? (texts[0] ?? '').padEnd(width) : (texts[index] ?? '').padStart(width);
  }
  return line;
}
