import { type Client, Room } from '@colyseus/core';
import { expect, test } from '@jest/globals';
import type { SimulatedDriver } from '../../src/sim.ts';
import { encodeRefuse, encodeReset } from '../../src/wire/hello.ts';
import { Code, Lane, PacketType, tagOf } from '../../src/wire/packet.ts';
import { until } from '../compliance/transport/waiting.ts';
import { leaveNoTimers } from '../helpers/leaveNoTimers.ts';
import { withSteamWorld } from '../helpers/steamWorld.ts';
import { bytes, dial, Host, World } from '../helpers/World.ts';
import { greeting } from '../wire/support.ts';
import { HostilePlayer } from './HostilePlayer.ts';
import { Impostor } from './Impostor.ts';

// Who speaks is Steam's word. What somebody says in the name of another, with his numbers or his own words of yesterday, is said
// in his own.

leaveNoTimers();

/** A host, and a player of his whose packets are on record. */
function recorded() {
  const world = new World({ seed: 5 });
  const host = new Host();
  const server = world.user();
  server.endpoint.serve(host);
  const player = world.user();
  const record = recordOf(player.driver);
  const hostId = server.driver.steamId;
  const ours = dial(player.endpoint, hostId, '/hall');
  ours.send('mine');
  ours.send('unreliably mine', 'unreliable');
  world.runUntil(() => host.connections[0]?.record.texts.length === 2);
  return { world, host, server, player, record, hostId, ours, theirs: host.connections[0]!.record };
}

function recordOf(driver: SimulatedDriver): Uint8Array[] {
  const packets: Uint8Array[] = [];
  const send = driver.send.bind(driver);
  driver.send = (peer, packet, ...how) => {
    packets.push(packet.slice());
    return send(peer, packet, ...how);
  };
  return packets;
}

test('a recorded session, replayed by somebody else, is a session of his own', () => {
  const { world, host, record, hostId, server, player, ours, theirs } = recorded();
  const packets = [...record];
  const impostor = new Impostor(world, hostId);
  for (let times = 0; times < 3; times++) {
    for (const packet of packets) impostor.inject(packet);
    world.run(200);
  }
  expect(theirs.texts).toEqual(['mine', 'unreliably mine']);
  for (const { connection } of host.connections.slice(1)) expect(connection.peer).toBe(impostor.steamId);
  ours.send('and still mine');
  world.runUntil(() => theirs.texts.length === 3);
  expect([...ours.closes, ...theirs.closes]).toEqual([]);
  const stats = server.endpoint.stats().find(({ peer }) => peer === player.driver.steamId);
  expect(stats).toMatchObject({ state: 'established', connections: 1, rejected: 0 });
  impostor.close();
  world.close();
});

test('what he said in his last session, again: dropped, counted, and no part of this one', () => {
  const { world, host, record, hostId, server, player } = recorded();
  const packets = record.filter(([first]) => (first as number) >= PacketType.Session);
  const formerTag = tagOf(packets[0]!);
  player.endpoint.expel(hostId, 4000, 'he leaves');
  world.run(500);
  const again = dial(player.endpoint, hostId, '/hall');
  world.runUntil(() => again.opened === 1);
  const theirs = host.connections[1]!.record;
  for (const packet of packets) world.steam.inject(player.driver, hostId, packet);
  world.run(500);
  again.send('anew');
  world.runUntil(() => theirs.texts.length === 1);
  expect(theirs.texts).toEqual(['anew']);
  expect(again.closes).toEqual([]);
  const stats = server.endpoint.stats().find(({ peer }) => peer === player.driver.steamId);
  expect(stats?.rejected).toBe(packets.length);
  expect(tagOf(record.at(-1)!)).not.toBe(formerTag);
  world.close();
});

