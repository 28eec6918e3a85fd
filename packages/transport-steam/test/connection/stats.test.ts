import { afterEach, describe, expect, test } from '@jest/globals';
import { LossEstimate } from '../../src/connection/LossEstimate.ts';
import type { EndpointOptions } from '../../src/connection/options.ts';
import { prometheusText } from '../../src/connection/prometheus.ts';
import type { PeerStats } from '../../src/connection/types.ts';
import { prometheusText as exported } from '../../src/index.ts';
import type { SimulatedSteamOptions } from '../../src/sim.ts';
import { Lane, writePacketHeader } from '../../src/wire/packet.ts';
import * as helpers from '../helpers/pair.ts';
import { bytes, dial, generator, type World } from '../helpers/World.ts';

let world: World | undefined;
afterEach(() => {
  world?.close();
  world = undefined;
});

function pair(simulation: Omit<SimulatedSteamOptions, 'clock'> = {}, options: EndpointOptions = {}) {
  const made = helpers.pair(simulation, options);
  world = made.world;
  return made;
}

function only(stats: PeerStats[]): PeerStats {
  expect(stats).toHaveLength(1);
  return stats[0] as PeerStats;
}

describe('counters', () => {
  test('of a channel and of a type: messages, frames and bytes, at both ends', () => {
    const { world, open, player, server } = pair();
    const { ours, theirs } = open();
    const { connection } = ours;
    connection?.send(new Uint8Array(10), 'reliable', { label: 'chat' });
    connection?.send(new Uint8Array(100_000), 'reliable', { label: 'map' });
    connection?.send(new Uint8Array(20), 'unreliable', { label: 'move' });
    connection?.send(new Uint8Array(3_000), 'unreliable', { label: 'move' });
    connection?.send(new Uint8Array(5));
    world.run(100);
    for (const message of theirs.messages) {
      if (message.length === 20) theirs.connection?.countReceived('move', message.length, false);
      if (message.length === 100_000) theirs.connection?.countReceived('map', message.length, true);
    }
    const sent = only(player.endpoint.stats());
    expect(sent.channels.messages.sent).toEqual({ messages: 3, packets: 4, bytes: 100_021 });
    expect(sent.channels.state.sent).toEqual({ messages: 2, packets: 5, bytes: 3_024 });
    expect(sent.types.chat?.sent).toEqual({ messages: 1, packets: 1, bytes: 12 });
    expect(sent.types.map?.sent).toEqual({ messages: 1, packets: 2, bytes: 100_002 });
    expect(sent.types.move?.sent).toEqual(sent.channels.state.sent);
    const received = only(server.endpoint.stats());
    expect(received.channels.messages.received).toEqual(sent.channels.messages.sent);
    expect(received.channels.state.received).toEqual(sent.channels.state.sent);
    expect(received.types.move?.received).toEqual({ messages: 1, packets: 1, bytes: 22 });
    expect(received.types.map?.received).toEqual(sent.types.map?.sent);
    expect(received.channels.control.received).toEqual(sent.channels.control.sent);
  });

  test('of drops and retries are those of channel and type, too', () => {
    const { world, open, player, playerId, hostId } = pair({}, { channels: { ghosts: { sendType: 'unreliable' } } });
    const { ours } = open();
    world.steam.refuseSends(playerId, hostId, true);
    for (let i = 0; i < 100; i++) {
      ours.connection?.send(bytes('boo'), 'unreliable', { channel: 'ghosts', label: 'boo' });
      ours.connection?.send(bytes('here'), 'unreliable', { label: 'move' });
      world.turn();
    }
    ours.connection?.send(bytes('must arrive'), 'reliable', { label: 'chat' });
    world.run(10);
    const stats = only(player.endpoint.stats());
    expect(stats).toMatchObject({ dropped: 36, queuedUnreliable: 64 });
    expect(stats.channels.ghosts?.dropped).toBe(36);
    expect([stats.types.boo?.dropped, stats.types.move?.dropped, stats.types.chat?.dropped]).toEqual([36, 36, 0]);
    expect(stats.types.chat?.retries).toBeGreaterThan(0);
    expect(stats.channels.messages.retries).toBe(stats.types.chat?.retries);
    expect(stats.retries).toBeGreaterThan(stats.types.chat?.retries ?? 0);
    world.steam.refuseSends(playerId, hostId, false);
    world.run(50);
    const { retries } = only(player.endpoint.stats());
    ours.send('all is well');
    world.run(50);
    expect(only(player.endpoint.stats())).toMatchObject({ retries, queuedUnreliable: 0 });
  });

  test('a snapshot does not change any more', () => {
    const { world, open, player } = pair();
    const { ours } = open();
    const before = player.endpoint.stats();
    const copy = structuredClone(before);
    ours.connection?.send(bytes('more'), 'reliable', { label: 'chat' });
    world.run(50);
    expect(before).toEqual(copy);
  });

  test('types are bounded: what has no place of its own is counted as other', () => {
    const { world, open, player } = pair();
    const { ours } = open();
    for (let i = 0; i < 1_000; i++) ours.connection?.send(bytes('x'), 'reliable', { label: `type ${i}` });
    ours.connection?.countReceived('a label that a peer made up', 1, true);
    world.run(50);
    const { types } = only(player.endpoint.stats());
    expect(Object.keys(types)).toHaveLength(256);
    expect(types.other).toMatchObject({ sent: { messages: 745 }, received: { messages: 1 } });
  });
});

