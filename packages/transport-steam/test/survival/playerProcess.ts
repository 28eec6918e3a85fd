// A player in a process of his own: node playerProcess.ts <Role as JSON>. He says a number every 20 ms, and plays until he is killed.
import type { Room } from '@colyseus/sdk';
import { SteamSDK } from '../../src/client.ts';
import { logIn, obey, report, role, standStill, throttleTimers } from './childProcess.ts';
import { TalkState } from './TalkRoom.ts';

if (role.leastTimerMs !== undefined) throttleTimers(role.leastTimerMs);
const driver = await logIn();
const client = new SteamSDK(`steam://${role.host}`, { driver, ...role.endpoint });
let number = 0;

/** Several processes that start at once on a busy machine may take each other for dead at first. */
const TRIES = 5;

async function join(token?: string, tries = TRIES): Promise<void> {
  try {
    play(await (token === undefined ? client.joinOrCreate('talk', {}, TalkState) : client.reconnect(token, TalkState)));
  } catch (error) {
    const { code, message } = error as { code: unknown; message: string };
    report({ is: 'failed', code, message });
    if (tries > 1) await join(token, tries - 1);
  }
}

function play(room: Room): void {
  Object.assign(room.reconnection, { minUptime: 0, ...role.reconnection });
  const timer = setInterval(() => room.send('say', number++), 20);
  room.onMessage('said', (said: number) => report({ is: 'heard', number: said }));
  room.onMessage('large', () => {});
  room.onDrop((code, reason = '') => report({ is: 'dropped', code, reason }));
  room.onReconnect(() => report({ is: 'back' }));
  room.onLeave((code, reason = '') => {
    clearInterval(timer);
    report({ is: 'left', code, reason });
  });
  // Not before: until then the host has no seat to keep.
  room.onStateChange.once(() => report({ is: 'joined', sessionId: room.sessionId, token: room.reconnectionToken }));
}

obey((command) => {
  if (command.do === 'block') void standStill(client.endpoint, command);
  else if (command.do === 'join') void join();
});
report({ is: 'ready', steamId: String(driver.steamId) });
void join(role.token);
