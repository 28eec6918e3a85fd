const http = require('node:http');
const express = require('express');
const { Server } = require('@colyseus/core');
const { WebSocketTransport } = require('colyseus-transport-steam/config');
const { TicTacToe } = require('./TicTacToe.cjs');

const port = Number(process.env.PORT || 2567);
const app = express();
app.get('/rules', (_request, response) => response.send('three in a row'));

const gameServer = new Server({
  transport: new WebSocketTransport({ server: http.createServer(app) }),
});
gameServer.define('tictactoe', TicTacToe);
gameServer.listen(port).then(() => console.log(`a game is open (${port})`));
