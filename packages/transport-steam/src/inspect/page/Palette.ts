/** Told apart on a dark ground, also by most who see colours differently. */
const COLOURS = ['#4cc2ff', '#ffb454', '#7ee787', '#ff7b9c', '#c6a1ff', '#f2e863', '#5eead4', '#d0d7e2'];

/** A colour for each name, the same one as long as the page is there. */
export class Palette {
  readonly #colours = new Map<string, string>();

  of(name: string): string {
    const known = this.#colours.get(name) ?? (COLOURS[this.#colours.size % COLOURS.length] as string);
    this.#colours.set(name, known);
    return known;
  }
}
