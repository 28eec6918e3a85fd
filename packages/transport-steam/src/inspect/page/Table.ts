import { element, KeyedChildren, setText } from './dom.ts';

/** What is in a cell: text, with a hint or a class. */
export interface Cell {
  readonly text: string;
  readonly title?: string;
  readonly class?: string;
}

export interface Row {
  readonly cells: readonly (Cell | string)[];
  readonly class?: string;
  /** Colour of the mark before it. */
  readonly colour?: string;
  readonly onChoose?: () => void;
}

/** Rows that change in place, several times a second. */
export class Table {
  readonly #table: HTMLElement;
  readonly #empty: string;
  readonly #rows: KeyedChildren<Row>;
  readonly #note: HTMLTableCellElement;
  readonly #choices = new WeakMap<HTMLElement, () => void>();

  /** `empty`: what is said where there is no row. */
  constructor(table: HTMLElement, columns: readonly string[], empty: string) {
    const body = element('tbody');
    const head = columns.map((name) => element('th', { text: name }));
    this.#note = element('td', { class: 'empty', text: empty });
    this.#note.colSpan = columns.length;
    const note = element('tfoot', {}, element('tr', {}, this.#note));
    table.replaceChildren(element('thead', {}, element('tr', {}, ...head)), body, note);
    this.#table = table;
    this.#empty = empty;
    this.#rows = new KeyedChildren(
      body,
      (row) => this.#make(row),
      (child, row) => this.#update(child, row),
    );
  }

  /** `note`: what is said instead of `empty`. */
  show(rows: ReadonlyMap<string, Row>, note = this.#empty): void {
    setText(this.#note, note);
    this.#table.classList.toggle('is-empty', rows.size === 0);
    this.#rows.show(rows);
  }

  #make({ cells, onChoose }: Row): HTMLElement {
    const row = element('tr', {}, ...cells.map(() => element('td')));
    if (onChoose !== undefined) {
      row.tabIndex = 0;
      row.addEventListener('click', () => this.#choices.get(row)?.());
      row.addEventListener('keydown', (event) => event.key === 'Enter' && this.#choices.get(row)?.());
    }
    return row;
  }

  #update(child: HTMLElement, row: Row): void {
    child.className = row.class ?? '';
    child.style.setProperty('--mark', row.colour ?? 'transparent');
    if (row.onChoose !== undefined) this.#choices.set(child, row.onChoose);
    for (const [at, given] of row.cells.entries()) {
      const cell = typeof given === 'string' ? { text: given } : given;
      const shown = child.children[at] as HTMLElement;
      setText(shown, cell.text);
      shown.className = cell.class ?? '';
      shown.title = cell.title ?? '';
    }
  }
}
