import { CloseCode } from '@colyseus/sdk';
import { PlayerLink } from '../client/PlayerLink.ts';
import type { ConnectionEvents, SteamRequest, SteamResponse } from '../connection/types.ts';
import type { PageConnection } from './PageConnection.ts';
import type { PageSession } from './PageSession.ts';

/** What one SDK of a page does over the Steam of another process. */
export class PageLink extends PlayerLink {
  override readonly knowsMessages: boolean;
  readonly #session: PageSession;
  readonly #connections = new Set<PageConnection>();

  constructor(session: PageSession, knowsMessages: boolean) {
    super();
    this.#session = session;
    this.knowsMessages = knowsMessages;
  }

  override async request(host: bigint, request: SteamRequest, signal: AbortSignal): Promise<SteamResponse> {
    return await this.#session.request(host, request, signal);
  }

  /** How soon the next one comes is nothing to the owner: he holds his endpoint for a while after every end. */
  override dial(host: bigint, target: string, events: ConnectionEvents): PageConnection {
    const connection = this.#session.open(host, target, {
      ...events,
      onClose: (code, reason, error) => {
        this.#connections.delete(connection);
        events.onClose(code, reason, error);
      },
    });
    this.#connections.add(connection);
    return connection;
  }

  override close(): void {
    super.close();
    for (const connection of this.#connections) connection.close(CloseCode.CONSENTED);
  }
}
