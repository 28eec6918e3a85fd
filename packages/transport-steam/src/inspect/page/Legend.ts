import { element, KeyedChildren, setText } from './dom.ts';

export interface LegendEntry {
  readonly name: string;
  readonly colour: string;
  readonly value: string;
}

/** Which line is what, and how much it is now. */
export class Legend {
  readonly #entries: KeyedChildren<LegendEntry>;

  constructor(parent: HTMLElement) {
    this.#entries = new KeyedChildren(
      parent,
      () => element('span', { class: 'entry' }, element('bdi', { class: 'name' }), element('span', { class: 'value' })),
      (child, { name, colour, value }) => {
        const [label, amount] = child.children as unknown as [HTMLElement, HTMLElement];
        child.style.setProperty('--mark', colour);
        setText(label, name);
        setText(amount, value);
      },
    );
  }

  show(entries: readonly LegendEntry[]): void {
    this.#entries.show(new Map(entries.map((entry) => [entry.name, entry])));
  }
}
