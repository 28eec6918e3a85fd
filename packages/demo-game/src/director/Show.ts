import type { Report, Sight } from '../stage/words.ts';
import { LinkMeter } from './LinkMeter.ts';

export interface Line {
  /** Since the curtain rose. Unit: ms. */
  readonly at: number;
  readonly kind: 'act' | 'event' | 'chat';
  readonly who: string | undefined;
  readonly text: string;
}

/** One process and its Steam user, as far as the audience is concerned. */
export interface Cast {
  readonly name: string;
  readonly role: 'host' | 'player';
  steamId: bigint | undefined;
  /** What this process saw last. */
  sight: Sight | undefined;
  /** Whether it is in the room now; `away` from the loss of its link to the end of the reconnection. */
  presence: 'offline' | 'here' | 'away' | 'gone';
}

/** All that a view shows. The director writes it, views read it, and are told when a line was added. */
export class Show {
  readonly cast: readonly Cast[];
  readonly links: readonly LinkMeter[];
  readonly lines: Line[] = [];
  readonly acts: number;
  act = { number: 0, title: 'The processes start' };
  onLine: (line: Line) => void = () => {};
  readonly #now: () => number;
  readonly #began: number;

  constructor(cast: readonly Pick<Cast, 'name' | 'role'>[], acts: number, now = () => performance.now()) {
    this.cast = cast.map(({ name, role }) => ({ name, role, steamId: undefined, sight: undefined, presence: 'offline' }));
    const host = this.cast.find(({ role }) => role === 'host')?.name ?? '';
    const players = this.cast.filter(({ role }) => role === 'player').map(({ name }) => name);
    this.links = players.flatMap((player) => [new LinkMeter(host, player), new LinkMeter(player, host)]);
    this.acts = acts;
    this.#now = now;
    this.#began = now();
  }

  get elapsedMs(): number {
    return this.#now() - this.#began;
  }

  /** @throws Error for a name that is not on the bill */
  castOf(name: string): Cast {
    const cast = this.cast.find((one) => one.name === name);
    if (cast === undefined) throw new Error(`nobody plays ${name}`);
    return cast;
  }

  beginAct(title: string): void {
    const number = this.act.number + 1;
    this.act = { number, title };
    this.#add('act', undefined, `Act ${number} of ${this.acts}: ${title}`);
  }

  /** `who` is undefined for what nobody on the bill does. */
  event(who: string | undefined, text: string): void {
    this.#add('event', who, text);
  }

  chat(who: string, text: string): void {
    this.#add('chat', who, text);
  }

  /** What a report changes in what is shown; the lines are the director's to write. */
  take(name: string, report: Report): void {
    const cast = this.castOf(name);
    if (report.report === 'online') cast.steamId = report.steamId;
    else if (report.report === 'joined' || report.report === 'back') cast.presence = 'here';
    else if (report.report === 'dropped') cast.presence = 'away';
    else if (report.report === 'left') cast.presence = 'gone';
    else if (report.report === 'status') {
      cast.sight = report.sight;
      for (const meter of this.links.filter(({ from }) => from === name)) {
        const peer = this.castOf(meter.to).steamId;
        meter.update(
          report.links.find((link) => link.peer === peer),
          this.elapsedMs,
        );
      }
    }
  }

  #add(kind: Line['kind'], who: string | undefined, text: string): void {
    const line = { at: this.elapsedMs, kind, who, text };
    this.lines.push(line);
    this.onLine(line);
  }
}
