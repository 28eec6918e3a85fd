import { afterEach, describe, expect, test } from '@jest/globals';
import type { EndpointOptions } from '../../src/connection/options.ts';
import type { SteamRequest } from '../../src/connection/types.ts';
import { SendType } from '../../src/driver/SteamDriver.ts';
import type { SteamError } from '../../src/driver/SteamError.ts';
import type { SimulatedSteamOptions } from '../../src/sim.ts';
import { encodeControl } from '../../src/wire/control.ts';
import { decodeHello, decodeRefuse, type Hello, RefuseCode } from '../../src/wire/hello.ts';
import { Code, Lane, PACKET_HEADER_BYTES, PacketType, writePacketHeader } from '../../src/wire/packet.ts';
import { encodeRequest } from '../../src/wire/requestCodec.ts';
import { DriverRecorder } from '../helpers/DriverRecorder.ts';
import * as helpers from '../helpers/pair.ts';
import { dial, type Recorder, settle, type World } from '../helpers/World.ts';
import { greeting } from '../wire/support.ts';

// The host lost the session in which a player began, and the player, who had no answer yet, said all of it again: the host took that for another
// beginning, and gave a second seat. No test saw it, for both ends were right by themselves: the one was told, the other tried until it worked.

let world: World;
afterEach(() => world.close());

function pair(simulation: Omit<SimulatedSteamOptions, 'clock'> = {}, options: EndpointOptions = {}) {
  const made = helpers.pair({ conditions: { latencyMs: 20 }, requestRepeatMs: 1_000, ...simulation }, options);
  world = made.world;
  return made;
}

type Pair = ReturnType<typeof pair>;

const seat: SteamRequest = { method: 'POST', path: '/matchmake/joinOrCreate/arena', headers: [], body: new Uint8Array() };

const ended = ({ closes }: Recorder) => closes.map(({ code, error }) => [code, error?.code]);

/** A player begins, and hears nothing of the host, who has done what he asked: until {@link hear}. */
async function begin({ host, player, hostId, playerId }: Pair) {
  const { steam } = world;
  steam.trueButLost(hostId, playerId, 1_000);
  let failure: SteamError | undefined;
  player.endpoint.request(hostId, seat).catch((error) => {
    failure = error;
  });
  const ours = dial(player.endpoint, hostId);
  world.run(300);
  await settle();
  const theirs = host.connections[0]?.record as Recorder;
  expect([host.requests.length, host.connections.length, ours.opened, theirs.closes]).toEqual([1, 1, 0, []]);
  return { ours, theirs, failure: () => failure, hear: () => steam.trueButLost(hostId, playerId, 0) };
}

describe('a beginning that the player says again because he had no answer', () => {
  const losses: [string, (pair: Pair) => void][] = [
    [
      'to whom Steam does not come through',
      ({ hostId, playerId }) => {
        world.steam.blockDirection(hostId, playerId);
        world.steam.trueButLost(hostId, playerId, 0);
        world.run(3_000);
        world.steam.blockDirection(hostId, playerId, false);
      },
    ],
    [
      'whose Steam goes away and comes back',
      ({ hostId }) => {
        world.steam.loseSteam(hostId);
        world.run(500);
        world.steam.restoreSteam(hostId);
      },
    ],
    [
      'who expels him',
      ({ server, playerId }) => {
        server.endpoint.expel(playerId, 4_000, 'out');
        world.run(3_500);
      },
    ],
    [
      'who stops, and begins another match',
      ({ server }) => {
        server.endpoint.release();
        world.run(100);
        server.endpoint.acquire();
      },
    ],
    [
      'who misses a packet of his',
      ({ player, hostId, playerId }) => {
        world.steam.trueButLost(playerId, hostId, 1);
        dial(player.endpoint, hostId, '/lost');
        world.run(10);
        dial(player.endpoint, hostId, '/seen to be missing');
        world.run(100);
      },
    ],
    [
      'who has not heard of him for deadAfterMs',
      ({ hostId, playerId }) => {
        world.steam.blockDirection(playerId, hostId);
        world.run(2_500);
        world.steam.blockDirection(playerId, hostId, false);
      },
    ],
  ];
  test.each(losses)('to a host %s: is not taken twice, and both are told', async (_, lose) => {
    const made = pair({ sessionTimeoutMs: 2_000 }, { deadAfterMs: 2_000, heartbeatMs: 500 });
    const { host, player, hostId } = made;
    const { ours, theirs, failure, hear } = await begin(made);
    lose(made);
    world.run(100);
    hear();
    world.run(6_000);
    await settle();
    expect(host.requests).toHaveLength(1);
    expect(host.connections.filter(({ target }) => target === '/')).toHaveLength(1);
    expect([theirs.closes.length, ended(ours)]).toEqual([1, [[1006, 'connection-lost']]]);
    expect(failure()?.code).toBe('connection-lost');
    expect(failure()?.message).toBe(
      `the session with Steam user ${hostId} is lost: they ended it before we knew that it had begun, and may have done what we asked`,
    );
    // What he does now is done.
    const again = dial(player.endpoint, hostId, '/again');
    player.endpoint.request(hostId, seat).catch(() => undefined);
    world.run(1_000);
    expect([again.opened, host.requests.length]).toEqual([1, 2]);
  });

  test('the host is not asked about it again', async () => {
    const made = pair();
    const { hear } = await begin(made);
    made.server.endpoint.expel(made.playerId, 4_000, 'out');
    world.run(4_000);
    hear();
    world.run(2_000);
    expect(made.host.requested).toEqual([made.playerId]);
  });

  test('nor is it half of a session that the host begins with him meanwhile', async () => {
    const made = pair({}, { deadAfterMs: 2_000, heartbeatMs: 500 });
    const { host, server, player, hostId, playerId } = made;
    let visits = 0;
    player.endpoint.accept('/visit', {
      onSessionRequest: () => true,
      onConnection: () => {
        visits++;
        return { onMessage: () => undefined, onClose: () => undefined };
      },
    });
    const { ours, hear } = await begin(made);
    world.steam.blockDirection(playerId, hostId);
    world.run(2_500);
    const visit = dial(server.endpoint, playerId, '/visit');
    world.run(10);
    world.steam.blockDirection(playerId, hostId, false);
    hear();
    world.run(6_000);
    await settle();
    expect([host.requests.length, host.connections.length]).toEqual([1, 1]);
    expect(ended(ours)).toEqual([[1006, 'connection-lost']]);
    // His visit is heard of once, or he is told that it was not to be.
    expect(visits).toBeLessThanOrEqual(1);
    expect(visit.opened + visit.closes.length).toBe(1);
  });
});

