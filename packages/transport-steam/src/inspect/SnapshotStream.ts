import type { ServerResponse } from 'node:http';
import { wordsOf } from '../driver/describe.ts';
import type { ActionRef, NetworkSetting, Snapshot } from './messages.ts';
import { checkAction, type ResolvedInspectorOptions } from './options.ts';
import { type SourceAnswer, SourceReader } from './SourceReader.ts';

/** Pages that look at the same time. */
const MAX_VIEWERS = 16;

/** A page that does not read, as one that stands in a debugger, is let go: it comes again by itself. Unit: bytes. */
const MAX_BEHIND_BYTES = 8_388_608;

/** What else is in every snapshot. */
export interface SnapshotParts {
  readonly options: Pick<ResolvedInspectorOptions, 'title' | 'sources' | 'actions' | 'intervalMs'>;
  network(): NetworkSetting | null;
}

interface Viewer {
  readonly response: ServerResponse;
  /** By source: which events it has. */
  readonly events: Map<string, string>;
}

/** Tells all pages that look how things are, as server-sent events. While nobody looks nothing is asked. */
export class SnapshotStream {
  readonly #parts: SnapshotParts;
  readonly #viewers = new Set<Viewer>();
  readonly #readers = new Map<string, SourceReader>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isSending = false;

  constructor(parts: SnapshotParts) {
    this.#parts = parts;
  }

  /** False when there are too many. */
  add(response: ServerResponse): boolean {
    if (this.#viewers.size >= MAX_VIEWERS) return false;
    const viewer = { response, events: new Map<string, string>() };
    this.#viewers.add(viewer);
    response.once('close', () => this.#viewers.delete(viewer));
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('retry: 1000\n\n');
    void this.#send();
    return true;
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const { response } of this.#viewers) response.destroy();
    this.#viewers.clear();
  }

  /** One at a time: the next one comes when its time has come, and this one has gone. */
  async #send(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    clearTimeout(this.#timer);
    const beganAt = performance.now();
    try {
      const answers = await this.#ask();
      const rest = this.#rest();
      for (const viewer of this.#viewers) this.#tell(viewer, rest, answers);
    } catch (error) {
      const rest = { ...this.#bare(), fault: wordsOf(error) };
      for (const viewer of this.#viewers) this.#tell(viewer, rest, new Map());
    } finally {
      this.#isSending = false;
      const restMs = this.#parts.options.intervalMs - (performance.now() - beganAt);
      if (this.#viewers.size > 0) this.#timer = setTimeout(() => void this.#send(), Math.max(0, restMs));
    }
  }

  #bare(): Omit<Snapshot, 'sources'> {
    return { title: this.#parts.options.title, at: Date.now(), actions: [], network: this.#parts.network(), fault: null };
  }

  /** The buttons are the game's, which may change them: a mistake in one is shown, and the others stay. */
  #rest(): Omit<Snapshot, 'sources'> {
    const actions: ActionRef[] = [];
    let fault: string | null = null;
    for (const action of this.#parts.options.actions ?? []) {
      try {
        const { name, source = null } = checkAction(action);
        actions.push({ name, source });
      } catch (error) {
        fault ??= wordsOf(error);
      }
    }
    return { ...this.#bare(), actions, fault };
  }

  async #ask(): Promise<ReadonlyMap<string, SourceAnswer>> {
    const sources = Object.entries(this.#parts.options.sources);
    for (const name of this.#readers.keys()) if (!Object.hasOwn(this.#parts.options.sources, name)) this.#readers.delete(name);
    const answers = sources.map(async ([name, source]): Promise<[string, SourceAnswer]> => {
      const reader = this.#readers.get(name) ?? new SourceReader(name);
      this.#readers.set(name, reader);
      return [name, await reader.read(source)];
    });
    return new Map(await Promise.all(answers));
  }

  #tell({ response, events }: Viewer, rest: Omit<Snapshot, 'sources'>, answers: ReadonlyMap<string, SourceAnswer>): void {
    if (response.writableLength > MAX_BEHIND_BYTES) {
      response.destroy();
      return;
    }
    const sources = [...answers].map(([name, { whole, withoutEvents, eventsKey }]) => {
      const has = events.get(name) === eventsKey;
      events.set(name, eventsKey);
      return has ? withoutEvents : whole;
    });
    response.write(`data: ${JSON.stringify(rest).slice(0, -1)},"sources":[${sources.join()}]}\n\n`);
  }
}
