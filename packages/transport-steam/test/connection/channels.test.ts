import { afterEach, describe, expect, test } from '@jest/globals';
import type { ChannelOptions } from '../../src/connection/channels.ts';
import { Endpoint } from '../../src/connection/Endpoint.ts';
import type { EndpointOptions } from '../../src/connection/options.ts';
import type { SteamDriver } from '../../src/driver/SteamDriver.ts';
import { SimulatedSteam, type SimulatedSteamOptions } from '../../src/sim.ts';
import * as helpers from '../helpers/pair.ts';
import { bytes, dial, Host, World } from '../helpers/World.ts';

let world: World;
afterEach(() => world?.close());

function pair(simulation: Omit<SimulatedSteamOptions, 'clock'> = {}, options: EndpointOptions = {}) {
  const made = helpers.pair(simulation, options);
  world = made.world;
  return made;
}

/** What a driver is given to send: Steam channel and send type, one entry for each packet. */
function watch(driver: SteamDriver): string[] {
  const seen: string[] = [];
  const send = driver.send.bind(driver);
  driver.send = (peer, packet, sendType, channel) => {
    seen.push(`${channel}:${sendType}`);
    return send(peer, packet, sendType, channel);
  };
  return seen;
}

describe('the option channels', () => {
  const make = (channels: Record<string, ChannelOptions>, steamChannels = 8) => {
    const steam = new SimulatedSteam({ channels: steamChannels });
    try {
      return Endpoint.of(steam.user(), { channels }).options.channels;
    } finally {
      steam.close();
    }
  };

  test('is not needed: everything goes where steamworks.js 0.4.0 can', () => {
    expect(make({}, 1).map(({ name, steamChannel }) => [name, steamChannel])).toEqual([
      ['control', 0],
      ['messages', 0],
      ['state', 0],
      ['bulk', 0],
    ]);
  });

  test('puts what says nothing where control is', () => {
    const channels = make({ control: { steamChannel: 3 }, voice: { steamChannel: 5, sendType: 'unreliableNoDelay' } });
    expect(channels.map(({ name, steamChannel }) => [name, steamChannel])).toEqual([
      ['control', 3],
      ['messages', 3],
      ['state', 3],
      ['bulk', 3],
      ['voice', 5],
    ]);
  });

  test.each<[string, unknown, number, string]>([
    [
      'a name that is too long',
      { voice_of_the_whole_party: { sendType: 'unreliable' } },
      8,
      'a name must be 1 to 16 letters, digits, _ or -, not "voice_of_the_whole_party"',
    ],
    ['an empty name', { '': { sendType: 'unreliable' } }, 8, 'not ""'],
    ['no table', 'state', 8, 'option channels must be an object of names and { steamChannel, sendType }, not "state"'],
    ['a channel that is none', { state: 3 }, 8, 'option channels.state must be an object with steamChannel, sendType, not 3'],
    [
      'a field that is none',
      { state: { channel: 1 } },
      8,
      'option channels.state has an unknown field channel; the fields are steamChannel, sendType',
    ],
    [
      'a send type that is none',
      { voice: { sendType: 'fast' } },
      8,
      'option channels.voice.sendType must be reliable or buffered or unreliable or unreliableNoDelay, not "fast"',
    ],
    ['a channel of no kind', { voice: { steamChannel: 1 } }, 8, 'unreliable or unreliableNoDelay, not undefined'],
    [
      'a reliable state',
      { state: { sendType: 'reliable' } },
      8,
      'option channels.state.sendType must be unreliable or unreliableNoDelay, not "reliable"',
    ],
    [
      'an unreliable bulk',
      { bulk: { sendType: 'unreliable' } },
      8,
      'option channels.bulk.sendType must be buffered or reliable, not "unreliable"',
    ],
    [
      'a buffered control',
      { control: { sendType: 'buffered' } },
      8,
      'option channels.control.sendType must be reliable, not "buffered"',
    ],
    [
      'a Steam channel that the driver has not',
      { state: { steamChannel: 8 } },
      8,
      'option channels.state.steamChannel must be a whole number from 0 to 7, not 8',
    ],
    ['half a Steam channel', { state: { steamChannel: 0.5 } }, 8, 'from 0 to 7, not 0.5'],
    [
      'a second Steam channel with steamworks.js 0.4.0',
      { state: { steamChannel: 1 } },
      1,
      'option channels.state.steamChannel must be 0, the only one that this driver has, not 1',
    ],
    [
      'messages away from control',
      { messages: { steamChannel: 1 } },
      8,
      'option channels.messages.steamChannel must be 0, as that of control, not 1: what is reliable keeps its order in one Steam channel only',
    ],
    [
      'a reliable channel of the game away from control',
      { control: { steamChannel: 2 }, orders: { steamChannel: 0, sendType: 'reliable' } },
      8,
      'option channels.orders.steamChannel must be 2, as that of control, not 0',
    ],
  ])('%s throws, when the endpoint is made', (_what, channels, steamChannels, message) => {
    expect(() => make(channels as Record<string, ChannelOptions>, steamChannels)).toThrow(message);
  });

  test('is the same when it says the same, and another one throws', () => {
    const steam = new SimulatedSteam();
    const driver = steam.user();
    const voice = { sendType: 'unreliable', steamChannel: 1 } as const;
    const endpoint = Endpoint.of(driver, { channels: { voice, chat: { sendType: 'reliable' } } });
    expect(Endpoint.of(driver, { channels: { chat: { sendType: 'reliable' }, voice: { ...voice } } })).toBe(endpoint);
    expect(() => Endpoint.of(driver, { channels: { voice } })).toThrow(/^option channels is .*"chat".* already, and cannot be/);
    steam.close();
  });
});

