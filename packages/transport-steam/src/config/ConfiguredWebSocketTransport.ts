import { Transport } from '@colyseus/core';
import { withoutClaimedIdentity } from '../server/httpIdentity.ts';
import { createExpressApp, type ExpressApp } from '../server/requireExpress.ts';
import { checkCore } from './checkCore.ts';
import { listenOn } from './listenOn.ts';
import { type ListenCallback, Startup } from './Startup.ts';
import type { WebSocketSide } from './WebSocketSide.ts';

/**
 * `@colyseus/ws-transport`, loaded when a configuration asks for it: a game has its transport at once, and need not have the package
 * where it plays over Steam only.
 */
export class ConfiguredWebSocketTransport extends Transport {
  declare readonly server: WebSocketSide['server'];
  readonly #side: WebSocketSide;
  readonly #startup = new Startup();
  #expressApp: ExpressApp;

  constructor(side: WebSocketSide) {
    super();
    this.#side = side;
    this.server = side.server;
  }

  override listen(port?: number | string, hostname?: string, backlog?: number, callback?: ListenCallback): this {
    const listen = (told: ListenCallback) => {
      checkCore();
      this.#side.open();
      listenOn(this.server, { port, hostname, backlog }, (error) => {
        told(error);
        // Before core's own listener, which is there by now.
        if (error === undefined) this.server.prependListener('request', withoutClaimedIdentity);
      });
    };
    this.#startup.begin({ ready: this.#side.ready, listen, failed: () => this.#side.takeBackMessages() }, callback);
    return this;
  }

  override shutdown(): void {
    this.#startup.cancel();
    this.#side.close();
  }

  override simulateLatency(milliseconds: number): void {
    this.#side.simulateLatency(milliseconds);
  }

  /** @throws Error without Express installed */
  override getExpressApp(): ExpressApp {
    if (this.#expressApp === undefined) {
      this.#expressApp = createExpressApp();
      this.server.on('request', this.#expressApp);
    }
    return this.#expressApp;
  }
}
