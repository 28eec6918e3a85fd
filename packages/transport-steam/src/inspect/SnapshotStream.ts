import type { ServerResponse } from 'node:http';
import type { ActionRef, NetworkSetting } from './messages.ts';
import type { ResolvedInspectorOptions } from './options.ts';
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
    const answers = await this.#ask();
    for (const viewer of this.#viewers) this.#tell(viewer, answers);
    this.#isSending = false;
    const restMs = this.#parts.options.intervalMs - (performance.now() - beganAt);
    if (this.#viewers.size > 0) this.#timer = setTimeout(() => void this.#send(), Math.max(0, restMs));
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

  #tell({ response, events }: Viewer, answers: ReadonlyMap<string, SourceAnswer>): void {
    if (response.writableLength > MAX_BEHIND_BYTES) {
      response.destroy();
      return;
    }
    const sources = [...answers].map(([name, { whole, withoutEvents, eventsKey }]) => {
      const has = events.get(name) === eventsKey;
      events.set(name, eventsKey);
      return has ? withoutEvents : whole;
    });
    const { title, actions = [] } = this.#parts.options;
    const refs: ActionRef[] = actions.map(({ name, source = null }) => ({ name, source }));
    const rest = JSON.stringify({ title, at: Date.now(), actions: refs, network: this.#parts.network() });
    response.write(`data: ${rest.slice(0, -1)},"sources":[${sources.join()}]}\n\n`);
  }
}
