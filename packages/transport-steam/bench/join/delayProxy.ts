import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface DelayProxy {
  readonly port: number;
  close(): void;
}

/**
 * A TCP proxy on this machine before the server at `port`, as behind a line with a latency (`latencyMs` one way). Who connects to it is connected at
 * once, so what he says first is kept for the round trip that TCP would take until he may say it.
 */
export async function delayProxy(port: number, latencyMs: number): Promise<DelayProxy> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {}); // 'close' follows
      socket.on('close', () => sockets.delete(socket));
    }
    const maySpeakAt = performance.now() + 2 * latencyMs;
    carry(near, far, () => Math.max(performance.now(), maySpeakAt) + latencyMs);
    carry(far, near, () => performance.now() + latencyMs);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** In order, each when it is due. */
function carry(from: Socket, to: Socket, due: () => number): void {
  const deliver = (run: () => void): void => {
    const ms = due() - performance.now();
    if (ms > 0) setTimeout(run, ms);
    else run();
  };
  from.on('data', (chunk) => deliver(() => to.write(chunk)));
  from.on('end', () => deliver(() => to.end()));
  from.on('close', () => deliver(() => to.destroySoon()));
}