describe('a message', () => {
  const channels = {
    state: { steamChannel: 1, sendType: 'unreliableNoDelay' },
    bulk: { sendType: 'reliable' },
    voice: { steamChannel: 2, sendType: 'unreliable' },
    orders: { sendType: 'buffered' },
  } as const;

  test('goes by the Steam channel and send type of its channel, and is counted there', () => {
    const { open, player, server } = pair({}, { channels });
    const { ours, theirs } = open();
    world.run(3_000);
    const seen = watch(player.driver);
    const send = (delivery: 'reliable' | 'buffered' | 'unreliable', channel?: string) => {
      ours.connection?.send(bytes(`${delivery} ${channel}`), delivery, { channel });
      world.run(1);
      return seen.splice(0);
    };
    expect(send('unreliable')).toEqual(['1:1']);
    expect(send('unreliable', 'voice')).toEqual(['2:0']);
    expect(send('buffered')).toEqual(['0:2']);
    expect(send('reliable', 'orders')).toEqual(['0:3']);
    expect(send('reliable')).toContain('0:2');
    world.run(300);
    expect(theirs.messages).toHaveLength(5);
    const counted = Object.entries(player.endpoint.stats()[0]?.channels ?? {}).map(([name, { sent }]) => [name, sent.messages]);
    expect(counted.slice(1)).toEqual([
      ['messages', 1],
      ['state', 1],
      ['bulk', 1],
      ['orders', 1],
      ['voice', 1],
    ]);
    const received = server.endpoint.stats()[0]?.channels;
    expect([received?.messages, received?.state, received?.voice].map((row) => row?.received.messages)).toEqual([3, 1, 1]);
  });

  test('takes a packet of its own when the one before it in the turn goes another way, and keeps its order', () => {
    const { open, player } = pair({}, { channels });
    const { ours, theirs } = open();
    world.run(3_000);
    const seen = watch(player.driver);
    for (const [i, channel] of ['state', 'voice', 'voice', 'state'].entries()) {
      ours.connection?.send(bytes(`${i}`), 'unreliable', { channel });
    }
    // Twice: what was replaced goes nowhere. The last open packet takes those along that go its way.
    for (const [i, channel] of ['voice', 'state', 'voice', 'state'].entries()) {
      ours.connection?.send(bytes(`latest ${i}`), 'unreliable', { channel, latest: i % 2 });
    }
    world.run(1);
    expect(seen).toEqual(['1:1', '2:0', '1:1', '2:0']);
    expect(theirs.texts).toEqual(['0', '1', '2', '3', 'latest 3', 'latest 2']);
  });

  test('shares its packet with those of other channels that go the same way', () => {
    const { open, player } = pair({}, { channels: { ghosts: { sendType: 'unreliable' } } });
    const { ours } = open();
    world.run(3_000);
    const seen = watch(player.driver);
    for (const channel of ['state', 'ghosts', 'state']) ours.connection?.send(bytes('here'), 'unreliable', { channel });
    world.run(1);
    expect(seen).toEqual(['0:0']);
  });

  test('keeps its order with those of other unreliable channels, and comes at most once', () => {
    const { open } = pair({ seed: 3, conditions: { latencyMs: 20, reorder: 0.2, duplicate: 0.2 } }, { channels });
    const { ours, theirs } = open();
    for (let i = 0; i < 300; i++) {
      const how = { channel: i % 2 === 0 ? 'voice' : 'state', latest: i % 3 === 0 ? 1 : undefined };
      ours.connection?.send(bytes(`${i}`), 'unreliable', how);
      if (i % 4 !== 0) world.run(10);
    }
    world.run(200);
    const numbers = theirs.texts.map(Number);
    expect(new Set(numbers).size).toBe(numbers.length);
    const plain = numbers.filter((i) => i % 3 !== 0);
    expect(plain).toEqual(plain.toSorted((a, b) => a - b));
    expect(plain.length).toBeGreaterThan(100);
  });

  test.each([
    [
      'reliable',
      'vioce',
      'channel "vioce" is none of the channels for messages: messages, state, bulk, orders, voice (option channels)',
    ],
    ['reliable', 'control', 'channel "control" is none of the channels for messages'],
    ['reliable', '__proto__', 'channel "__proto__" is none of the channels for messages'],
    ['reliable', 'voice', 'channel voice takes messages sent as unreliable or unreliableNoDelay, not as reliable'],
    ['unreliable', 'bulk', 'channel bulk takes messages sent as reliable or buffered, not as unreliable'],
  ] as const)('%s on the channel %s throws, and is not sent', (delivery, channel, message) => {
    const { open } = pair({}, { channels });
    const { ours, theirs } = open();
    const send = () => ours.connection?.send(bytes('no'), delivery, { channel });
    expect(send).toThrow(RangeError);
    expect(send).toThrow(message);
    world.run(20);
    expect(theirs.texts).toEqual([]);
  });
});

