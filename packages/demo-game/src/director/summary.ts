import { arena } from '../shared/arena.ts';
import { channels } from '../stage/words.ts';
import { bytes, milliseconds, seconds } from '../view/units.ts';
import type { Show } from './Show.ts';
import type { Figures } from './script.ts';

/** What was shown, in figures. */
export function summary(show: Show, { joins, scores, difference, outage }: Figures): string[] {
  const said = show.lines.filter(({ kind }) => kind === 'chat').length;
  return [
    `Shown in ${seconds(show.elapsedMs)} by ${show.cast.length} processes, each a Steam user of its own:`,
    ...joins.map(
      ({ name, afterMs, roundTripMs }) =>
        `  ${name} joined: first state after ${milliseconds(afterMs)}, over a line of ${milliseconds(roundTripMs)} there and back`,
    ),
    `  chat: ${said} lines, each heard in every process`,
    `  scores: ${scores.map(({ name, score }) => `${name} ${score}`).join(', ')}`,
    `  views: when all stood still, they differed by ${difference.toFixed(2)} (the arena is ${arena.width} wide)`,
    `  reconnection: cable pulled for ${seconds(outage.pulledForMs)}, noticed after ${seconds(outage.noticedAfterMs)},`,
    `    back ${seconds(outage.backAfterMs)} after the cable, on the same seat, with the same score`,
    '  sent, in packets, and by logical channel in frames / bytes:',
    trafficRow('', 'packets', channels),
    ...show.links.map(({ from, to, total }) =>
      trafficRow(
        `${from} → ${to}`,
        String(total.packets),
        channels.map((channel) => `${total[channel].packets} / ${bytes(total[channel].bytes)}`),
      ),
    ),
    'Next: README.md; in packages/demo-game/src, host.ts and player.ts',
  ];
}

function trafficRow(link: string, packets: string, byChannel: readonly string[]): string {
  return `    ${link.padEnd(11)}${packets.padStart(8)}${byChannel.map((text) => text.padStart(14)).join('')}`;
}
