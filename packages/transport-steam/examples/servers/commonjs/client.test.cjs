const assert = require('node:assert/strict');
const { afterEach, test } = require('node:test');
const { setTimeout: sleep } = require('node:timers/promises');
const { Client } = require('colyseus-transport-steam/config/client');

const endpoint = process.env.ENDPOINT || 'ws://localhost:2567';
let rooms = [];

afterEach(async () => {
  for (const room of rooms) if (room.connection.isOpen) await room.leave();
  rooms = [];
});

async function start() {
  rooms.push(await new Client(endpoint).create('tictactoe'));
  rooms.push(await new Client(endpoint).joinById(rooms[0].roomId));
  for (const room of rooms) await until(() => room.state.turn === rooms[0].sessionId);
  return rooms;
}

async function until(condition) {
  for (let tries = 0; !condition(); tries++) {
    if (tries === 500) throw new Error(`not within 5 s: ${condition}`);
    await sleep(10);
  }
}

/** Places in turns, the first player first. */
async function place(...squares) {
  for (const [turn, square] of squares.entries()) {
    const room = rooms[turn % 2];
    await until(() => room.state.turn === room.sessionId);
    room.send('place', square);
    await until(() => room.state.board[square] !== 0);
  }
}

const errorOf = (room) => new Promise((resolve) => room.onError.once((code, message) => resolve({ code, message })));

test('three in a row win', async () => {
  const [first, second] = await start();
  await place(0, 3, 1, 4, 2);
  await until(() => first.state.winner === first.sessionId && second.state.winner === first.sessionId);
  assert.deepEqual([...second.state.board], [1, 1, 1, 2, 2, 0, 0, 0, 0]);
});

test('both places have their marks', async () => {
  const [first, second] = await start();
  assert.equal(first.state.marks.get(first.sessionId), 1);
  assert.equal(first.state.marks.get(second.sessionId), 2);
});

test('nobody plays twice in a row, nor where there is a mark', async () => {
  const [first, second] = await start();
  await place(4);
  const twice = errorOf(first);
  first.send('place', 5);
  assert.deepEqual(await twice, { code: 4001, message: 'it is not your turn' });
  const taken = errorOf(second);
  await until(() => second.state.turn === second.sessionId);
  second.send('place', 4);
  assert.deepEqual(await taken, { code: 4002, message: 'there is no room at 4' });
});

test('who leaves has lost', async () => {
  const [first, second] = await start();
  await place(0, 1);
  await first.leave();
  await until(() => second.state.winner === second.sessionId);
});

test('a game is for two', async () => {
  const [first] = await start();
  await assert.rejects(new Client(endpoint).joinById(first.roomId), /locked/);
  const other = await new Client(endpoint).joinOrCreate('tictactoe');
  rooms.push(other);
  assert.notEqual(other.roomId, first.roomId);
});

test('the game may be joined from a list of seats', async () => {
  const client = new Client(endpoint);
  const { data: seat } = await client.http.post('/matchmake/create/tictactoe', { body: {} });
  const room = await client.consumeSeatReservation(seat);
  rooms.push(room);
  assert.equal(room.roomId, seat.roomId);
});
