import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { RELIABLE_BYTES, SendType } from '../../driver/SteamDriver.ts';
import type { SteamworksClient, SteamworksPacket } from '../../driver/steamworksClient.ts';
import type { SelfTestResult } from './probeProtocol.ts';

const MARK_BYTES = 16;
const POLL_MS = 5;
/** Steam makes a session first; this is long for one with ourselves. Unit: ms. */
const SELF_TEST_MS = 2_000;
/** Steam may refuse for a moment. Unit: ms. */
const RETRY_MS = 100;

/** Sends a packet to ourselves by the calls that the driver uses, and waits until it is back. */
export async function sendToSelf(
  { localplayer, networking }: Pick<SteamworksClient, 'localplayer' | 'networking'>,
  limitMs: number = SELF_TEST_MS,
): Promise<SelfTestResult> {
  const self = BigInt(localplayer.getSteamId().steamId64);
  // Not to be mistaken for what an earlier run left behind.
  const mark = randomBytes(MARK_BYTES);
  const began = performance.now();
  const elapsed = (): number => performance.now() - began;
  while (!networking.sendP2PPacket(self, SendType.Reliable, mark)) {
    if (elapsed() >= limitMs) return { sent: false };
    await sleep(RETRY_MS);
  }
  while (elapsed() < limitMs) {
    for (let packet = read(networking); packet !== undefined; packet = read(networking)) {
      if (BigInt(packet.steamId.steamId64) !== self || packet.size !== MARK_BYTES) continue;
      if (mark.equals(packet.data.subarray(0, MARK_BYTES))) return { sent: true, backAfterMs: Math.round(elapsed()) };
    }
    await sleep(POLL_MS);
  }
  return { sent: true, backAfterMs: null };
}

/** The next packet. "0 bytes available" may be an empty packet, which jams what is behind it: so it reads whatever Steam says. */
function read(networking: SteamworksClient['networking']): SteamworksPacket | undefined {
  const available = networking.isP2PPacketAvailable();
  try {
    // Never more than there can be: the binding aborts the process for a number that is no length.
    return networking.readP2PPacket(available > 0 ? Math.min(available, RELIABLE_BYTES) : RELIABLE_BYTES);
  } catch {
    return undefined; // nothing was queued
  }
}
