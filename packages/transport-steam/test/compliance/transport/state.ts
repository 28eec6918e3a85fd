import { type Client, Room } from '@colyseus/core';
import { schema, t } from '@colyseus/schema';
import { describe, expect, test } from '@jest/globals';
import type { Differences } from './harness.ts';
import type { World } from './World.ts';
import { pause, until } from './waiting.ts';

const Player = schema({ name: t.string(), x: t.float32().unreliable(), y: t.float32().unreliable() }, 'Player');
const Field = schema({ round: t.uint32().default(0), players: t.map(Player) }, 'Field');
const Move = schema({ dx: t.int8(), fire: t.boolean() }, 'Move');

class FieldRoom extends Room<{ state: InstanceType<typeof Field>; input: InstanceType<typeof Move> }> {
  override state = new Field();
  override patchRate = 20;
  // A lost packet holds back all that follows it: more inputs then arrive at once than the default of 32 keeps.
  override inputs = this.defineInput(Move, { bufferMaxSize: 128 });
  readonly moves: number[] = [];

  override onCreate({ crowd = 0 }: { crowd?: number }): void {
    for (let i = 0; i < crowd; i++) this.#enter(`crowd ${i} ${'x'.repeat(40)}`);
    this.onMessage('round', () => {
      this.state.round++;
    });
    this.onMessage('walk', (_client: Client, x: number) => {
      for (const player of this.state.players.values()) player.x = x;
    });
    this.onMessage('fling', (client: Client, message: unknown) => client.send('flung', message));
    this.setTimestep(() => {
      for (const client of this.clients) {
        for (const move of this.inputs.get(client.sessionId)?.drain() ?? []) this.moves.push(move.dx);
      }
    }, 20);
    this.onMessage('moves', () => [...this.moves]);
  }

  override onJoin(client: Client): void {
    this.#enter(client.sessionId);
  }

  #enter(name: string): void {
    const player = new Player();
    player.name = name;
    player.x = 1;
    player.y = 2;
    this.state.players.set(name, player);
  }
}

export function state(world: () => World, differences: Differences): void {
  describe('state', () => {
    test('patches arrive at everyone', async () => {
      world().define('field', FieldRoom);
      const a = await world().player().joinOrCreate('field');
      const b = await world().player().joinOrCreate('field');
      await until(() => a.state?.players?.size === 2 && b.state?.players?.size === 2, 'both players');
      a.send('round');
      b.send('round');
      await until(() => a.state.round === 2 && b.state.round === 2, 'round 2');
      await b.leave();
    });

    test('a full state of many packets arrives whole', async () => {
      world().define('field', FieldRoom);
      const room = await world().player().joinOrCreate('field', { crowd: 3_000 });
      await until(() => room.state?.players?.size === 3_001, '3001 players');
      const last = room.state.players.get(`crowd 2999 ${'x'.repeat(40)}`);
      expect({ x: last?.x, y: last?.y }).toEqual({ x: 1, y: 2 });
    });

    test('@unreliable fields: the join-time value always, updates where there is a lane', async () => {
      world().define('field', FieldRoom);
      const room = await world().player().joinOrCreate('field');
      const own = () => room.state?.players?.get(room.sessionId)?.x;
      await until(() => own() === 1, 'the join-time value');
      let x = 1;
      if (differences.unreliableLane) {
        await until(() => {
          room.send('walk', ++x % 1_000);
          return (own() ?? 0) > 1;
        }, 'an update');
      } else {
        // The first patch still carries the player's own arrival, with the values of that moment.
        room.send('round');
        await until(() => room.state.round === 1, 'a patch');
        room.send('walk', 5);
        room.send('round');
        await until(() => room.state.round === 2, 'the patch after');
        await pause(50);
        expect(own()).toBe(1);
      }
    });

    test('sendUnreliable arrives, or is lost where packets are', async () => {
      world().define('field', FieldRoom);
      const room = await world().player().joinOrCreate('field');
      const flung: number[] = [];
      room.onMessage('flung', (n: number) => flung.push(n));
      for (let i = 0; i < 100; i++) {
        room.sendUnreliable('fling', i);
        await pause(1);
      }
      const expected = differences.losesUnreliable ? 60 : 100;
      await until(() => flung.length >= expected, `${expected} of 100`);
      await pause(differences.roundTripMs + 50);
      expect(flung).toEqual([...new Set(flung)].sort((a, b) => a - b));
    });

    test('an unreliable request is answered reliably', async () => {
      world().define('field', FieldRoom);
      const room = await world().player().joinOrCreate('field');
      let answer: unknown;
      await until(() => {
        room.request('moves', undefined, { mode: 'unreliable', timeout: 5_000 }).then(
          (value) => {
            answer = value;
          },
          () => {},
        );
        return answer !== undefined;
      }, 'an answer');
      expect(answer).toEqual([]);
    });

    test.each(['reliable', 'unreliable'] as const)('%s inputs arrive once and in order', async (mode) => {
      world().define('field', FieldRoom);
      const room = await world().player().joinOrCreate('field');
      const input = room.input<InstanceType<typeof Move>>(mode === 'unreliable' ? { mode, historySize: 16 } : { mode });
      const sent = Array.from({ length: 60 }, (_, i) => i + 1);
      for (const dx of sent) {
        input.data.dx = dx;
        input.send();
        await pause(4);
      }
      let arrived: number[] = [];
      do {
        // What the last packets lost, the next ones repeat: a game that sends every tick never stops.
        if (mode === 'unreliable') input.send();
        await pause(20);
        arrived = (await room.request('moves')) as number[];
      } while (new Set(arrived).size < sent.length);
      expect(arrived.slice(0, sent.length)).toEqual(sent);
    });
  });
}