describe('two ends', () => {
  test('need not have the same channels: a receiver reads every Steam channel', () => {
    world = new World();
    const host = new Host();
    const server = world.user();
    server.endpoint.serve(host);
    const player = world.user({ channels: { control: { steamChannel: 4 }, state: { steamChannel: 6 } } });
    const ours = dial(player.endpoint, server.driver.steamId);
    world.runUntil(() => ours.opened === 1);
    const theirs = host.connections[0]?.record;
    ours.send('reliable');
    ours.send('not', 'unreliable');
    theirs?.send('answer');
    world.run(50);
    expect(theirs?.texts.sort()).toEqual(['not', 'reliable']);
    expect(ours.texts).toEqual(['answer']);
  });

  test('of one process, our own player and host, send on every channel as others do', () => {
    world = new World();
    const { endpoint, driver } = world.user({ channels: { voice: { steamChannel: 2, sendType: 'unreliable' } } });
    const host = new Host();
    endpoint.serve(host);
    const ours = dial(endpoint, driver.steamId);
    world.run(20);
    ours.connection?.send(bytes('to myself'), 'unreliable', { channel: 'voice' });
    world.run(20);
    expect(host.connections[0]?.record.texts).toEqual(['to myself']);
    expect(endpoint.stats().map(({ channels }) => channels.voice?.received.messages)).toEqual([0, 1]);
  });

  test('hand packets of the game to the game, with the Steam channel that they came on', () => {
    const foreign: [string, number][] = [];
    const onForeignPacket = (_: bigint, packet: Uint8Array, steamChannel: number) => {
      foreign.push([new TextDecoder().decode(packet), steamChannel]);
    };
    const { open, player, hostId } = pair({}, { onForeignPacket });
    open();
    for (const channel of [0, 3]) player.driver.send(hostId, bytes('mine'), 2, channel);
    world.run(20);
    expect(foreign).toEqual([
      ['mine', 0],
      ['mine', 3],
    ]);
  });
});