/** A user without endpoint, who says what he likes. */
class Repeater {
  readonly #recorder = new DriverRecorder(world.steam.user());
  readonly #host: bigint;

  constructor(host: bigint) {
    this.#host = host;
  }

  get id(): bigint {
    return this.#recorder.id;
  }

  /** Hello, and the first packet behind it: one request. */
  begin(hello: Pick<Hello, 'epoch' | 'tag'> & Partial<Hello>): void {
    const payload = encodeControl({ type: 'request', id: 1, content: encodeRequest(seat) });
    const packet = new Uint8Array(PACKET_HEADER_BYTES + payload.length);
    writePacketHeader(packet, 0, Lane.Reliable, Code.Control, hello.tag, 0);
    packet.set(payload, PACKET_HEADER_BYTES);
    for (const each of [greeting(hello), packet]) this.#recorder.driver.send(this.#host, each, SendType.Reliable, 0);
    world.run(100);
  }

  get hellos(): Hello[] {
    return this.#received(PacketType.Hello).flatMap((packet) => decodeHello(packet) ?? []);
  }

  /** The epochs of the hellos that were refused because their sessions are over. */
  get ended(): number[] {
    const refusals = this.#received(PacketType.Refuse).flatMap((packet) => decodeRefuse(packet) ?? []);
    return refusals.filter(({ code }) => code === RefuseCode.Ended).map(({ echo }) => echo);
  }

  close(): void {
    this.#recorder.driver.close();
  }

  #received(type: number): Uint8Array[] {
    this.#recorder.driver.poll(1_000);
    return this.#recorder.packets.map(({ bytes }) => bytes).filter(([first]) => first === type);
  }
}

describe('a recorded beginning that is said again', () => {
  test('is refused when there is no session now', () => {
    const { host, server, hostId } = pair();
    const repeater = new Repeater(hostId);
    repeater.begin({ epoch: 1, tag: 1 });
    server.endpoint.expel(repeater.id, 4_000, 'out');
    world.run(4_000);
    repeater.begin({ epoch: 1, tag: 1 });
    expect([host.requests.length, repeater.ended]).toEqual([1, [1]]);
    repeater.close();
  });

  test('is refused when there is another session now, which goes on', () => {
    const { host, server, hostId } = pair();
    const repeater = new Repeater(hostId);
    repeater.begin({ epoch: 1, tag: 1 });
    repeater.begin({ epoch: 2, tag: 2 });
    expect(host.requests).toHaveLength(2);
    repeater.begin({ epoch: 1, tag: 1 });
    expect([host.requests.length, repeater.ended]).toEqual([2, [1]]);
    expect(server.endpoint.stats().map(({ state }) => state)).toEqual(['established']);
    repeater.close();
  });

  test('is refused as the answer to a hello of the host’s own, which goes on waiting', () => {
    const { host, server, hostId } = pair();
    const repeater = new Repeater(hostId);
    repeater.begin({ epoch: 1, tag: 1 });
    server.endpoint.expel(repeater.id, 4_000, 'out');
    world.run(4_000);
    dial(server.endpoint, repeater.id);
    world.run(100);
    const { epoch: echo } = repeater.hellos.at(-1) as Hello;
    repeater.begin({ epoch: 1, tag: 1, echo });
    expect([host.requests.length, repeater.ended]).toEqual([1, [1]]);
    expect(server.endpoint.stats().map(({ state }) => state)).toEqual(['greeting']);
    repeater.begin({ epoch: 2, tag: 2, echo });
    expect(host.requests).toHaveLength(2);
    repeater.close();
  });
});