test('the numbers of another: his epoch, his tag, his slots, in every packet that could end his session', () => {
  const { world, record, hostId, server, player, ours, theirs } = recorded();
  const impostor = new Impostor(world, hostId);
  const tag = tagOf(record.find(([first]) => (first as number) >= PacketType.Session)!);
  const epoch = new DataView(record[0]!.buffer).getUint32(6);
  const packets = [
    greeting({ epoch, tag }),
    greeting({ epoch: epoch + 1, tag }),
    greeting({ epoch, tag, echo: epoch }),
    encodeRefuse({ code: 1, echo: epoch, reason: 'go away' }),
    ...Array.from({ length: 64 }, (_, each) => encodeReset(each)),
  ];
  impostor.tag = tag;
  for (let sequence = 0; sequence < 20; sequence++) {
    impostor.sequence = sequence;
    packets.push(impostor.packet(Lane.Reliable, Code.Control, [4, 0x10, 0x0f, 0xa0]));
    packets.push(impostor.packet(Lane.Unreliable, Code.OpenedBySender, bytes('not yours')));
  }
  for (const packet of packets) {
    impostor.inject(packet);
    world.run(10);
  }
  ours.send('still mine');
  world.runUntil(() => theirs.texts.at(-1) === 'still mine');
  expect(theirs.texts).toEqual(['mine', 'unreliably mine', 'still mine']);
  expect([...ours.closes, ...theirs.closes]).toEqual([]);
  expect(server.endpoint.stats().find(({ peer }) => peer === player.driver.steamId)?.rejected).toBe(0);
  impostor.close();
  world.close();
});

class Hall extends Room {
  static joined: string[] = [];
  override seatReservationTimeout = 0.3;

  override onAuth(_client: Client, _options: unknown, context: { headers: Headers; ip: unknown }): object {
    return { id: context.headers.get('x-steam-id'), ip: context.ip };
  }

  override onJoin(client: Client): void {
    const { id, ip } = client.auth as { id: string; ip: string };
    Hall.joined.push(`${id} ${ip}`);
  }
}

/** Asks at matchmaking already, by the headers of the request. */
class Gate extends Room {
  static asked: string[] = [];
  override seatReservationTimeout = 0.3;

  static override async onAuth(
    _token: string,
    _options: unknown,
    { headers, ip }: { headers: Headers; ip: unknown },
  ): Promise<boolean> {
    Gate.asked.push(`${headers.get('x-steam-id')} ${ip} ${headers.get('x-forwarded-for')}`);
    return true;
  }
}

test('a room is told who Steam says he is, whatever he claims; and the seat of another is none of his', async () => {
  await withSteamWorld({}, async (world, arena) => {
    world.define('hall', Hall);
    world.define('gate', Gate);
    Hall.joined = [];
    Gate.asked = [];
    const victim = new HostilePlayer(arena.steam.user(), arena.host.steamId);
    const liar = new HostilePlayer(arena.steam.user(), arena.host.steamId);
    try {
      const seat = await victim.reserve('hall');
      for (const target of [seat, `${seat}&x-steam-id=${victim.steamId}`, `${seat}&_authToken=${victim.steamId}`]) {
        liar.dial(target);
        expect((await liar.end()).code).toBeGreaterThan(1000);
      }
      const link = victim.dial(seat);
      await until(() => Hall.joined.length === 1, 'he has his seat');
      expect(Hall.joined).toEqual([`${victim.steamId} ${victim.steamId}`]);
      for (const target of [seat, `${seat}&reconnectionToken=x`]) {
        liar.dial(target);
        await liar.end();
      }
      expect(link.state).toBe('open');
      const claims: [string, string][] = ['x-steam-id', 'X-Steam-Id', 'x-real-ip', 'x-forwarded-for', 'x-client-ip'].map(
        (name) => [name, String(victim.steamId)],
      );
      await liar.request('POST', '/matchmake/joinOrCreate/gate', '{}', [['content-type', 'application/json'], ...claims]);
      expect(Gate.asked).toEqual([`${liar.steamId} ${liar.steamId} null`]);
      await liar.join('hall');
      expect(Hall.joined[1]).toBe(`${liar.steamId} ${liar.steamId}`);
    } finally {
      victim.close();
      liar.close();
    }
  });
});
