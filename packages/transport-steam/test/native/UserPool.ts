import type { RemoteDriver } from './RemoteDriver.ts';

/** Users who are logged in before anybody needs them: to start a process takes as long as most tests do. */
export class UserPool {
  readonly #spawn: () => Promise<RemoteDriver>;
  readonly #size: number;
  readonly #ready: RemoteDriver[] = [];
  readonly #taken: RemoteDriver[] = [];
  #starting: Promise<void>[] = [];

  /** `size`: how many are taken at most without a {@link fill} in between. */
  constructor(spawn: () => Promise<RemoteDriver>, size: number) {
    this.#spawn = spawn;
    this.#size = size;
    this.#refill();
  }

  /** Waits until as many are ready as the pool holds. Rejects when one cannot be started. */
  async fill(): Promise<void> {
    this.#refill();
    await Promise.all(this.#starting);
  }

  /** One whom nobody had before. */
  take(): RemoteDriver {
    const user = this.#ready.shift();
    if (user === undefined) throw new Error(`more than ${this.#size} users were taken without a fill() in between`);
    this.#taken.push(user);
    this.#refill();
    return user;
  }

  /** Ends those who were taken. Rejects when one does not end well. */
  async release(): Promise<void> {
    await endAll(this.#taken.splice(0));
  }

  /** Ends all. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#starting);
    await endAll([...this.#taken.splice(0), ...this.#ready.splice(0)]);
  }

  #refill(): void {
    while (this.#ready.length + this.#starting.length < this.#size) {
      const starting: Promise<void> = this.#spawn()
        .then((user) => void this.#ready.push(user))
        .finally(() => {
          this.#starting = this.#starting.filter((other) => other !== starting);
        });
      starting.catch(() => {}); // fill() says it
      this.#starting.push(starting);
    }
  }
}

/** All, also when one of them fails. */
async function endAll(users: readonly RemoteDriver[]): Promise<void> {
  const ends = await Promise.allSettled(users.map((user) => user.end()));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
