import { describe, expect, test } from '@jest/globals';
import { sendToSelf } from '../../src/cli/doctor/selfTest.ts';
import type { SteamworksClient, SteamworksPacket } from '../../src/driver/steamworksClient.ts';

const SELF = 76561197960265729n;

/** A queue with the manners of steamworks.js 0.4.0. */
class Loop {
  readonly queue: SteamworksPacket[] = [];
  sends = 0;
  takes = (_send: number): boolean => true;

  readonly client: SteamworksClient = {
    localplayer: { getSteamId: () => ({ steamId64: SELF }), getName: () => 'Ann' },
    networking: {
      sendP2PPacket: (peer, _sendType, packet) => {
        if (!this.takes(++this.sends)) return false;
        this.add(packet.slice(), peer);
        return true;
      },
      isP2PPacketAvailable: () => this.queue[0]?.size ?? 0,
      readP2PPacket: (bytes) => {
        const packet = this.queue.shift();
        if (packet === undefined) throw new Error('nothing is queued');
        const data = Buffer.alloc(bytes);
        data.set(packet.data.subarray(0, bytes));
        return { ...packet, data };
      },
      acceptP2PSession: () => {},
    },
    callback: { register: () => ({ disconnect: () => {} }) },
  };

  add(data: Uint8Array, from: bigint = SELF): void {
    this.queue.push({ data, size: data.length, steamId: { steamId64: from } });
  }
}

describe('a packet to ourselves', () => {
  test('comes back', async () => {
    const { client } = new Loop();
    expect(await sendToSelf(client)).toEqual({ sent: true, backAfterMs: expect.any(Number) });
  });

  test('comes back behind an empty packet, which looks like none, and those of others and of earlier runs', async () => {
    const loop = new Loop();
    loop.add(new Uint8Array(0));
    loop.add(new Uint8Array(16), SELF + 1n);
    loop.add(new Uint8Array(16));
    loop.add(new Uint8Array(70_000));
    expect(await sendToSelf(loop.client)).toEqual({ sent: true, backAfterMs: expect.any(Number) });
    expect(loop.queue).toEqual([]);
  });

  test('is sent again when Steam does not take it at once', async () => {
    const loop = new Loop();
    loop.takes = (send) => send === 2;
    expect(await sendToSelf(loop.client)).toMatchObject({ sent: true });
  });

  test('is never taken', async () => {
    const loop = new Loop();
    loop.takes = () => false;
    expect(await sendToSelf(loop.client, 0)).toEqual({ sent: false });
  });

  test('does not come back, though as large a one of somebody else does', async () => {
    const loop = new Loop();
    const { networking } = loop.client;
    loop.add(new Uint8Array(16));
    const client = { ...loop.client, networking: { ...networking, sendP2PPacket: () => true } };
    expect(await sendToSelf(client, 30)).toEqual({ sent: true, backAfterMs: null });
  });
});
