// The process of the players: real ends of their connections, which count what comes and decode nothing of it.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ColyseusSDK } from '@colyseus/sdk';
import { SendType } from '../../src/driver/SteamDriver.ts';
import { connectToHub, type HubAddress } from '../../src/sim.ts';
import { sendInputs } from './inputs.ts';
import type { Address, Side } from './server.ts';

const JOIN_AT_ONCE = 10;
/** One timer for all users of this process: each of their endpoints would have one of a millisecond. */
const POLL_MS = 8;
/** When nothing is to be measured. */
const IDLE_POLL_MS = 50;
const BARE_PACKETS = 256;

export interface ClientSample {
  readonly ms: number;
  readonly messages: number;
}

type Send = (frame: Uint8Array) => void;

const sends: Send[] = [];
const polls: (() => void)[] = [];
let messages = 0;
let stopInputs = (): void => {};
let pollTimer: NodeJS.Timeout | undefined;

/** So many more players. */
export async function join(side: Side, { url }: Address, hub: HubAddress, count: number): Promise<void> {
  pollEvery(POLL_MS);
  for (let left = count; left > 0; left -= JOIN_AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(left, JOIN_AT_ONCE) }, () => joinOne(side, url, hub)));
  }
  pollEvery(IDLE_POLL_MS);
}

/** So many more users without anything on top of Steam. Who they are. */
export async function joinBare({ url }: Address, hub: HubAddress, count: number): Promise<bigint[]> {
  const host = BigInt(url.slice('steam://'.length));
  const users: bigint[] = [];
  for (let i = 0; i < count; i++) {
    const driver = await connectToHub(hub);
    driver.start({
      onSessionRequest: (peer) => driver.acceptSession(peer),
      onSessionFailed: () => {},
      onPacket: () => messages++,
      onSteamLost: () => {},
      onSteamRestored: () => {},
    });
    polls.push(() => driver.poll(BARE_PACKETS));
    sends.push((frame) => driver.send(host, frame, SendType.Reliable, 0));
    users.push(driver.steamId);
  }
  pollEvery(IDLE_POLL_MS);
  return users;
}

async function joinOne(side: Side, url: string, hub: HubAddress): Promise<void> {
  const sdk = side === 'ws' ? await webSocketPlayer(url) : await steamPlayer(url, hub);
  const { connection } = await sdk.joinOrCreate('arena');
  connection.events.onmessage = () => {
    messages++;
  };
  connection.events.onclose = ({ code, reason }: CloseEvent) => {
    throw new Error(`a player's connection ended: ${code} ${reason}`);
  };
  sends.push((frame) => connection.send(frame));
}

async function webSocketPlayer(url: string): Promise<ColyseusSDK> {
  // The SDK takes the global one where there is one; that of `ws` is faster, and these players shall not hold up the server.
  Reflect.deleteProperty(globalThis, 'WebSocket');
  const { ColyseusSDK } = await import('@colyseus/sdk');
  return new ColyseusSDK(url);
}

async function steamPlayer(url: string, hub: HubAddress): Promise<ColyseusSDK> {
  const { SteamSDK } = await import('../../src/client.ts');
  const player = new SteamSDK(url, { driver: await connectToHub(hub), poll: 'manual' });
  polls.push(() => player.endpoint.poll());
  return player;
}

/** All send inputs from now on. */
export function begin({ inputFrame }: Address): void {
  pollEvery(POLL_MS);
  stopInputs = sendInputs(sends.length, (player) => sends[player]?.(inputFrame));
}

export function end(): void {
  stopInputs();
  pollEvery(IDLE_POLL_MS);
}

export async function measure(ms: number): Promise<ClientSample> {
  const start = performance.now();
  const before = messages;
  await sleep(ms);
  return { ms: performance.now() - start, messages: messages - before };
}

function pollEvery(ms: number): void {
  clearInterval(pollTimer);
  pollTimer = setInterval(() => {
    for (const poll of polls) poll();
  }, ms);
}
