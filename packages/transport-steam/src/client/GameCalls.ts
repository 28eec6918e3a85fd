/** A signal or an emitter of the SDK. */
type Caller<Name extends string> = Record<Name, (...args: never[]) => unknown>;

/** Tells what the game's own handlers throw from what the SDK throws: both come out of the same call. */
export class GameCalls {
  #thrown: { readonly error: unknown } | undefined;

  /** From now on, what comes out of this method of the SDK's, which calls handlers of the game, is known. */
  watch<Name extends string>(caller: Caller<Name>, name: Name): void {
    const call = caller[name];
    caller[name] = (...args) => {
      try {
        return call.apply(caller, args);
      } catch (error) {
        this.#thrown = { error };
        throw error;
      }
    };
  }

  /** Whether this is what a handler of the game threw last. To be asked once. */
  hasThrown(error: unknown): boolean {
    const thrown = this.#thrown;
    this.#thrown = undefined;
    return thrown !== undefined && thrown.error === error;
  }
}
