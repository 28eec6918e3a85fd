// A user of the unmodified addon in a process of its own: node smokeUser.ts <SteamID of the other>
// Sends `hello from <name>` until it has the other's, then prints one line, JSON: who it is and what it has.
import { createRequire } from 'node:module';

/** What is used of steamworks.js. */
interface Steamworks {
  init(appId: number): {
    readonly localplayer: { getSteamId(): { steamId64: bigint }; getName(): string };
    readonly networking: {
      sendP2PPacket(to: bigint, sendType: number, data: Uint8Array): boolean;
      isP2PPacketAvailable(): number;
      readP2PPacket(bytes: number): { data: Uint8Array; size: number; steamId: { steamId64: bigint } };
      acceptP2PSession(from: bigint): void;
    };
    readonly callback: { register(type: number, handler: (value: { remote: bigint }) => void): unknown };
  };
}

const SESSION_REQUEST = 6;
const RELIABLE = 2;

const other = BigInt(process.argv[2] as string);
const { localplayer, networking, callback } = (createRequire(import.meta.url)('steamworks.js') as Steamworks).init(480);
const requests: string[] = [];
callback.register(SESSION_REQUEST, ({ remote }) => {
  requests.push(String(remote));
  networking.acceptP2PSession(BigInt(remote));
});

const sent = networking.sendP2PPacket(other, RELIABLE, Buffer.from(`hello from ${localplayer.getName()}`));
const poll = setInterval(() => {
  const bytes = networking.isP2PPacketAvailable();
  if (bytes === 0) return;
  clearInterval(poll);
  const { data, size, steamId } = networking.readP2PPacket(bytes);
  const { steamId64 } = localplayer.getSteamId();
  const read = { from: String(steamId.steamId64), text: Buffer.from(data.subarray(0, size)).toString() };
  console.log(JSON.stringify({ steamId: String(steamId64), name: localplayer.getName(), sent, read, requests }));
  process.exit(0);
}, 1);
