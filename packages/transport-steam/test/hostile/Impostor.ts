import type { SimulatedDriver } from '../../src/sim.ts';
import { decodeHello, encodeReset } from '../../src/wire/hello.ts';
import { Code, Lane, PacketType, SEQUENCE_MASK, writePacketHeader } from '../../src/wire/packet.ts';
import type { World } from '../helpers/World.ts';
import { concat, field, greeting } from '../wire/support.ts';

/** A user without our library: he has a driver, knows the protocol, and keeps to it as far as he is told to. */
export class Impostor {
  readonly driver: SimulatedDriver;
  readonly victim: bigint;
  readonly #world: World;
  /** What came from the victim, oldest first. */
  readonly received: Uint8Array[] = [];
  epoch = 1;
  tag = 1;
  sequence = 0;
  unreliable = 0;
  /** Of the last hello from the victim. */
  victimEpoch = 0;
  victimTag = 0;

  /** Steam has opened a session between the two: what comes further on is up to the victim. */
  constructor(world: World, victim: bigint) {
    this.#world = world;
    this.victim = victim;
    this.driver = world.steam.user();
    this.driver.start({
      onSessionRequest: (peer) => this.driver.acceptSession(peer),
      onPacket: (_, packet) => this.#receive(packet),
      onSessionFailed: () => undefined,
      onSteamLost: () => undefined,
      onSteamRestored: () => undefined,
    });
    this.driver.send(victim, encodeReset(0), 2, 0);
    world.run(60);
    this.read();
  }

  get steamId(): bigint {
    return this.driver.steamId;
  }

  /** Past Steam: also what Steam would not let through, as an empty packet. */
  inject(packet: Uint8Array): void {
    this.#world.steam.inject(this.driver, this.victim, packet);
  }

  /** What has come since. */
  read(): void {
    while (this.driver.poll(1_000) > 0);
  }

  /** A session begins anew. */
  greet(hello: Parameters<typeof greeting>[0] = {}): void {
    this.begin();
    this.inject(greeting({ epoch: this.epoch, tag: this.tag, ...hello }));
  }

  begin(): void {
    this.epoch++;
    this.tag = (this.tag + 1) & 0x3f;
    this.sequence = this.unreliable = 0;
  }

  /** With the right tag and number. */
  packet(lane: Lane, code: number, payload: Uint8Array | readonly number[]): Uint8Array {
    const packet = concat([0, 0, 0], payload);
    const sequence = lane === Lane.Reliable ? this.sequence++ : this.unreliable++;
    writePacketHeader(packet, 0, lane, code, this.tag, sequence & SEQUENCE_MASK);
    return packet;
  }

  send(code: number, payload: Uint8Array | readonly number[], lane: Lane = Lane.Reliable): void {
    this.inject(this.packet(lane, code, payload));
  }

  control(payload: Uint8Array | readonly number[]): void {
    this.send(Code.Control, payload);
  }

  /** Frames in one packet. */
  many(frames: readonly (readonly [code: number, payload: Uint8Array | readonly number[]])[], lane: Lane = Lane.Reliable): void {
    this.send(
      Code.Many,
      concat(...frames.flatMap(([code, payload]) => [field((code << 11) | payload.length, 2), payload])),
      lane,
    );
  }

  close(): void {
    this.driver.close();
  }

  #receive(packet: Uint8Array): void {
    this.received.push(packet.slice());
    if (packet[0] !== PacketType.Hello) return;
    const hello = decodeHello(packet);
    if (hello === undefined) return;
    this.victimEpoch = hello.epoch;
    this.victimTag = hello.tag;
  }
}
