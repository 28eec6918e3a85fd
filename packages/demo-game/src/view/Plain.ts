import type { Writable } from 'node:stream';
import type { Line, Show } from '../director/Show.ts';
import type { SeenPlayer } from '../stage/words.ts';
import { milliseconds } from './units.ts';

/** Between two lines of figures. Unit: ms. */
const STATUS_MS = 3_000;

/** A line for each event, and some figures every few seconds: for pipes, files and CI. */
export class Plain {
  readonly #timer: NodeJS.Timeout;

  constructor(show: Show, stream: Writable) {
    const write = (line: string) => stream.write(`${line}\n`);
    show.onLine = (line) => write(eventLine(line));
    this.#timer = setInterval(() => statusLines(show).forEach(write), STATUS_MS);
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

export function eventLine({ at, kind, who, text }: Line): string {
  const words = `${who === undefined ? '' : `${who} `}${kind === 'chat' ? 'says: ' : ''}${text}`;
  return `${time(at)}${kind === 'act' ? '' : '  '}${words}`;
}

/** What the host measures, and who sees whom where. */
export function statusLines(show: Show): string[] {
  const links = show.links
    .filter(({ from }) => show.castOf(from).role === 'host')
    .map(({ from, to, latest, packetsPerSecond }) => {
      if (latest === undefined) return `${from} → ${to} no link`;
      const { rttMs, jitterMs } = latest;
      return `${from} → ${to} ${rttMs < 0 ? '…' : milliseconds(rttMs)} ±${milliseconds(jitterMs)}, ${packetsPerSecond.toFixed(0)} packets/s`;
    });
  const sights = show.cast
    .filter(({ presence }) => presence === 'here' || presence === 'away')
    .map(({ name, sight }) => `${name} sees ${sight?.players.map(place).join(' ') ?? 'nothing yet'}`);
  return [links, sights].filter((parts) => parts.length > 0).map((parts) => `${time(show.elapsedMs)}  · ${parts.join(' · ')}`);
}

function place({ name, x, y, connected }: SeenPlayer): string {
  return `${name}${connected ? '' : ' (away)'} ${x.toFixed(0)},${y.toFixed(0)}`;
}

function time(ms: number): string {
  return `${(ms / 1_000).toFixed(1).padStart(6)}  `;
}
