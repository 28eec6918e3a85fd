const { Room } = require('@colyseus/core');
const { ArraySchema, defineTypes, MapSchema, Schema } = require('@colyseus/schema');

const LINES = [
  [0, 1, 2],
  [3, 4, 5],
  [6, 7, 8],
  [0, 3, 6],
  [1, 4, 7],
  [2, 5, 8],
  [0, 4, 8],
  [2, 4, 6],
];

class Game extends Schema {
  constructor() {
    super();
    this.board = new ArraySchema(0, 0, 0, 0, 0, 0, 0, 0, 0);
    this.marks = new MapSchema();
    this.turn = '';
    this.winner = '';
  }
}
defineTypes(Game, { board: ['uint8'], marks: { map: 'uint8' }, turn: 'string', winner: 'string' });

class TicTacToe extends Room {
  onCreate() {
    this.maxClients = 2;
    this.state = new Game();
    this.onMessage('place', (client, at) => this.place(client, at));
  }

  onJoin(client) {
    this.state.marks.set(client.sessionId, this.state.marks.size + 1);
    if (this.state.marks.size === 2) this.state.turn = this.clients[0].sessionId;
  }

  onLeave(client) {
    if (this.state.winner !== '') return;
    const other = this.clients.find(({ sessionId }) => sessionId !== client.sessionId);
    if (other !== undefined) this.state.winner = other.sessionId;
  }

  place(client, at) {
    const { board, marks, turn, winner } = this.state;
    if (winner !== '' || turn !== client.sessionId) return client.error(4001, 'it is not your turn');
    if (board[at] !== 0) return client.error(4002, `there is no room at ${at}`);
    const mark = marks.get(client.sessionId);
    board[at] = mark;
    if (LINES.some((line) => line.every((square) => board[square] === mark))) this.state.winner = client.sessionId;
    this.state.turn = this.clients.find(({ sessionId }) => sessionId !== client.sessionId).sessionId;
    return undefined;
  }
}

module.exports = { TicTacToe };
