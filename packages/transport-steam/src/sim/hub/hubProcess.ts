import { createServer } from 'node:net';
import { Hub } from './Hub.ts';
import { listenOnce } from './listenOnce.ts';

// The program of the hub: node hubProcess <path of the socket> <rules of the simulated Steam, JSON>

const [path, steam] = process.argv.slice(2);
if (path === undefined || steam === undefined) throw new Error('the hub is started by connectToHub(), with a path and its rules');

process.umask(0o177); // the socket is for the same user only, from its first moment
const server = createServer();
void listenOnce(server, path).then((listening) => {
  if (!listening) return; // another process is the hub
  const hub = new Hub(JSON.parse(steam), () => server.close());
  server.on('connection', (socket) => hub.accept(socket));
});
