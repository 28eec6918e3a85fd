import assert from 'node:assert/strict';
import test, { afterEach } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Callbacks, Client, CloseCode, type Room } from 'colyseus-transport-steam/config/client';
import type { ChatState, Line } from './rooms/ChatState.ts';

// biome-ignore lint/suspicious/noExplicitAny: as the SDK types a room of which it knows the state only
type ChatPlayer = Room<any, ChatState>;

const client = new Client(process.env.ENDPOINT ?? 'ws://localhost:2567');
const rooms: ChatPlayer[] = [];

afterEach(async () => {
  for (const room of rooms.splice(0)) if (room.connection.isOpen) await room.leave();
});

async function join(topic: string, name: string): Promise<ChatPlayer> {
  const room = await client.joinOrCreate<ChatState>('chat', { topic, name });
  rooms.push(room);
  await until(() => room.state.members?.has(room.sessionId));
  return room;
}

async function until(condition: () => boolean | undefined): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries === 500) throw new Error(`not within 5 s: ${condition}`);
    await sleep(10);
  }
}

const textsOf = (room: ChatPlayer) => [...(room.state.lines ?? [])].map(({ text }) => text);
const next = <T>(room: ChatPlayer, type: string) => new Promise<T>((resolve) => room.onMessage(type, resolve));

test('all of a topic meet in one room, those of another do not', async () => {
  const [ann, bob, cleo] = [await join('tea', 'Ann'), await join('tea', 'Bob'), await join('coffee', 'Cleo')];
  assert.equal(ann.roomId, bob.roomId);
  assert.notEqual(ann.roomId, cleo.roomId);
  await until(() => ann.state.members.size === 2);
});

test('the last three lines are there, also for who comes later', async () => {
  const ann = await join('tea', 'Ann');
  for (const text of ['one', 'two', 'three']) {
    ann.send('say', text);
    await until(() => textsOf(ann).at(-1) === text);
  }
  assert.deepEqual(textsOf(ann), ['one', 'two', 'three']);
  const bob = await join('tea', 'Bob');
  await until(() => textsOf(bob).join() === 'two,three,Bob has come');
});

test('callbacks of the state see what is added and what changes', async () => {
  const ann = await join('tea', 'Ann');
  const bob = await join('tea', 'Bob');
  const added: string[] = [];
  const names: string[] = [];
  const callbacks = Callbacks.get(ann);
  callbacks.onAdd('lines', ({ text }: Line) => added.push(text));
  await until(() => ann.state.members.size === 2);
  const member = ann.state.members.get(bob.sessionId);
  assert.ok(member);
  callbacks.listen(member, 'name', (name: string) => names.push(name));
  bob.send('rename', 'Robert');
  bob.send('say', 'call me Robert');
  await until(() => added.includes('call me Robert') && names.includes('Robert'));
});

test('a whisper reaches one', async () => {
  const [ann, bob, cleo] = [await join('tea', 'Ann'), await join('tea', 'Bob'), await join('tea', 'Cleo')];
  cleo.onMessage('whisper', () => assert.fail('it was not for her'));
  const whisper = next(bob, 'whisper');
  ann.send('whisper', { to: bob.sessionId, text: 'psst' });
  assert.deepEqual(await whisper, { from: ann.sessionId, text: 'psst' });
  const error = next(ann, 'error');
  ann.send('whisper', { to: 'nobody', text: 'psst' });
  assert.equal(await error, 'nobody is nobody');
});

test('bytes arrive as they were', async () => {
  const [ann, bob] = [await join('tea', 'Ann'), await join('tea', 'Bob')];
  const picture = next<Uint8Array>(bob, 'picture');
  const bytes = Uint8Array.from({ length: 3_000 }, (_, i) => i % 251);
  ann.sendBytes('picture', bytes);
  assert.deepEqual(new Uint8Array(await picture), bytes);
});

test('who is cut off is away, and comes back by himself', async () => {
  const [ann, bob] = [await join('tea', 'Ann'), await join('tea', 'Bob')];
  await until(() => ann.state.members.size === 2);
  bob.reconnection.minUptime = 0;
  const isAway: boolean[] = [];
  const member = ann.state.members.get(bob.sessionId);
  assert.ok(member);
  Callbacks.get(ann).listen(member, 'isAway', (away: boolean) => isAway.push(away));
  const back = new Promise<void>((resolve) => bob.onReconnect(() => resolve()));
  bob.connection.close(CloseCode.MAY_TRY_RECONNECT);
  await back;
  bob.send('say', 'here again');
  await until(() => textsOf(ann).includes('here again') && isAway.at(-1) === false);
});

test('who is sent away hears the code', async () => {
  const [ann, bob] = [await join('tea', 'Ann'), await join('tea', 'Bob')];
  const left = new Promise<number>((resolve) => bob.onLeave(resolve));
  ann.send('kick', bob.sessionId);
  assert.equal(await left, 4100);
  await until(() => textsOf(ann).includes('Bob has gone'));
});
