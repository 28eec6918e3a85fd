import type UPlot from 'uplot';
import { WINDOW_S } from './History.ts';

// A script of its own, before ours.
const { uPlot } = globalThis as unknown as { readonly uPlot: typeof UPlot };

const GRID = { stroke: '#2b313c', width: 1 } as const;
const AXIS = { stroke: '#8b94a5', grid: GRID, ticks: GRID, font: '10px system-ui, sans-serif' } as const;

export interface Line {
  readonly name: string;
  readonly colour: string;
  /** One for each time; null: there was nothing. */
  readonly values: readonly (number | null)[];
}

/** Lines over the last minute. */
export class Chart {
  readonly #parent: HTMLElement;
  readonly #height: number;
  readonly #least: number;
  readonly #format: (value: number) => string;
  #plot: UPlot | undefined;
  #shape = '';

  /** `least`: the axis goes at least so far. */
  constructor(parent: HTMLElement, options: { readonly height: number; readonly least: number; format(value: number): string }) {
    this.#parent = parent;
    this.#height = options.height;
    this.#least = options.least;
    this.#format = options.format;
  }

  /** `times` in seconds. */
  show(times: readonly number[], lines: readonly Line[]): void {
    const width = Math.floor(this.#parent.clientWidth);
    if (width === 0) return;
    const shape = JSON.stringify([width, lines.map(({ name, colour }) => [name, colour])]);
    const now = times.at(-1) ?? 0;
    const data = [times.map((time) => time - now), ...lines.map(({ values }) => values)] as unknown as UPlot.AlignedData;
    if (shape === this.#shape && this.#plot !== undefined) {
      this.#plot.setData(data);
      return;
    }
    this.#shape = shape;
    this.#plot?.destroy();
    this.#plot = new uPlot(this.#options(width, lines), data, this.#parent);
  }

  #options(width: number, lines: readonly Line[]): UPlot.Options {
    return {
      width,
      height: this.#height,
      legend: { show: false },
      cursor: { show: false },
      padding: [6, 14, 0, 0],
      scales: {
        x: { time: false, range: () => [-WINDOW_S, 0] },
        y: { range: (_plot, _min, max) => [0, Math.max(this.#least, (max ?? 0) * 1.1)] },
      },
      axes: [
        { ...AXIS, size: 24, space: 60, values: (_plot, values) => values.map((value) => (value === 0 ? 'now' : `${value} s`)) },
        { ...AXIS, size: 56, space: 24, values: (_plot, values) => values.map((value) => this.#format(value)) },
      ],
      series: [
        {},
        ...lines.map(({ name, colour }) => ({
          label: name,
          stroke: colour,
          width: 1.5,
          points: { show: false },
          spanGaps: true,
        })),
      ],
    };
  }
}