describe('the loss estimate', () => {
  /** Feeds numbers at 60 a second. */
  function feed(estimate: LossEstimate, sequences: readonly number[], from = 0): void {
    const packet = new Uint8Array(4);
    sequences.forEach((sequence, i) => {
      writePacketHeader(packet, 0, Lane.Unreliable, 0, 0, sequence & 0x3ff);
      estimate.receive(packet, from + i * 17);
    });
  }
  const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

  test('is -1 before the first packet, and 0 without gaps, over the end of the numbers', () => {
    const estimate = new LossEstimate();
    expect(estimate.loss).toBe(-1);
    feed(estimate, upTo(3_000));
    expect(estimate.loss).toBe(0);
  });

  test.each([0.01, 0.05, 0.3])('of a loss of %d comes near it', (loss) => {
    const estimate = new LossEstimate();
    const random = generator(8);
    const averages: number[] = [];
    const packet = new Uint8Array(4);
    for (let i = 0; i < 20_000; i++) {
      if (random() < loss) continue;
      writePacketHeader(packet, 0, Lane.Unreliable, 0, 0, i & 0x3ff);
      estimate.receive(packet, i * 17);
      if (i > 1_000) averages.push(estimate.loss);
    }
    const mean = averages.reduce((sum, value) => sum + value, 0) / averages.length;
    expect(mean).toBeGreaterThan(loss * 0.85);
    expect(mean).toBeLessThan(loss * 1.15);
  });

  test('takes back what comes late, and does not count what comes twice', () => {
    const estimate = new LossEstimate();
    feed(
      estimate,
      upTo(2_000).flatMap((i) => (i % 3 === 0 ? [i + 1, i, i] : i % 3 === 1 ? [] : [i])),
    );
    expect(estimate.loss).toBeLessThan(0.002);
  });

  test('starts anew after a silence, and does not count reliable packets', () => {
    const estimate = new LossEstimate();
    feed(estimate, upTo(10));
    feed(estimate, [400, 401], 5_000);
    const packet = new Uint8Array(4);
    writePacketHeader(packet, 0, Lane.Reliable, 0, 0, 900);
    estimate.receive(packet, 5_020);
    expect(estimate.loss).toBe(0);
  });

  test('stands in the statistics of the receiver', () => {
    const { world, open, player, server } = pair({ seed: 12, conditions: { latencyMs: 20, loss: 0.1 } });
    const { ours } = open();
    expect(only(server.endpoint.stats()).loss).toBe(-1);
    for (let i = 0; i < 1_000; i++) {
      ours.send('here', 'unreliable');
      world.run(16);
    }
    expect(only(server.endpoint.stats()).loss).toBeGreaterThan(0.05);
    expect(only(server.endpoint.stats()).loss).toBeLessThan(0.16);
    expect(only(player.endpoint.stats()).loss).toBe(-1);
  });
});

describe('the text for Prometheus', () => {
  test('has help and type once for each metric, and every sample under them, with finite values', () => {
    const { world, open, player, server } = pair({ conditions: { latencyMs: 20 } });
    const { ours } = open();
    dial(world.user().endpoint, server.driver.steamId);
    ours.connection?.send(bytes('hi'), 'unreliable', { label: 'say "hi"\\\n' });
    world.run(5_000);
    const text = exported(player.endpoint.stats());
    expect(text).toContain(`colyseus_steam_channel_sent_messages_total{peer="${server.driver.steamId}",channel="state"} 1\n`);
    expect(text).toContain(
      `colyseus_steam_type_sent_bytes_total{peer="${server.driver.steamId}",type="say \\"hi\\"\\\\\\n"} 4\n`,
    );
    expect(text).toMatch(/^colyseus_steam_rtt_seconds\{peer="\d+"\} 0\.\d+$/m);
    expect(text).not.toContain('colyseus_steam_loss_ratio');
    expect(text.endsWith('\n')).toBe(true);
    check(text);
    check(prometheusText(server.endpoint.stats()));
    expect(prometheusText(server.endpoint.stats())).toContain('loss_ratio');
  });

  test('tells the two ends of a player at his own host apart', () => {
    const { world, server, hostId } = pair();
    dial(server.endpoint, hostId);
    world.run(50);
    const text = prometheusText(server.endpoint.stats());
    expect(text).toContain(`colyseus_steam_connections{peer="${hostId}"} 1\n`);
    expect(text).toContain(`colyseus_steam_connections{peer="${hostId}",end="2"} 1\n`);
    check(text);
  });

  test('is empty when there is nobody', () => {
    expect(prometheusText([])).toBe('');
  });

  /** The exposition format, version 0.0.4, as far as it is used. */
  function check(text: string): void {
    const seen = new Set<string>();
    let metric = '';
    let type = '';
    for (const line of text.trimEnd().split('\n')) {
      const head = /^# (HELP|TYPE) (colyseus_steam_[a-z_]+) (.+)$/.exec(line);
      if (head !== null) {
        if (head[1] === 'HELP') {
          metric = head[2] as string;
          expect(seen.has(metric)).toBe(false);
        } else {
          type = head[3] as string;
          expect(['gauge', 'counter']).toContain(type);
        }
        expect(head[2]).toBe(metric);
        seen.add(metric);
        continue;
      }
      const sample = /^([a-z_]+)(\{(?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)+\}) (\S+)$/.exec(line);
      expect(sample?.[1]).toBe(metric);
      expect(metric.endsWith('_total')).toBe(type === 'counter');
      expect(Number.isFinite(Number(sample?.[3]))).toBe(true);
      expect(seen.has(line.slice(0, line.lastIndexOf(' ')))).toBe(false);
      seen.add(line.slice(0, line.lastIndexOf(' ')));
    }
  }
});
