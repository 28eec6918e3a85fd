import type { InspectedPeer } from '../../connection/inspection.ts';
import { Chart, type Line } from './Chart.ts';
import { element } from './dom.ts';
import { milliseconds, share } from './format.ts';
import type { History } from './History.ts';
import type { Palette } from './Palette.ts';

interface Measure {
  readonly title: string;
  /** The axis goes at least so far. */
  readonly least: number;
  /** Below zero: not known. */
  of(peer: InspectedPeer): number;
  format(value: number): string;
}

const measures: readonly Measure[] = [
  { title: 'Round trip', least: 20, of: ({ rttMs }) => rttMs, format: milliseconds },
  { title: 'Jitter', least: 10, of: ({ rttMs, jitterMs }) => (rttMs < 0 ? -1 : jitterMs), format: milliseconds },
  { title: 'Loss of what comes', least: 0.02, of: ({ loss }) => loss, format: share },
];

/** What the line to each peer is like, over time. The peers' table is the legend. */
export class LineCharts {
  readonly #palette: Palette;
  readonly #charts: readonly { readonly measure: Measure; readonly chart: Chart }[];

  constructor(parent: HTMLElement, palette: Palette) {
    this.#palette = palette;
    this.#charts = measures.map((measure) => {
      const canvas = element('div', { class: 'chart' });
      parent.append(element('figure', {}, element('figcaption', { text: measure.title }), canvas));
      return { measure, chart: new Chart(canvas, { height: 110, least: measure.least, format: measure.format }) };
    });
  }

  show({ samples }: History): void {
    const times = samples.map(({ at }) => at);
    const keys = new Set(samples.flatMap(({ peers }) => [...peers.keys()]));
    for (const { measure, chart } of this.#charts) {
      const lines = [...keys].map((key): Line => {
        const values = samples.map(({ peers }) => {
          const seen = peers.get(key);
          const value = seen === undefined ? -1 : measure.of(seen.peer);
          return value < 0 ? null : value;
        });
        return { name: key, colour: this.#palette.of(key), values };
      });
      chart.show(times, lines);
    }
  }
}
