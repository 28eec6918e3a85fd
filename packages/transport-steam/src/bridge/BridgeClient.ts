import { PlayerSDK, type ServerTypes } from '../client/PlayerSDK.ts';
import { hostOfEndpoint } from '../client/steamAddress.ts';
import { steamFetch } from '../client/steamFetch.ts';
import type { PeerStats } from '../connection/types.ts';
import { BridgeLobbies } from './BridgeLobbies.ts';
import type { BridgePort } from './BridgePort.ts';
import { CallName } from './frames.ts';
import { statsOf } from './lobbyJson.ts';
import { PageLink } from './PageLink.ts';
import { PageSession } from './PageSession.ts';
import { type BridgeClientOptions, resolveBridgeClientOptions } from './pageOptions.ts';
import { BridgeCode } from './Wire.ts';

/**
 * The Colyseus SDK of a page that has no Steam: its requests and its rooms go through a port to the process that has
 * ({@link serveBridge}), and from there over Steam. Who the player is that process says; the page cannot.
 *
 * ```ts
 * const client = await BridgeClient.connect(webSocketPort(new WebSocket('ws://127.0.0.1:2600')));
 * const room = await client.joinOrCreate('arena');
 * ```
 */
// biome-ignore lint/suspicious/noExplicitAny: the SDK's own defaults, which mean an untyped server
export class BridgeClient<ServerType extends ServerTypes = any, UserData = any> extends PlayerSDK<ServerType, UserData> {
  /** The player: the user of the Steam at the other end. */
  readonly steamId: bigint;
  /** What he calls himself. */
  readonly personaName: string;
  /** What the owner lets the page do with lobbies. */
  readonly lobbies: BridgeLobbies;
  readonly #session: PageSession;

  private constructor(session: PageSession, options: BridgeClientOptions) {
    const { steamId, host, personaName } = session.welcome;
    const { endpoint, messages, headers = {} } = options;
    const link = new PageLink(session, messages !== undefined);
    // Without anybody to play with it is ourselves, whom the owner lets nobody reach unless he says so.
    const named = endpoint === undefined ? host || steamId : hostOfEndpoint(endpoint);
    super(link, { host: named, messages, headers, fetchFn: steamFetch(link) });
    this.steamId = steamId;
    this.personaName = personaName;
    this.lobbies = new BridgeLobbies(session, (of) => {
      const own = new PageLink(session, messages !== undefined);
      return new PlayerSDK(own, { host: of, messages, headers, fetchFn: steamFetch(own) });
    });
    this.#session = session;
  }

  /**
   * Meets the owner at the other end of the port.
   *
   * @throws TypeError | RangeError (rejects) for bad options; SteamError (rejects) `version-mismatch`, `schema-mismatch`, `timed-out`, or
   *   `connection-lost` when the port closes
   */
  // biome-ignore lint/suspicious/noExplicitAny: the SDK's own defaults
  static async connect<ServerType extends ServerTypes = any, UserData = any>(
    port: BridgePort,
    options: BridgeClientOptions = {},
  ): Promise<BridgeClient<ServerType, UserData>> {
    const resolved = resolveBridgeClientOptions(options);
    if (resolved.endpoint !== undefined) hostOfEndpoint(resolved.endpoint);
    const session = await PageSession.open(port, { ...resolved, fingerprint: resolved.messages?.fingerprint ?? 0n });
    try {
      return new BridgeClient<ServerType, UserData>(session, resolved);
    } catch (error) {
      session.close(BridgeCode.Normal, 'the page could not begin');
      throw error;
    }
  }

  /** @throws Error (rejects): a page has one host, and measures him with {@link getLatency}; its owner may look for others */
  static override async selectByLatency(): Promise<never> {
    throw new Error(
      'a BridgeClient has one host, of whom getLatency() measures the round trip: let the owner of the bridge choose him',
    );
  }

  /** How the bridge ended, once it has: code and reason. */
  get ended(): { readonly code: number; readonly reason: string } | undefined {
    return this.#session.end;
  }

  /** Has `handler` called when the bridge ends, whoever ended it, until the returned function is. Its rooms have heard by then. */
  onEnd(handler: (code: number, reason: string) => void): () => void {
    return this.#session.onEnd(({ code, reason }) => handler(code, reason));
  }

  /** A snapshot of the sessions with hosts of this page, of the owner's making. */
  async stats(): Promise<PeerStats[]> {
    return ((await this.#session.call(CallName.Stats, null)) as unknown[]).map(statsOf);
  }

  /** Bytes that wait in the page, because the owner has not taken what was sent before. */
  get bufferedAmount(): number {
    return this.#session.bufferedAmount;
  }

  /** Leaves all rooms with consent (4000), and ends the bridge. */
  override close(): void {
    super.close();
    this.#session.close(BridgeCode.Normal, 'the page closed the bridge');
  }
}
