// A host in a process of its own, as a game has it: node hostProcess.ts <Role as JSON>. It ends when it is told to by a signal.
import { type Client, Server } from '@colyseus/core';
import { SteamTransport } from '../../src/index.ts';
import { logIn, obey, report, role, standStill } from './childProcess.ts';
import { TalkRoom } from './TalkRoom.ts';

class ReportingRoom extends TalkRoom {
  override onCreate(): void {
    super.onCreate();
    this.onMessage('say', (client: Client, number: number) => report({ is: 'accepted', sessionId: client.sessionId, number }));
  }
  override onDrop(client: Client, code = 0): Promise<void> {
    report({ is: 'dropped', code, reason: '' });
    return super.onDrop(client, code);
  }
  override onReconnect(client: Client): void {
    super.onReconnect(client);
    report({ is: 'back' });
  }
  override onLeave(client: Client, code = 0): void {
    super.onLeave(client, code);
    report({ is: 'left', code, reason: '' });
  }
  /** Something to say in the turn in which everything ends: more than Steam takes at once. */
  override onBeforeShutdown(): void {
    for (let i = 0; i < 50; i++) this.say();
    for (let i = 0; i < 3; i++) this.broadcast('large', new Uint8Array(900_000));
    this.say();
    super.onBeforeShutdown();
  }
}

const driver = await logIn();
const transport = new SteamTransport({ driver, ...role.endpoint });
const server = new Server({ transport, greet: false });
server.define('talk', ReportingRoom);
// Core ends the process next, and what Steam has not taken by then is lost.
server.onShutdown(() => transport.endpoint.drained());
await server.listen(0);
obey((command) => {
  if (command.do === 'say') {
    for (let i = 0; i < command.count; i++) TalkRoom.latest.say();
  } else if (command.do === 'block') {
    void standStill(transport.endpoint, command);
  } else if (command.do === 'throw') {
    throw new Error('nobody catches this');
  }
});
report({ is: 'ready', steamId: String(driver.steamId) });
