// A user of the real addon in a process of his own: runs the function whose source onAddon() sends, and sends back what it returned.
import { setTimeout as sleep } from 'node:timers/promises';
import steamworks from 'steamworks.js';
import { SendType } from '../../src/driver/SteamDriver.ts';
import { initSteamworks, SteamCallback, SteamCallbacks, SteamworksDriver } from '../../src/steamworks.ts';
import { DriverRecorder } from '../helpers/DriverRecorder.ts';
import { DoubleFifo } from './double.ts';
import type { AddonTools } from './onAddon.ts';

const PATIENCE_MS = 20_000;

/** Whoever started this may be dead. More than onAddon() has patience. Unit: ms. */
const LIFE_MS = 60_000;
setTimeout(() => process.exit(), LIFE_MS).unref();

const tools: AddonTools = {
  steamworks,
  SteamworksDriver,
  SteamCallbacks,
  SteamCallback,
  SendType,
  DriverRecorder,
  initSteamworks,
  fifo: () => {
    const fifo = new DoubleFifo();
    process.env.STEAM_DOUBLE_FIFO = fifo.path;
    process.on('exit', () => fifo.close());
    return fifo;
  },
  // Another URL is another module: what an ESM and a CommonJS build of one source are to each other.
  otherCopy: async () => ({
    ...(await import(`../../src/driver/SteamCallbacks.ts?${'copy'}`)),
    ...(await import(`../../src/driver/initSteamworks.ts?${'copy'}`)),
  }),
  sleep,
  until: async (isDone, ...polled) => {
    for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await sleep(1)) {
      for (const { driver } of polled) driver.poll(64);
      if (isDone()) return;
    }
    throw new Error('what the test waits for did not happen');
  },
};

process.once('message', async ({ source, given }: { source: string; given: unknown }) => {
  try {
    // Parentheses make an expression of it.
    const play = new Function(`return (${source})`)() as (tools: AddonTools, given: unknown) => unknown;
    process.send?.({ result: await play(tools, given) }, () => process.exit());
  } catch (error) {
    process.send?.({ error }, () => process.exit());
  }
});
