import type { Server } from 'node:net';
import type { ListenCallback } from './Startup.ts';

export interface Place {
  readonly port: number | string | undefined;
  readonly hostname: string | undefined;
  readonly backlog: number | undefined;
}

/** Has an HTTP server listen. `callback` is called once: with the error, when the place is taken. @throws RangeError for a port that is none */
export function listenOn(server: Server, { port, hostname, backlog }: Place, callback: ListenCallback): void {
  // Whichever comes takes the other one away: what stayed would answer the next listen, too.
  const failed = (error: Error): void => {
    server.off('listening', listening);
    callback(error);
  };
  const listening = (): void => {
    server.off('error', failed);
    callback();
  };
  server.once('error', failed);
  server.once('listening', listening);
  try {
    // Node takes the path of a Unix socket in the place of the port, too.
    server.listen(port as number, hostname, backlog);
  } catch (error) {
    server.off('error', failed);
    server.off('listening', listening);
    throw error;
  }
}
