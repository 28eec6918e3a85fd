import type { Room } from '@colyseus/sdk';
import type { ArenaRoom } from '../../shared/ArenaRoom.ts';
import type { Messages } from '../../shared/messages.ts';
import type { Arena } from '../../shared/state.ts';
import { coatOf, ink } from './colours.ts';
import { make } from './make.ts';

const LINES = 6;
/** A line fades after that, unless somebody writes. Unit: ms. */
const READ_MS = 9_000;
const LONGEST = 120;

/** What is said, and a line to say something: Enter opens it and sends it, Escape closes it. */
export class Chat {
  readonly #room: Room<ArenaRoom, Arena>;
  readonly #lines;
  readonly #line;

  constructor(room: Room<ArenaRoom, Arena>, element: HTMLElement, signal: AbortSignal) {
    this.#room = room;
    const chat = make(element, 'div', 'chat');
    this.#lines = make(chat, 'ul', 'lines');
    this.#lines.setAttribute('role', 'log');
    this.#line = make(chat, 'input', 'say');
    Object.assign(this.#line, { maxLength: LONGEST, placeholder: 'Enter to talk', autocomplete: 'off', name: 'say' });
    this.#line.setAttribute('aria-label', 'Say something');
    this.#line.addEventListener('keydown', (event) => {
      if (event.isComposing || (event.key !== 'Enter' && event.key !== 'Escape')) return;
      event.stopPropagation();
      if (event.key === 'Enter' && this.#line.value.trim() !== '') room.send('say', { text: this.#line.value.trim() });
      this.#line.value = '';
      element.focus({ preventScroll: true });
    });
    element.addEventListener(
      'keydown',
      ({ key, target }) => {
        if (key === 'Enter' && target === element) this.#line.focus({ preventScroll: true });
      },
      { signal },
    );
  }

  show({ by, from, text }: Messages['chat']): void {
    const line = make(this.#lines, 'li', '');
    const speaker = this.#room.state.players.get(by);
    make(line, 'b', '', from).style.color = speaker === undefined ? ink : coatOf(speaker);
    make(line, 'span', '', text);
    while (this.#lines.childElementCount > LINES) this.#lines.firstElementChild?.remove();
    setTimeout(() => line.classList.add('old'), READ_MS);
  }
}
