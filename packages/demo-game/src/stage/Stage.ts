import type { Order, Report } from './words.ts';

/** What each process of the demo gets as its arguments. */
export interface Part {
  /** Which simulated Steam. */
  readonly hub: string;
  readonly name: string;
  /** Of the bot's walk. */
  readonly seed: number;
}

/** The line of one process to the director, who started it. */
export class Stage {
  readonly part: Part;
  /** When the last order came. */
  orderedAt = 0;
  readonly #waiting = new Map<Order['order'], (order: Order) => void>();
  #ended = false;

  constructor() {
    const [hub = '', name = '', seed = '1'] = process.argv.slice(2);
    this.part = { hub, name, seed: Number(seed) };
    process.on('message', (order: Order) => {
      this.orderedAt = performance.now();
      this.#waiting.get(order.order)?.(order);
    });
    // Ctrl-C reaches every process of the terminal; here it comes by the director, who hangs up.
    process.on('SIGINT', () => {});
    // Also at the end: steamworks.js keeps its process for ever.
    process.on('disconnect', () => process.exit(this.#ended ? 0 : 1));
  }

  report(report: Report): void {
    if (process.connected) process.send?.(report);
  }

  on<O extends Order['order']>(order: O, follow: (order: Extract<Order, { order: O }>) => void): void {
    this.#waiting.set(order, (given) => follow(given as Extract<Order, { order: O }>));
  }

  once<O extends Order['order']>(order: O): Promise<Extract<Order, { order: O }>> {
    return new Promise((resolve) => {
      this.on(order, resolve);
    });
  }

  /** Without it the process would wait for further orders. */
  end(): void {
    this.#ended = true;
    process.disconnect();
  }
}
