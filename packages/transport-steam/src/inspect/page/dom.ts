// Names and reasons come from other people: nothing here, nor anywhere in the page, makes markup of text.

interface Content {
  readonly class?: string;
  readonly text?: string;
  readonly title?: string;
}

/** A new element with what is in it. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  content: Content = {},
  ...children: readonly Node[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (content.class !== undefined) made.className = content.class;
  if (content.text !== undefined) made.textContent = content.text;
  if (content.title !== undefined) made.title = content.title;
  made.append(...children);
  return made;
}

/** An element of the page. @throws Error when it is not there */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

/** Does not touch what is so already: what is selected or pressed stays so. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** Children that stay the same elements while their keys are there, in the order of the items. */
export class KeyedChildren<T> {
  readonly #parent: HTMLElement;
  readonly #make: (item: T) => HTMLElement;
  readonly #update: (child: HTMLElement, item: T) => void;
  readonly #byKey = new Map<string, HTMLElement>();

  constructor(parent: HTMLElement, make: (item: T) => HTMLElement, update: (child: HTMLElement, item: T) => void) {
    this.#parent = parent;
    this.#make = make;
    this.#update = update;
  }

  show(items: ReadonlyMap<string, T>): void {
    for (const [key, child] of this.#byKey) {
      if (items.has(key)) continue;
      child.remove();
      this.#byKey.delete(key);
    }
    let place = 0;
    for (const [key, item] of items) {
      const child = this.#byKey.get(key) ?? this.#make(item);
      this.#byKey.set(key, child);
      this.#update(child, item);
      if (this.#parent.children[place] !== child) this.#parent.insertBefore(child, this.#parent.children[place] ?? null);
      place++;
    }
  }
}
