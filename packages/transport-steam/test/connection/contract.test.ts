import { afterEach, describe, expect, test } from '@jest/globals';
import { Endpoint } from '../../src/connection/Endpoint.ts';
import type { EndpointOptions } from '../../src/connection/options.ts';
import type { MessageContract } from '../../src/connection/types.ts';
import type { SimulatedDriver } from '../../src/sim.ts';
import { decodeHello, decodeRefuse, RefuseCode } from '../../src/wire/hello.ts';
import { PacketType } from '../../src/wire/packet.ts';
import { dial, Host, type Recorder, settle, World } from '../helpers/World.ts';
import { greeting } from '../wire/support.ts';

let world: World;
afterEach(() => world.close());

/** Definitions whose description is a text, and differ in the first word that does. */
function contract(
  description: string,
  fingerprint = BigInt(description.length * 1_000 + description.charCodeAt(0)),
): MessageContract {
  return {
    fingerprint,
    description,
    firstDifference: (theirs) => {
      const words = theirs.split(' ');
      const index = description.split(' ').findIndex((word, at) => word !== words[at]);
      return `word ${index} is ${description.split(' ')[index]} here, ${words[index] ?? 'missing'} there`;
    },
  };
}

const ours = contract('shoot x y');
const theirs = contract('shoot x angle');

function hostAndPlayer(server: EndpointOptions, client: EndpointOptions) {
  world = new World();
  const host = new Host();
  const made = { host, server: world.user(server), player: world.user(client) };
  made.server.endpoint.serve(host);
  return { ...made, hostId: made.server.driver.steamId, playerId: made.player.driver.steamId };
}

function ended(record: Recorder) {
  return record.closes.map(({ code, error }) => [code, error?.code]);
}

/** A user who has only a driver, and keeps what he gets. */
function silentUser(): { driver: SimulatedDriver; packets: Uint8Array[] } {
  const driver = world.steam.user();
  const packets: Uint8Array[] = [];
  driver.start({
    onSessionRequest: (peer) => driver.acceptSession(peer),
    onSessionFailed: () => undefined,
    onPacket: (_, packet) => void packets.push(packet),
    onSteamLost: () => undefined,
    onSteamRestored: () => undefined,
  });
  return { driver, packets };
}

function refusals(packets: Uint8Array[]) {
  return packets.filter(([first]) => first === PacketType.Refuse).map((packet) => decodeRefuse(packet));
}

