// A page in a thread of its own: all that it has of the process around it is a port.
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { Room } from '@colyseus/sdk';
import { BridgeClient, messagePort } from '../../src/bridge/page.ts';

/** What the test tells the page to do, and what the page answers. */
export type PageOrder = { do: 'join' } | { do: 'echo'; bytes: number } | { do: 'block'; ms: number } | { do: 'leave' };
export type PageReport =
  | { done: 'join'; steamId: bigint; sessionId: string }
  | { done: 'echo'; bytes: number }
  | { done: 'leave'; code: number };

const { port } = workerData as { port: MessagePort };
const client = await BridgeClient.connect(messagePort(port), { windowBytes: 16_384 });
let room: Room | undefined;

const report = (message: PageReport) => parentPort?.postMessage(message);

parentPort?.on('message', async (order: PageOrder) => {
  switch (order.do) {
    case 'join':
      room = await client.joinOrCreate('talk');
      room.onMessage('echo', (bytes: Uint8Array) => report({ done: 'echo', bytes: bytes.length }));
      return report({ done: 'join', steamId: client.steamId, sessionId: room.sessionId });
    case 'echo':
      return room?.sendBytes('echo', new Uint8Array(order.bytes));
    case 'block':
      // A page that draws for too long.
      return void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, order.ms);
    case 'leave': {
      const code = await room?.leave();
      client.close();
      return report({ done: 'leave', code: code ?? 0 });
    }
  }
});
