import type { RequestHandler } from './types.ts';

/** Who answers requests for which path, host or not. */
export class Answerers {
  readonly #byPath = new Map<string, RequestHandler>();

  /** Returns what ends it. @throws TypeError when it is no path, Error when it is answered already */
  add(path: string, handler: RequestHandler): () => void {
    if (!/^\/[^?]*$/.test(path)) throw new TypeError(`a path begins with / and has no query, unlike ${JSON.stringify(path)}`);
    if (this.#byPath.has(path)) throw new Error(`requests for ${path} are answered already`);
    // One function may answer several paths, and one path again after it ended.
    const own: RequestHandler = (...request) => handler(...request);
    this.#byPath.set(path, own);
    return () => {
      if (this.#byPath.get(path) === own) this.#byPath.delete(path);
    };
  }

  /** For the path of a request, whose query is no part of it. */
  find(path: string): RequestHandler | undefined {
    const end = path.indexOf('?');
    return this.#byPath.get(end < 0 ? path : path.slice(0, end));
  }
}