describe('message definitions', () => {
  test('that are the same on both sides, or on neither, are no matter', () => {
    for (const options of [{ contract: ours }, {}]) {
      const { player, hostId } = hostAndPlayer(options, options);
      const record = dial(player.endpoint, hostId);
      world.run(100);
      expect([record.opened, record.closes]).toEqual([1, []]);
      if (options.contract) world.close();
    }
  });

  test('that differ end the connection, the request and the probe, and the error names the first difference', async () => {
    const { host, player, server, hostId } = hostAndPlayer({ contract: theirs }, { contract: ours });
    const record = dial(player.endpoint, hostId);
    const request = player.endpoint.request(hostId, { method: 'GET', path: '/', headers: [], body: new Uint8Array() });
    const failure = request.catch((error) => error);
    world.run(100);
    await settle();
    expect(ended(record)).toEqual([[1006, 'schema-mismatch']]);
    expect(record.closes[0]?.reason).toBe(
      `the message definitions of Steam user ${hostId} are not those of this side: word 2 is y here, angle there; ` +
        'both sides need the same: update the older one of the two games',
    );
    expect((await failure).code).toBe('schema-mismatch');
    expect([host.connections, host.requests]).toEqual([[], []]);
    expect([...player.endpoint.stats(), ...server.endpoint.stats()]).toEqual([]);
  });

  test('that only the host has', () => {
    const { player, hostId } = hostAndPlayer({ contract: theirs }, {});
    const record = dial(player.endpoint, hostId);
    world.run(100);
    expect(ended(record)).toEqual([[1006, 'schema-mismatch']]);
    expect(record.closes[0]?.reason).toContain(`Steam user ${hostId} has message definitions, and this side has none`);
  });

  test('that only the player has', () => {
    const { player, hostId } = hostAndPlayer({}, { contract: ours });
    const record = dial(player.endpoint, hostId);
    world.run(100);
    expect(ended(record)).toEqual([[1006, 'schema-mismatch']]);
    expect(record.closes[0]?.reason).toContain(`this side has message definitions, and Steam user ${hostId} has none`);
  });

  test('with ourselves are always the same', () => {
    const { server, hostId } = hostAndPlayer({ contract: ours }, {});
    const record = dial(server.endpoint, hostId);
    world.run(100);
    expect([record.opened, record.closes]).toEqual([1, []]);
  });

  test('of both who dial each other at once end both, each with the difference as he sees it', () => {
    const { player, server, hostId, playerId } = hostAndPlayer({ contract: theirs }, { contract: ours });
    player.endpoint.serve(new Host());
    const [one, other] = [dial(player.endpoint, hostId), dial(server.endpoint, playerId)];
    world.run(2_500);
    expect([ended(one), ended(other)]).toEqual([[[1006, 'schema-mismatch']], [[1006, 'schema-mismatch']]]);
    expect(one.closes[0]?.reason).toContain('word 2 is y here, angle there');
    expect(other.closes[0]?.reason).toContain('word 2 is angle here, y there');
  });

  test('of a player who restarts with another build: the old session ends, the new one is refused', () => {
    const { host, player, hostId } = hostAndPlayer({ contract: ours }, { contract: ours });
    dial(player.endpoint, hostId);
    world.run(100);
    world.freeze(player.endpoint);
    world.steam.kill(player.driver);
    const { endpoint } = world.user({ contract: theirs }, player.driver.steamId);
    const record = dial(endpoint, hostId);
    world.run(3_000);
    expect(ended(record)).toEqual([[1006, 'schema-mismatch']]);
    expect(host.connections.map(({ record }) => ended(record))).toEqual([[[1006, 'connection-lost']]]);
  });
});

describe('the description', () => {
  test.each([
    ['not a word', false, []],
    ['the reason of the host', 'you are banned', [{ code: RefuseCode.Denied, echo: 7, reason: 'you are banned' }]],
  ])('is not told to who was not let in: he hears %s', (_, mayJoin, heard) => {
    const { host, hostId } = hostAndPlayer({ contract: ours }, {});
    host.mayJoin = mayJoin;
    const { driver, packets } = silentUser();
    driver.send(hostId, greeting({ epoch: 7, fingerprint: theirs.fingerprint }), 2, 0);
    world.run(50);
    // Past Steam, as one who was let in by it once.
    world.steam.inject(driver, hostId, greeting({ epoch: 7, fingerprint: theirs.fingerprint }));
    world.run(50);
    driver.poll(100);
    expect(refusals(packets)).toEqual(heard);
    driver.close();
  });

  test('is not told while the host thinks', async () => {
    const { host, player, hostId } = hostAndPlayer({ contract: theirs }, { contract: ours });
    let decide: (answer: boolean) => void = () => undefined;
    host.mayJoin = new Promise((resolve) => {
      decide = resolve;
    });
    const record = dial(player.endpoint, hostId);
    world.run(3_000);
    expect(record.closes).toEqual([]);
    decide(true);
    await settle();
    world.run(1_500);
    expect(ended(record)).toEqual([[1006, 'schema-mismatch']]);
  });

  test('is cut to 16 KiB, and told no more than once a second', () => {
    const long = `${'word '.repeat(4_000)}end`;
    const { hostId } = hostAndPlayer({ contract: contract(long) }, {});
    const { driver, packets } = silentUser();
    for (let epoch = 0; epoch < 20; epoch++) {
      driver.send(hostId, greeting({ epoch }), 2, 0);
      world.run(100);
      driver.poll(100);
    }
    expect(refusals(packets).map((refuse) => [refuse?.code, refuse?.reason])).toEqual(
      Array(2).fill([RefuseCode.SchemaMismatch, long.slice(0, 16_384)]),
    );
    driver.close();
  });

  test('that had to be cut may hide the difference, and the error says so', () => {
    const long = 'word '.repeat(4_000);
    const { player, hostId } = hostAndPlayer({ contract: contract(`${long}x`) }, { contract: contract(`${long}end`) });
    const record = dial(player.endpoint, hostId);
    world.run(100);
    expect(ended(record)).toEqual([[1006, 'schema-mismatch']]);
    expect(record.closes[0]?.reason).toContain(
      'here, missing there (or further on: their description is too long to be told whole)',
    );
  });

  test('that makes the contract fail, or write a book, does no harm', () => {
    const texts: (() => string)[] = [
      () => {
        throw new Error('what is that?');
      },
      () => 'x'.repeat(100_000),
      () => '',
    ];
    for (const firstDifference of texts) {
      const { player, hostId } = hostAndPlayer({ contract: theirs }, { contract: { ...ours, firstDifference } });
      const record = dial(player.endpoint, hostId);
      world.run(100);
      expect(ended(record)).toEqual([[1006, 'schema-mismatch']]);
      expect(record.closes[0]?.reason.length).toBeLessThan(1_000);
      if (firstDifference !== texts.at(-1)) world.close();
    }
  });
});

