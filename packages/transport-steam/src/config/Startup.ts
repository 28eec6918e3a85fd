/** As core gives it to `listen`. */
export type ListenCallback = (error?: Error) => void;

/** How a transport begins. */
export interface Beginning {
  /** What is waited for. */
  readonly ready: Promise<unknown>;
  /** Listens, and calls back once. */
  listen(callback: ListenCallback): void;
  /** Takes back what `listen` did before it failed. May be called when there is nothing. */
  failed(): void;
}

/** Puts `listen` off until what a transport waits for is there, and keeps its promise: the callback is called exactly once. */
export class Startup {
  #attempt = 0;

  /** `callback` is told of it, too, when what is waited for does not come, `listen` throws, or {@link cancel} comes first. */
  begin({ ready, listen, failed }: Beginning, callback: ListenCallback = () => undefined): void {
    this.#attempt++;
    const attempt = this.#attempt;
    let isTold = false;
    const tell: ListenCallback = (error) => {
      isTold = true;
      if (error !== undefined) failed();
      callback(error);
    };
    const begin = (): void => {
      if (attempt !== this.#attempt) {
        tell(new Error('shut down before it listened'));
        return;
      }
      try {
        listen(tell);
      } catch (error) {
        // What the callback throws is not for the callback: an unhandled rejection, as it is an uncaught exception with an HTTP server.
        if (isTold) throw error;
        tell(error as Error);
      }
    };
    void ready.then(begin, tell);
  }

  /** What has not begun to listen does not begin any more. */
  cancel(): void {
    this.#attempt++;
  }
}
