import { afterEach, describe, expect, test } from '@jest/globals';
import { BanList } from '../../src/connection/BanList.ts';
import type { EndpointOptions } from '../../src/connection/options.ts';
import * as helpers from '../helpers/pair.ts';
import { dial, Host, type World } from '../helpers/World.ts';
import { greeting } from '../wire/support.ts';

let world: World | undefined;
afterEach(() => {
  world?.close();
  world = undefined;
});

function pair(options: EndpointOptions = {}) {
  const made = helpers.pair({ conditions: { latencyMs: 20 } }, options);
  world = made.world;
  return made;
}

describe('a list of bans', () => {
  test('has users, each with the last reason that was given', () => {
    const bans = new BanList();
    bans.add(1n);
    bans.add(2n, 'for spam');
    bans.add(2n, 'for worse');
    expect([bans.size, bans.has(1n), bans.has(3n), bans.reasonOf(2n), bans.reasonOf(3n)]).toEqual([
      2,
      true,
      false,
      'for worse',
      undefined,
    ]);
    expect([...bans]).toEqual([
      [1n, 'you are banned'],
      [2n, 'for worse'],
    ]);
    expect([bans.delete(1n), bans.delete(1n), bans.size]).toEqual([true, false, 1]);
  });

  test('takes SteamIDs and texts only', () => {
    const bans = new BanList();
    expect(() => bans.add('1' as unknown as bigint)).toThrow('a SteamID is a bigint, not 1');
    expect(() => bans.add(1n, 7 as unknown as string)).toThrow('the reason of a ban must be a string, not 7');
  });
});

describe('a banned user', () => {
  test('is refused with the reason, and the host is not asked', () => {
    const { world, host, server, player, hostId, playerId } = pair();
    server.endpoint.bans.add(playerId, 'for cheating');
    const ours = dial(player.endpoint, hostId);
    world.run(200);
    expect(ours.closes).toMatchObject([{ code: 1006, error: { code: 'denied' } }]);
    expect(ours.closes[0]?.reason).toBe(`Steam user ${hostId} refused: for cheating`);
    expect([host.requested, server.endpoint.stats()]).toEqual([[], []]);
    expect(server.endpoint.strangers.banned).toBeGreaterThan(0);
  });

  test('hears it once a second, however often he says hello, and costs nothing else', () => {
    const { world, host, server, hostId } = pair();
    const driver = world.steam.user();
    server.endpoint.bans.add(driver.steamId);
    for (let i = 0; i < 300; i++) {
      world.steam.inject(driver, hostId, greeting({ epoch: i }));
      world.steam.inject(driver, hostId, Uint8Array.of(0xc0, 0x04, 0x00));
      world.run(10);
    }
    expect(world.steam.packetsSent(server.driver)).toBeLessThanOrEqual(4);
    expect([host.requested, server.endpoint.stats()]).toEqual([[], []]);
    expect(server.endpoint.strangers.banned).toBe(600);
  });

  test('sends the game nothing of its own', () => {
    const foreign: bigint[] = [];
    const { world, server, hostId } = pair({ onForeignPacket: (peer) => foreign.push(peer) });
    const driver = world.steam.user();
    world.steam.inject(driver, hostId, Uint8Array.of(1));
    world.run(10);
    server.endpoint.bans.add(driver.steamId);
    world.steam.inject(driver, hostId, Uint8Array.of(1));
    world.run(10);
    expect(foreign).toEqual([driver.steamId]);
  });

  test('is expelled by the host who bans him, and may come back when the ban is gone', () => {
    const { world, open, server, player, hostId, playerId } = pair();
    const { ours } = open();
    server.endpoint.bans.add(playerId, 'for cheating');
    server.endpoint.expel(playerId, 4001, 'for cheating');
    world.run(200);
    const refused = dial(player.endpoint, hostId);
    world.run(1_500);
    expect([ours.closes[0]?.code, refused.closes[0]?.error?.code]).toEqual([4001, 'denied']);
    server.endpoint.bans.delete(playerId);
    open('/again');
  });

  test('who has a session keeps it, and gets nothing more of the host', () => {
    const { world, host, open, server, player, hostId, playerId } = pair();
    const { ours, theirs } = open();
    server.endpoint.bans.add(playerId, 'no more');
    ours.send('still here');
    const refused = dial(player.endpoint, hostId, '/more');
    world.run(100);
    expect(theirs.texts).toEqual(['still here']);
    expect(refused.closes[0]?.reason).toBe(`Steam user ${hostId} refused: no more`);
    expect(host.connections).toHaveLength(1);
  });

  test('may be dialled: the ban is about our host', () => {
    const { world, host, server, player, hostId, playerId } = pair();
    const other = new Host();
    player.endpoint.serve(other);
    server.endpoint.bans.add(playerId, 'not here');
    const visit = dial(server.endpoint, playerId);
    visit.send('may I?');
    world.run(200);
    other.connections[0]?.record.send('you may');
    const refused = dial(player.endpoint, hostId);
    world.run(200);
    expect([visit.opened, visit.texts, other.connections[0]?.record.texts]).toEqual([1, ['you may'], ['may I?']]);
    expect(refused.closes[0]?.reason).toBe(`Steam user ${hostId} refused: not here`);
    expect(host.requested).toEqual([]);
  });
});
