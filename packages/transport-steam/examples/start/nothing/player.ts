import { stdin } from 'node:process';
import { createClient } from 'colyseus-transport-steam/config/client';
import type { CoinRoom } from './server.ts';

// Without an endpoint, this process hosts the game, and plays in it.
const endpoint = process.argv[2] ?? (await import('./server.ts')).endpoint;
const room = await createClient(endpoint).joinOrCreate<CoinRoom>('coins');

room.onStateChange((field) => {
  const rows = Array.from({ length: 6 }, () => Array.from({ length: 24 }, () => '.'));
  rows[field.coinY]![field.coinX] = '$';
  for (const { mark, x, y } of field.players.values()) rows[y]![x] = mark;
  const scores = [...field.players.values()].map(({ mark, coins }) => `${mark}: ${coins}`);
  console.clear();
  console.log(`${endpoint}\n\n${rows.map((row) => row.join('')).join('\n')}\n\n${scores.join('  ')}   w a s d, q to leave`);
});
room.onLeave(() => process.exit());

if (stdin.isTTY) stdin.setRawMode(true); // every key at once, not line by line
for await (const keys of stdin) {
  for (const key of String(keys)) {
    if (key === 'q' || key === '\x03')
      await room.leave(); // \x03: Ctrl-C
    else room.send('step', key);
  }
}
