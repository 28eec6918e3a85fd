import { createServer } from 'node:http';
import { debugAndPrintError, logger } from '@colyseus/core';
import type { SteamTransportOptions } from '../server/options.ts';
import type { ExpressApp } from '../server/requireExpress.ts';
import { SteamTransport } from '../server/SteamTransport.ts';
import { checkCore } from './checkCore.ts';
import { type ListenCallback, Startup } from './Startup.ts';

/** What a configured host waits for, and who he is. */
export interface HostDriver {
  /** In words, for a person. */
  readonly name: string;
  ready(): Promise<unknown>;
}

/** A {@link SteamTransport} that a game has at once, also where Steam lets it in later, and that says where players find it. */
export class ConfiguredSteamTransport extends SteamTransport {
  readonly #driver: HostDriver;
  readonly #startup = new Startup();

  constructor(options: SteamTransportOptions, driver: HostDriver) {
    super(options);
    this.#driver = driver;
  }

  override listen(port?: number | string, hostname?: string, backlog?: number, callback?: ListenCallback): this {
    const listen = (told: ListenCallback) => {
      checkCore();
      this.beginListening();
      super.listen(port, hostname, backlog, (error) => {
        if (error === undefined) logger.info(`hosting at steam://${this.endpoint.steamId} (${this.#driver.name})`);
        told(error);
      });
    };
    this.#startup.begin({ ready: this.#driver.ready(), listen, failed: () => this.failedToListen() }, callback);
    return this;
  }

  override shutdown(): void {
    this.#startup.cancel();
    super.shutdown();
  }

  /** What else begins when there is nothing left to wait for. What it throws is what `listen` fails with. */
  protected beginListening(): void {}

  /** Takes back what {@link beginListening} did. */
  protected failedToListen(): void {}

  /** Core asks for it when the game has pages: then there is an HTTP server for them, as there is with WebSocket. */
  override getExpressApp(): ExpressApp {
    if (this.server === undefined) {
      this.server = createServer();
      this.server.on('error', (error) => debugAndPrintError(error));
    }
    return super.getExpressApp();
  }
}
