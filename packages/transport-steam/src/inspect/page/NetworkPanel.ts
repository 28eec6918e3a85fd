import type { NetworkSetting } from '../messages.ts';
import { element, setText } from './dom.ts';
import { bitsPerSecond, milliseconds, share } from './format.ts';

/** The bandwidth slider goes by powers of ten, and its last step is no bound. */
const BANDWIDTH = { steps: 60, stepsPerDecade: 20, leastBits: 16_000 } as const;

type Field = keyof NetworkSetting;

interface Slider {
  readonly field: Field;
  readonly label: string;
  readonly max: number;
  readonly step: number;
  toSetting(position: number): number | null;
  toPosition(value: number | null): number;
  format(value: number | null): string;
}

const itself = { toSetting: (position: number) => position, toPosition: (value: number | null) => value ?? 0 };

const sliders: readonly Slider[] = [
  { field: 'latencyMs', label: 'Latency, one way', max: 500, step: 5, ...itself, format: (value) => milliseconds(value ?? 0) },
  { field: 'jitterMs', label: 'Jitter', max: 200, step: 5, ...itself, format: (value) => milliseconds(value ?? 0) },
  { field: 'loss', label: 'Loss', max: 0.5, step: 0.005, ...itself, format: (value) => share(value ?? 0) },
  {
    field: 'bandwidthBitsPerSecond',
    label: 'Bandwidth',
    max: BANDWIDTH.steps,
    step: 1,
    toSetting: (position) =>
      position >= BANDWIDTH.steps ? null : Math.round(BANDWIDTH.leastBits * 10 ** (position / BANDWIDTH.stepsPerDecade)),
    toPosition: (value) =>
      value === null ? BANDWIDTH.steps : BANDWIDTH.stepsPerDecade * Math.log10(Math.max(1, value / BANDWIDTH.leastBits)),
    format: bitsPerSecond,
  },
];

const PERFECT: NetworkSetting = { latencyMs: 0, jitterMs: 0, loss: 0, bandwidthBitsPerSecond: null };

/** The sliders of the simulated network. What is moved acts at once: one request at a time, always with the newest. */
export class NetworkPanel {
  readonly #panel: HTMLElement;
  readonly #set: (setting: NetworkSetting) => Promise<void>;
  readonly #controls: readonly { readonly slider: Slider; readonly input: HTMLInputElement; readonly value: HTMLElement }[];
  #setting: NetworkSetting = PERFECT;
  #wanted: NetworkSetting | undefined;
  #isSetting = false;

  constructor(panel: HTMLElement, set: (setting: NetworkSetting) => Promise<void>) {
    this.#panel = panel;
    this.#set = set;
    this.#controls = sliders.map((slider) => {
      const input = element('input');
      input.type = 'range';
      input.id = slider.field;
      input.min = '0';
      input.max = String(slider.max);
      input.step = String(slider.step);
      const value = element('output');
      input.addEventListener('input', () => this.#want({ [slider.field]: slider.toSetting(input.valueAsNumber) }));
      panel.append(element('label', {}, element('span', { text: slider.label }), input, value));
      return { slider, input, value };
    });
    const perfect = element('button', { text: 'perfect network' });
    perfect.addEventListener('click', () => this.#want(PERFECT));
    panel.append(perfect);
  }

  /** What the network is like. Not shown while something else is wanted. */
  show(setting: NetworkSetting | null): void {
    this.#panel.hidden = setting === null;
    if (setting === null || this.#isSetting) return;
    this.#setting = setting;
    this.#draw();
  }

  #want(changed: Partial<NetworkSetting>): void {
    this.#setting = this.#wanted = { ...this.#setting, ...changed };
    this.#draw();
    if (!this.#isSetting) void this.#send();
  }

  async #send(): Promise<void> {
    this.#isSetting = true;
    while (this.#wanted !== undefined) {
      const wanted = this.#wanted;
      this.#wanted = undefined;
      await this.#set(wanted);
    }
    this.#isSetting = false;
  }

  #draw(): void {
    for (const { slider, input, value } of this.#controls) {
      const set = this.#setting[slider.field];
      const position = String(slider.toPosition(set));
      if (document.activeElement !== input || input.value !== position) input.value = position;
      setText(value, slider.format(set));
    }
  }
}
