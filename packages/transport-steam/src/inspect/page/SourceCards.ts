import type { ActionRef, SourceSnapshot } from '../messages.ts';
import { element, KeyedChildren, setText } from './dom.ts';
import { milliseconds } from './format.ts';
import { peersByKey } from './History.ts';

interface Card {
  readonly source: SourceSnapshot;
  readonly isChosen: boolean;
  readonly actions: readonly ActionRef[];
}

/** All sources beside each other, each with its buttons; one of them is chosen. */
export class SourceCards {
  readonly #cards: KeyedChildren<Card>;
  readonly #choose: (name: string) => void;
  readonly #buttonsIn: (parent: HTMLElement) => Buttons;
  readonly #buttons = new WeakMap<HTMLElement, Buttons>();

  constructor(parent: HTMLElement, choose: (name: string) => void, run: (action: ActionRef) => Promise<void>) {
    this.#choose = choose;
    this.#buttonsIn = (place) => new Buttons(place, run);
    this.#cards = new KeyedChildren(
      parent,
      (card) => this.#make(card),
      (child, card) => this.#update(child, card),
    );
  }

  show(sources: readonly SourceSnapshot[], chosen: string | undefined, actions: readonly ActionRef[]): void {
    const cards = sources.map((source): [string, Card] => {
      const own = actions.filter((action) => action.source === source.name);
      return [source.name, { source, isChosen: source.name === chosen, actions: own }];
    });
    this.#cards.show(new Map(cards));
  }

  #make({ source: { name } }: Card): HTMLElement {
    const choose = element(
      'button',
      { class: 'choose' },
      element('strong', { text: name }),
      element('bdi', { class: 'name' }),
      element('span', { class: 'badge' }),
      element('small'),
    );
    choose.addEventListener('click', () => this.#choose(name));
    const place = element('div', { class: 'buttons' });
    const card = element('article', { class: 'card' }, choose, place);
    this.#buttons.set(card, this.#buttonsIn(place));
    return card;
  }

  #update(card: HTMLElement, { source, isChosen, actions }: Card): void {
    const [, persona, badge, summary] = (card.firstElementChild as HTMLElement).children as unknown as HTMLElement[];
    const { name, state, words } = summaryOf(source);
    card.classList.toggle('is-chosen', isChosen);
    card.firstElementChild?.setAttribute('aria-pressed', String(isChosen));
    setText(persona as HTMLElement, name);
    setText(badge as HTMLElement, state);
    (badge as HTMLElement).className = `badge is-${state}`;
    setText(summary as HTMLElement, words);
    this.#buttons.get(card)?.show(actions);
  }
}

/** The buttons of one place. Each is out of order while its action runs. */
export class Buttons {
  readonly #buttons: KeyedChildren<ActionRef>;

  constructor(parent: HTMLElement, run: (action: ActionRef) => Promise<void>) {
    this.#buttons = new KeyedChildren(
      parent,
      (action) => {
        const button = element('button', { text: action.name });
        button.addEventListener('click', async () => {
          button.disabled = true;
          await run(action);
          button.disabled = false;
        });
        return button;
      },
      () => undefined,
    );
  }

  show(actions: readonly ActionRef[]): void {
    this.#buttons.show(new Map(actions.map((action) => [action.name, action])));
  }
}

function summaryOf(source: SourceSnapshot): { name: string; state: string; words: string } {
  if ('error' in source) return { name: '', state: 'silent', words: source.error };
  const { personaName, steam, isHosting } = source.inspection;
  const peers = [...peersByKey(source.inspection.peers).values()];
  const rttMs = Math.max(-1, ...peers.map((peer) => peer.rttMs));
  const role = isHosting ? 'host, ' : '';
  const count = `${peers.length} ${peers.length === 1 ? 'peer' : 'peers'}`;
  const name = personaName === source.name ? '' : personaName;
  return { name, state: steam, words: `${role}${count}${rttMs < 0 ? '' : `, ${milliseconds(rttMs)}`}` };
}
