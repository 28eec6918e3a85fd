import { Chart, type Line } from './Chart.ts';
import { element } from './dom.ts';
import { amount, bytes } from './format.ts';
import type { Direction, Grouping, History, Rate, Sample } from './History.ts';
import { Legend } from './Legend.ts';
import { Palette } from './Palette.ts';

/** Lines of a chart: of more types those with the most bytes, and all others as one. */
const MAX_LINES = 8;
const OTHERS = 'all others';

const rates = [
  { title: 'Bytes a second', least: 100, of: (rate: Rate) => rate.bytes, format: bytes },
  { title: 'Packets a second', least: 10, of: (rate: Rate) => rate.packets, format: amount },
];

/** What goes to the peers and comes from them, by channel or by type of message, over time. */
export class TrafficCharts {
  readonly #palettes = { channels: new Palette(), types: new Palette() };
  readonly #note: HTMLElement;
  readonly #charts: readonly { readonly rate: (typeof rates)[number]; readonly chart: Chart; readonly legend: Legend }[];
  #grouping: Grouping = 'channels';
  #direction: Direction = 'sent';
  #shown: { readonly history: History; readonly peer: string | undefined } | undefined;

  constructor(parent: HTMLElement) {
    const bar = element('div', { class: 'choices' });
    bar.append(
      this.#choice('grouping', [
        ['by channel', () => (this.#grouping = 'channels')],
        ['by message type', () => (this.#grouping = 'types')],
      ]),
      this.#choice('direction', [
        ['sent', () => (this.#direction = 'sent')],
        ['received', () => (this.#direction = 'received')],
      ]),
    );
    this.#note = element('span', { class: 'empty', text: 'no types are known: messages that are declared have them' });
    bar.append(this.#note);
    parent.append(bar);
    this.#charts = rates.map((rate) => {
      const canvas = element('div', { class: 'chart' });
      const legend = element('div', { class: 'legend' });
      parent.append(element('figure', {}, element('figcaption', { text: rate.title }), canvas, legend));
      return { rate, chart: new Chart(canvas, { height: 110, ...rate }), legend: new Legend(legend) };
    });
  }

  /** `peer`: of whom; undefined for all together. */
  show(history: History, peer: string | undefined): void {
    this.#shown = { history, peer };
    const { samples } = history;
    const series = this.#series(samples, peer);
    const times = samples.map(({ at }) => at);
    this.#note.hidden = this.#grouping === 'channels' || series.size > 0;
    for (const { rate, chart, legend } of this.#charts) {
      const lines = [...series].map(([name, values]): Line => {
        const colour = this.#palettes[this.#grouping].of(name);
        return { name, colour, values: values.map((value) => (value === undefined ? null : rate.of(value))) };
      });
      chart.show(times, lines);
      legend.show(lines.map(({ name, colour, values }) => ({ name, colour, value: `${rate.format(values.at(-1) ?? 0)}/s` })));
    }
  }

  /** By name, one rate for each sample. */
  #series(samples: readonly Sample[], peer: string | undefined): ReadonlyMap<string, readonly (Rate | undefined)[]> {
    const perSample = samples.map((sample) => this.#total(sample, peer));
    const volumes = new Map<string, number>();
    for (const total of perSample) for (const [name, rate] of total) volumes.set(name, (volumes.get(name) ?? 0) + rate.bytes);
    const names = [...volumes.keys()];
    const largest = names.toSorted((a, b) => (volumes.get(b) ?? 0) - (volumes.get(a) ?? 0)).slice(0, MAX_LINES);
    const isShown = new Set(names.length > MAX_LINES ? largest.slice(0, MAX_LINES - 1) : names);
    const series = new Map<string, (Rate | undefined)[]>(
      names.filter((name) => isShown.has(name)).map((name) => [name, perSample.map((total) => total.get(name))]),
    );
    if (isShown.size < names.length) {
      series.set(
        OTHERS,
        perSample.map((total) => sum([...total].filter(([name]) => !isShown.has(name)).map(([, rate]) => rate))),
      );
    }
    return series;
  }

  #total({ peers }: Sample, peer: string | undefined): ReadonlyMap<string, Rate> {
    const total = new Map<string, Rate>();
    for (const [key, { rates: ofPeer }] of peers) {
      if (peer !== undefined && key !== peer) continue;
      for (const [name, { [this.#direction]: rate }] of ofPeer[this.#grouping]) {
        total.set(name, sum([total.get(name), rate]));
      }
    }
    return total;
  }

  #choice(name: string, options: readonly (readonly [label: string, choose: () => void])[]): HTMLElement {
    const group = element('div', { class: 'choice' });
    for (const [at, [label, choose]] of options.entries()) {
      const input = element('input');
      input.type = 'radio';
      input.name = name;
      input.checked = at === 0;
      input.addEventListener('change', () => {
        choose();
        if (this.#shown !== undefined) this.show(this.#shown.history, this.#shown.peer);
      });
      group.append(element('label', {}, input, element('span', { text: label })));
    }
    return group;
  }
}

function sum(of: readonly (Rate | undefined)[]): Rate {
  let total = { bytes: 0, packets: 0 };
  for (const rate of of) {
    if (rate !== undefined) total = { bytes: total.bytes + rate.bytes, packets: total.packets + rate.packets };
  }
  return total;
}
