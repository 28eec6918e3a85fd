import assert from 'node:assert/strict';
import test, { afterEach } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Room } from '@colyseus/sdk';
import { Client } from 'colyseus-transport-steam/config/client';
import type { ArenaRoom } from './ArenaRoom.ts';
import type { server } from './server.ts';

const endpoint = process.env.ENDPOINT ?? 'ws://localhost:2567';
type ArenaPlayer = Room<ArenaRoom, ArenaRoom['state']>;
const rooms: ArenaPlayer[] = [];

afterEach(async () => {
  for (const room of rooms.splice(0)) if (room.connection.isOpen) await room.leave();
});

async function create(options: { name?: string; coins?: [number, number][] }): Promise<ArenaPlayer> {
  const room = (await new Client<typeof server>(endpoint).create('arena', options)) as ArenaPlayer;
  rooms.push(room);
  return room;
}

async function join(roomId: string, options: { name?: string }, token?: string): Promise<ArenaPlayer> {
  const client = new Client<typeof server>(endpoint);
  if (token !== undefined) client.auth.token = token;
  const room = (await client.joinById(roomId, options)) as ArenaPlayer;
  rooms.push(room);
  return room;
}

async function until(condition: () => boolean | undefined): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries === 500) throw new Error(`not within 5 s: ${condition}`);
    await sleep(10);
  }
}

const next = <T>(room: ArenaPlayer, type: string) => new Promise<T>((resolve) => (room as Room).onMessage(type, resolve));

test('two players see each other walk', async () => {
  const ann = await create({ name: 'Ann' });
  const bob = await join(ann.roomId, { name: 'Bob' });
  await until(() => ann.state.players?.size === 2 && bob.state.players?.size === 2);
  for (let step = 0; step < 3; step++) ann.send('walk', { dx: 0, dy: -5 });
  await until(() => bob.state.players.get(ann.sessionId)?.y === -3);
  assert.deepEqual([...bob.state.players.values()].map(({ name }) => name).sort(), ['Ann', 'Bob']);
});

test('who walks to a coin has it, and everybody is told', async () => {
  const ann = await create({
    name: 'Ann',
    coins: [
      [1, 0],
      [5, 5],
    ],
  });
  const bob = await join(ann.roomId, { name: 'Bob' });
  const told = [next(ann, 'found'), next(bob, 'found')];
  bob.send('walk', { dx: 1, dy: 0 });
  assert.deepEqual(await Promise.all(told), [
    { who: 'Bob', left: 1 },
    { who: 'Bob', left: 1 },
  ]);
  await until(() => ann.state.coins.length === 1 && ann.state.players.get(bob.sessionId)?.coins === 1);
  assert.equal(await ann.request('rank'), 2);
  assert.equal(await bob.request('rank'), 1);
});

test('what one says, the others hear', async () => {
  const ann = await create({});
  const bob = await join(ann.roomId, {});
  ann.onMessage('said', () => assert.fail('she hears herself'));
  const heard = next(bob, 'said');
  ann.send('say', 'hello');
  assert.equal(await heard, 'hello');
});

test('who was away for a moment has what he had', async () => {
  const ann = await create({ name: 'Ann' });
  ann.send('walk', { dx: 1, dy: 0 });
  await until(() => ann.state.players?.get(ann.sessionId)?.coins === 1);
  const { reconnectionToken, sessionId } = ann;
  await ann.leave(false);
  const again = (await new Client<typeof server>(endpoint).reconnect(reconnectionToken)) as ArenaPlayer;
  rooms.push(again);
  assert.equal(again.sessionId, sessionId);
  await until(() => again.state.players?.get(sessionId)?.coins === 1);
});

test('who leaves is gone', async () => {
  const ann = await create({});
  const bob = await join(ann.roomId, {});
  await until(() => ann.state.players?.size === 2);
  await bob.leave();
  await until(() => ann.state.players.size === 1);
});

test('a token says who he is, and may be too old', async () => {
  const ann = await create({ name: 'Ann' });
  await assert.rejects(join(ann.roomId, { name: 'Bob' }, 'of yesterday'), { code: 401, message: 'log in again' });
  const bob = await join(ann.roomId, { name: 'Bob' }, 'of the admin');
  await until(() => ann.state.players?.get(bob.sessionId)?.name === 'Bob (admin)');
});

test('an arena that is full takes nobody', async () => {
  const ann = await create({});
  await join(ann.roomId, {});
  await assert.rejects(join(ann.roomId, {}), /locked/);
});

test('the routes of the server are there', async () => {
  const ann = await create({});
  const { data } = await new Client<typeof server>(endpoint).http.get('/rooms/:name', { params: { name: 'arena' } });
  assert.deepEqual(data, [{ roomId: ann.roomId, clients: 1 }]);
});
