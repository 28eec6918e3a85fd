import type { Inspection } from '../connection/inspection.ts';
import { wordsOf } from '../driver/describe.ts';
import { checkInspection } from './checkInspection.ts';

/** A source that takes longer has not answered. Unit: ms. */
const ANSWER_MS = 1_000;

/** What a source said, as JSON: whole, and without its events. */
export interface SourceAnswer {
  readonly whole: string;
  readonly withoutEvents: string;
  /** The same as that of another answer with the same events. */
  readonly eventsKey: string;
}

/** Asks one source, which is the game's: it may throw, take its time, or give nonsense. */
export class SourceReader {
  readonly #name: string;
  #isAsked = false;

  constructor(name: string) {
    this.#name = name;
  }

  async read(source: () => Inspection | Promise<Inspection>): Promise<SourceAnswer> {
    if (this.#isAsked) return this.#failure(`has not answered for more than ${ANSWER_MS} ms`);
    this.#isAsked = true;
    const asking = Promise.resolve().then(source);
    const asked = () => {
      this.#isAsked = false;
    };
    asking.then(asked, asked);
    try {
      return this.#answer(await within(asking));
    } catch (error) {
      return this.#failure(wordsOf(error));
    }
  }

  #answer(inspection: Inspection): SourceAnswer {
    checkInspection(inspection);
    const { events, ...rest } = inspection;
    const name = this.#name;
    const last = events.at(-1);
    return {
      whole: JSON.stringify({ name, inspection }),
      withoutEvents: JSON.stringify({ name, inspection: rest }),
      eventsKey: `${inspection.steamId} ${last?.id} ${last?.at}`,
    };
  }

  #failure(error: string): SourceAnswer {
    const json = JSON.stringify({ name: this.#name, error });
    return { whole: json, withoutEvents: json, eventsKey: '' };
  }
}

async function within<T>(answer: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`has not answered for ${ANSWER_MS} ms`)), ANSWER_MS);
  });
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