test('an answer with another fingerprint is refused like a greeting, and ends our session', () => {
  const { player } = hostAndPlayer({}, { contract: ours });
  for (const [fingerprint, words] of [
    [theirs.fingerprint, 'are not those of this side; both sides need the same'],
    [0n, 'has none'],
  ] as const) {
    const { driver, packets } = silentUser();
    const record = dial(player.endpoint, driver.steamId);
    world.run(50);
    driver.poll(100);
    const hello = decodeHello(packets[0]!)!;
    expect(hello.fingerprint).toBe(ours.fingerprint);
    driver.send(player.driver.steamId, greeting({ epoch: 9, echo: hello.epoch, fingerprint }), 2, 0);
    world.run(50);
    driver.poll(100);
    expect(ended(record)).toEqual([[1006, 'schema-mismatch']]);
    expect(record.closes[0]?.reason).toContain(words);
    expect(refusals(packets)).toEqual([{ code: RefuseCode.SchemaMismatch, echo: 9, reason: ours.description }]);
    driver.close();
  }
});

test('a refusal that is not for our hello ends nothing', () => {
  const { player, hostId } = hostAndPlayer({}, {});
  const record = dial(player.endpoint, hostId);
  world.run(100);
  world.steam.inject(hostId, player.driver, Uint8Array.of(0xbd, 0x43, 0x54, 0x53, 5, 0, 0, 0, 0, 0x61));
  world.run(100);
  expect(record.closes).toEqual([]);
});

describe('option contract', () => {
  test.each([
    [null, 'option contract must be { fingerprint: bigint, description: string, firstDifference(theirs) }, not null'],
    [{ ...ours, fingerprint: 1 }, 'option contract must be'],
    [{ ...ours, description: undefined }, 'option contract must be'],
    [{ fingerprint: 1n, description: '' }, 'option contract must be'],
    [{ ...ours, fingerprint: -1n }, 'option contract.fingerprint must have at most 64 bits, not -1'],
    [{ ...ours, fingerprint: 2n ** 64n }, 'option contract.fingerprint must have at most 64 bits'],
  ])('%#', (value, message) => {
    world = new World();
    expect(() => world.user({ contract: value as unknown as MessageContract })).toThrow(message);
  });

  test('counts for the whole endpoint; the same definitions may be given twice', () => {
    const { server } = hostAndPlayer({ contract: ours }, {});
    const again = (contract: MessageContract) => () => Endpoint.of(server.driver, { contract });
    expect(again({ ...ours })()).toBe(server.endpoint);
    expect(again(theirs)).toThrow(
      `option messages is one with the fingerprint ${ours.fingerprint} for this driver already, and cannot be one with the ` +
        `fingerprint ${theirs.fingerprint} as well: one driver, one set`,
    );
  });
});
