const { Client } = require('colyseus-transport-steam/config/client');

async function play() {
  const client = new Client(process.env.ENDPOINT || 'ws://localhost:2567');
  const rooms = [await client.create('tictactoe')];
  rooms.push(await client.joinById(rooms[0].roomId));

  const moves = [0, 3, 1, 4, 2];
  const look = async ({ turn, winner }) => {
    if (winner !== '') {
      console.log(winner === rooms[0].sessionId ? 'the first one wins' : 'the second one wins');
      for (const room of rooms) await room.leave();
      return;
    }
    const mine = rooms.find(({ sessionId }) => sessionId === turn);
    if (mine !== undefined && moves.length > 0) mine.send('place', moves.shift());
  };
  rooms[0].onStateChange(look);
  look(rooms[0].state); // the first one may have come already
}

play();
