import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { SendType } from '../../../src/driver/SteamDriver.ts';
import type { Hub } from '../../../src/sim/hub/Hub.ts';
import type { SimulatedDriver } from '../../../src/sim.ts';
import { Compression } from '../../../src/wire/compression.ts';
import { ControlType, decodeControl, encodeControl } from '../../../src/wire/control.ts';
import { decodeReset } from '../../../src/wire/hello.ts';
import {
  Code,
  Lane,
  PACKET_HEADER_BYTES,
  PacketType,
  readFrames,
  SEQUENCE_MASK,
  writePacketHeader,
} from '../../../src/wire/packet.ts';
import { decodeResponse, encodeRequest } from '../../../src/wire/requestCodec.ts';
import { concat, field, greeting } from '../../wire/support.ts';
import type { Drop, Flood, Pen } from './kinds.ts';

/** Packets between two looks at the clock. */
const ROUND = 256;
/** Of packets and of each 512 bytes, a flood. */
const MANY = 40_000;
/** What the line of who floods takes: a gigabit a second, fifty times what most players at home can send. */
const LINE_BYTES_PER_MS = 125_000;
/** How many times longer a flood may take than it should. */
const PATIENCE = 8;
/** Apart from those that the players' hub gives. */
const FIRST_STEAM_ID = 76561197970000000n;
const JOIN_ROOM = 10;
const TAG = 7;
const LARGEST_BYTES = 65_536;

/** A user who joins a room as everybody does, and then floods the host, or whomever. */
export class Flooder implements Pen {
  static #count = 0n;
  readonly code = Code.OpenedBySender;
  readonly #line: Hub;
  readonly #driver: SimulatedDriver;
  readonly #host: bigint;
  readonly #sequences = { [Lane.Reliable]: 0, [Lane.Unreliable]: 0 };
  readonly #packet = new Uint8Array(LARGEST_BYTES);
  #answer: ((body: string) => void) | undefined;
  #joined: (() => void) | undefined;
  /** The host has ended the session: there is nothing more to be shown. */
  #isGone = false;

  private constructor(line: Hub, driver: SimulatedDriver, host: bigint) {
    this.#line = line;
    this.#driver = driver;
    this.#host = host;
    driver.start({
      onSessionRequest: (peer) => driver.acceptSession(peer),
      onPacket: (_, packet) => this.#receive(packet),
      onSessionFailed: () => undefined,
      onSteamLost: () => undefined,
      onSteamRestored: () => undefined,
    });
  }

  /** `line`: on which the host is, too. */
  static async join(line: Hub, host: bigint, room: string): Promise<Flooder> {
    const steamId = FIRST_STEAM_ID + Flooder.#count++;
    const flooder = new Flooder(line, line.steam.user({ steamId }), host);
    await flooder.#join(room);
    return flooder;
  }

  get steamId(): bigint {
    return this.#driver.steamId;
  }

  packet(lane: Lane, code: number, payload: Uint8Array | readonly number[]): Uint8Array {
    writePacketHeader(this.#packet, 0, lane, code, TAG, this.#sequences[lane]++ & SEQUENCE_MASK);
    this.#packet.set(payload, PACKET_HEADER_BYTES);
    return this.#packet.subarray(0, PACKET_HEADER_BYTES + payload.length);
  }

  /**
   * As fast as Steam takes it, but no more than `perSecond`, for `ms`, whatever the host says; longer, when the machine has no time for him:
   * until there was a flood. Returns the number of packets a second.
   */
  async flood(flood: Flood, ms: number, perSecond: number, to = this.#host): Promise<number> {
    const since = performance.now();
    let sent = 0;
    let bytes = 0;
    let waiting: Drop | undefined;
    const least = Math.min(perSecond * (ms / 1_000), MANY);
    let work = 0;
    for (
      let now = since;
      now < since + ms || (work < least && !this.#isGone && now < since + PATIENCE * ms);
      now = performance.now()
    ) {
      const due = Math.min(ROUND, ((now - since) * perSecond) / 1_000 - sent);
      for (let i = 0; i < due && bytes < (now - since) * LINE_BYTES_PER_MS; i++) {
        waiting ??= flood(this);
        if (!this.#driver.send(to, waiting.packet, waiting.sendType, 0)) break;
        bytes += waiting.packet.length;
        work += 1 + waiting.packet.length / 512;
        waiting = undefined;
        sent++;
      }
      this.#line.wake();
      this.#driver.poll(1_000);
      if (due < ROUND) await sleep(1);
      else await turn();
    }
    return (sent * 1_000) / (performance.now() - since);
  }

  close(): void {
    this.#line.steam.exit(this.#driver);
    this.#line.wake();
  }

  async #join(room: string): Promise<void> {
    this.#send(greeting({ tag: TAG, compression: Compression.Deflate }));
    const request = encodeRequest({
      method: 'POST',
      path: `/matchmake/joinOrCreate/${room}`,
      headers: [['content-type', 'application/json']],
      body: new TextEncoder().encode('{}'),
    });
    this.#send(this.packet(Lane.Reliable, Code.Control, concat([ControlType.Request], field(1, 2), request)));
    const seat = JSON.parse(await this.#until<string>((done) => (this.#answer = done))) as Record<string, string>;
    const target = `/${seat.processId}/${seat.roomId}?sessionId=${seat.sessionId}`;
    const open = encodeControl({ type: 'open', connection: this.code, unreliableFrom: 0, offerFor: undefined, target });
    this.#send(this.packet(Lane.Reliable, Code.Control, open));
    await this.#until<void>((done) => (this.#joined = done));
    this.#send(this.packet(Lane.Reliable, this.code, [JOIN_ROOM]));
  }

  #send(packet: Uint8Array): void {
    this.#driver.send(this.#host, packet, SendType.Reliable, 0);
    this.#line.wake();
  }

  async #until<T>(subscribe: (done: (value: T) => void) => void): Promise<T> {
    let result: { value: T } | undefined;
    subscribe((value) => {
      result = { value };
    });
    while (result === undefined) {
      this.#driver.poll(100);
      await turn();
    }
    return result.value;
  }

  #receive(packet: Uint8Array): void {
    if (packet[0] === PacketType.Reset && decodeReset(packet) === TAG) this.#isGone = true;
    if ((packet[0] ?? 0) < PacketType.Session) return;
    readFrames(packet, (code, payload) => {
      if (code !== Code.Control) {
        if (payload[0] === JOIN_ROOM) this.#joined?.();
        return true;
      }
      const control = decodeControl(payload);
      if (control?.type === 'response') this.#answer?.(new TextDecoder().decode(decodeResponse(control.content)?.body));
      return true;
    });
  }
}
