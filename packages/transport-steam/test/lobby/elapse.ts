import type { World } from '../helpers/World.ts';

/** Simulated time between two turns of the event loop, in which what is due elsewhere (promises, hints of Steam) goes on. */
const STEP_MS = 10;

/** Lets simulated time pass until the promise has settled, and settles as it does. */
export async function elapse<T>(world: World, promise: Promise<T>, withinMs = 120_000): Promise<T> {
  let isSettled = false;
  const settled = () => {
    isSettled = true;
  };
  promise.then(settled, settled);
  const end = world.steam.now + withinMs;
  while (!isSettled) {
    if (world.steam.now > end) throw new Error(`not settled within ${withinMs} ms of simulated time`);
    world.run(STEP_MS);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return await promise;
}

/** Lets so much simulated time pass. */
export async function elapseMs(world: World, ms: number): Promise<void> {
  for (const end = world.steam.now + ms; world.steam.now < end; ) {
    world.run(Math.min(STEP_MS, end - world.steam.now));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Lets simulated time pass until `condition` holds. */
export async function elapseUntil(world: World, condition: () => boolean, what: string, withinMs = 120_000): Promise<void> {
  const end = world.steam.now + withinMs;
  while (!condition()) {
    if (world.steam.now > end) throw new Error(`not within ${withinMs} ms of simulated time: ${what}`);
    await elapseMs(world, STEP_MS);
  }
}
