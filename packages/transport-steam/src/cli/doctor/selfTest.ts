import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SendType } from '../../driver/SteamDriver.ts';
import { SteamworksDriver } from '../../driver/SteamworksDriver.ts';
import type { SteamworksClient } from '../../driver/steamworksClient.ts';
import type { SelfTestResult } from './probeProtocol.ts';

const MARK_BYTES = 16;
const POLL_MS = 5;
const POLL_PACKETS = 64;
/** Steam makes a session first; this is long for one with ourselves. Unit: ms. */
const SELF_TEST_MS = 2_000;
/** Steam may refuse for a moment. Unit: ms. */
const RETRY_MS = 100;

/** Sends a packet to ourselves by the driver that games use, and waits until it is back. */
export async function sendToSelf(client: SteamworksClient, limitMs: number = SELF_TEST_MS): Promise<SelfTestResult> {
  const driver = new SteamworksDriver(client);
  // Not to be mistaken for what an earlier run left behind.
  const mark = randomBytes(MARK_BYTES);
  const began = performance.now();
  const elapsed = (): number => performance.now() - began;
  const ignore = (): void => {};
  let isBack = false;
  driver.start({
    onSessionRequest: ignore,
    onSessionFailed: ignore,
    onPacket: (peer, packet) => {
      if (peer === driver.steamId && mark.equals(packet)) isBack = true;
    },
    onSteamLost: ignore,
    onSteamRestored: ignore,
  });
  try {
    while (!driver.send(driver.steamId, mark, SendType.Reliable, 0)) {
      if (elapsed() >= limitMs) return { sent: false };
      await sleep(RETRY_MS);
    }
    while (elapsed() < limitMs) {
      driver.poll(POLL_PACKETS);
      if (isBack) return { sent: true, backAfterMs: Math.round(elapsed()) };
      await sleep(POLL_MS);
    }
    return { sent: true, backAfterMs: null };
  } finally {
    driver.close();
  }
}
