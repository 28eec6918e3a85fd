import type { Room } from '@colyseus/sdk';
import type { ArenaRoom } from '../../shared/ArenaRoom.ts';
import { rules } from '../../shared/rules.ts';
import type { Arena, Player } from '../../shared/state.ts';
import { coatOf } from './colours.ts';
import { make } from './make.ts';

/** How long a line of the feed is read. Unit: ms. */
const FEED_MS = 4_000;
const FEED_LINES = 4;

/** What is written over the arena: time, the player's snow, who froze whom, what the network does; and the scores beside it, in a list of their own. */
export class Hud {
  readonly #room: Room<ArenaRoom, Arena>;
  readonly #clock;
  readonly #scores;
  readonly #snow;
  readonly #banner;
  readonly #badge;
  readonly #feed;
  #shown = '';

  constructor(room: Room<ArenaRoom, Arena>, element: HTMLElement, scores: HTMLElement) {
    this.#room = room;
    this.#scores = scores;
    this.#clock = make(element, 'div', 'clock');
    this.#snow = make(element, 'div', 'snow');
    this.#banner = make(element, 'div', 'banner');
    this.#feed = make(element, 'ul', 'feed');
    this.#badge = make(element, 'div', 'badge');
    this.#badge.setAttribute('role', 'status');
    this.#badge.hidden = true;
  }

  /** The text of the network's badge; empty: none. */
  set badge(text: string) {
    this.#badge.textContent = text;
    this.#badge.hidden = text === '';
  }

  froze(by: Player | undefined, whom: Player | undefined): void {
    if (by === undefined || whom === undefined) return;
    const line = make(this.#feed, 'li', '');
    for (const [player, rest] of [
      [by, ' froze '],
      [whom, ''],
    ] as const) {
      const name = make(line, 'b', '', player.name);
      name.style.color = coatOf(player);
      line.append(rest);
    }
    setTimeout(() => line.remove(), FEED_MS);
    while (this.#feed.childElementCount > FEED_LINES) this.#feed.firstElementChild?.remove();
  }

  /** `time` is the arena's. Unit: ms. `isNew`: the player is told what his hands can do. */
  update(time: number, snow: number | undefined, isNew: boolean): void {
    const { state, sessionId } = this.#room;
    const seconds = Math.max(0, Math.ceil((state.until - time) / 1000));
    const self = state.players.get(sessionId);
    const rows = [...state.players].sort(([, a], [, b]) => b.score - a.score || a.place - b.place);
    const parts = {
      seconds,
      resting: state.resting,
      winners: state.winners,
      snow,
      frozen: self?.frozen,
      isNew,
      watches: state.spectators.size,
      rows: rows.map(([id, { name, score, connected, place }]) => [id, name, score, connected, place]),
    };
    // The page is laid out anew only for what is new.
    const shown = JSON.stringify(parts);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#clock.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    this.#clock.classList.toggle('late', !state.resting && seconds <= 10);
    this.#showScores(rows, state.spectators.size);
    this.#snow.hidden = snow === undefined;
    this.#snow.replaceChildren(...this.#dots(snow ?? 0));
    this.#snow.title = `${snow} snowballs`;
    this.#showBanner(state, self, seconds, isNew);
  }

  #showScores(rows: readonly (readonly [string, Player])[], watching: number): void {
    this.#scores.replaceChildren();
    for (const [id, player] of rows) {
      const row = make(this.#scores, 'li', id === this.#room.sessionId ? 'self' : '');
      row.classList.toggle('away', !player.connected);
      row.title = player.steamId === '' ? player.name : `${player.name}, Steam user ${player.steamId}`;
      make(row, 'i', '').style.background = coatOf(player);
      make(row, 'span', 'name', player.name);
      make(row, 'b', '', String(player.score));
    }
    if (watching > 0) make(this.#scores, 'li', 'watching', `${watching} watching`);
  }

  #dots(snow: number): HTMLElement[] {
    return Array.from({ length: rules.mostSnow }, (_, n) => {
      const dot = document.createElement('i');
      dot.classList.toggle('empty', n >= snow);
      return dot;
    });
  }

  #showBanner({ resting, winners }: Arena, self: Player | undefined, seconds: number, isNew: boolean): void {
    const [title, line] = resting
      ? [winners === '' ? 'Nobody scored' : `${winners} ${winners.includes(', ') ? 'win' : 'wins'}!`, `Next round in ${seconds}`]
      : self === undefined
        ? ['', 'You are watching']
        : self.frozen
          ? ['', 'You are frozen. Thawing …']
          : ['', isNew ? howTo() : ''];
    this.#banner.hidden = line === '';
    this.#banner.classList.toggle('small', !resting);
    this.#banner.replaceChildren();
    if (title !== '') make(this.#banner, 'strong', '', title);
    make(this.#banner, 'span', '', line);
  }
}

function howTo(): string {
  return matchMedia('(pointer: coarse)').matches
    ? 'Walk with the left thumb. Hold the right one, and let go, to throw.'
    : 'Walk with WASD or the arrows. Hold Space or the mouse, and let go, to throw.';
}
