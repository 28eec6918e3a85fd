import { describe } from './describe.ts';

/**
 * What the driver uses of the client that `init` of steamworks.js returns. A description of our own, so that no version of
 * steamworks.js is forced on a game, and because its own types are `const enum`s in a `.d.ts`, which `isolatedModules` cannot use.
 */
export interface SteamworksClient {
  readonly localplayer: {
    getSteamId(): { readonly steamId64: bigint };
    getName(): string;
    /** Without a value, or with an empty one, it takes the key away. Does not say whether Steam took it. */
    setRichPresence?(key: string, value?: string): void;
  };
  readonly networking: {
    /** `channel` is ignored by builds that do not have it; so it is below. */
    sendP2PPacket(peer: bigint, sendType: number, packet: Uint8Array, channel?: number): boolean;
    /** The size of the next packet. 0: there is none, or it is empty. */
    isP2PPacketAvailable(channel?: number): number;
    /** Throws when there is none. `data` is as long as was asked for; `size` is the packet's. */
    readP2PPacket(bytes: number, channel?: number): SteamworksPacket;
    acceptP2PSession(peer: bigint): void;
    /** Not in steamworks.js 0.4.0. */
    closeP2PSession?(peer: bigint): unknown;
  };
  readonly callback: {
    register(type: number, handler: (event: unknown) => void): { disconnect(): void };
  };
  readonly matchmaking?: SteamworksMatchmaking;
  readonly auth?: SteamworksAuth;
}

/** Any of its promises may never settle. */
export interface SteamworksMatchmaking {
  createLobby(type: number, maxMembers: number): Promise<SteamworksLobbyHandle>;
  joinLobby(lobby: bigint): Promise<SteamworksLobbyHandle>;
  getLobbies(): Promise<readonly SteamworksLobbyHandle[]>;
}

/** An id: what it is asked, it asks Steam, whether we are in that lobby or not. */
export interface SteamworksLobbyHandle {
  readonly id: bigint;
  leave(): void;
  openInviteDialog(): void;
  getMemberCount(): bigint;
  /** null: Steam does not know. */
  getMemberLimit(): bigint | null;
  /** As many as there are; each is 0 when we are not in the lobby. */
  getMembers(): readonly { readonly steamId64: bigint }[];
  getOwner(): { readonly steamId64: bigint };
  setJoinable(joinable: boolean): boolean;
  /** Aborts the process for a NUL character. */
  setData(key: string, value: string): boolean;
  getFullData(): Readonly<Record<string, string>>;
}

export interface SteamworksAuth {
  /** Of two at once, the first rejects. Aborts the process for a NUL character. */
  getAuthTicketForWebApi(identity: string, timeoutSeconds?: number): Promise<SteamworksTicket>;
}

export interface SteamworksTicket {
  getBytes(): Uint8Array;
  cancel(): void;
}

export interface SteamworksPacket {
  readonly data: Uint8Array;
  readonly size: number;
  readonly steamId: { readonly steamId64: bigint };
}

/**
 * `SteamCallback` of steamworks.js 0.4.0, as far as a handler is harmless. Left out: to register SteamServersDisconnected (2),
 * SteamServerConnectFailure (3) or LobbyChatUpdate (5) lets Steam abort the process, by values that the binding does not expect.
 */
export const SteamCallback = {
  PersonaStateChange: 0,
  SteamServersConnected: 1,
  LobbyDataUpdate: 4,
  P2PSessionRequest: 6,
  P2PSessionConnectFail: 7,
  GameLobbyJoinRequested: 8,
  MicroTxnAuthorizationResponse: 9,
} as const;
export type SteamCallback = (typeof SteamCallback)[keyof typeof SteamCallback];

/** What handlers are given. An id that is at most 2^53 - 1 is a number, whatever the types say. */
export interface SteamCallbackEvents {
  [SteamCallback.PersonaStateChange]: { readonly steam_id: bigint; readonly flags: { readonly bits: number } };
  [SteamCallback.SteamServersConnected]: null;
  [SteamCallback.LobbyDataUpdate]: { readonly lobby: bigint; readonly member: bigint; readonly success: boolean };
  [SteamCallback.P2PSessionRequest]: { readonly remote: bigint };
  [SteamCallback.P2PSessionConnectFail]: { readonly remote: bigint; readonly error: number };
  [SteamCallback.GameLobbyJoinRequested]: { readonly lobby_steam_id: bigint; readonly friend_steam_id: bigint };
  [SteamCallback.MicroTxnAuthorizationResponse]: {
    readonly app_id: number;
    readonly order_id: number | bigint;
    readonly authorized: boolean;
  };
}

/** Says early, and in words, that what a game gave us is not what `init` returned. @throws TypeError */
export function checkClient(client: unknown): SteamworksClient {
  const { networking, localplayer, callback, init } = (client ?? {}) as Partial<SteamworksClient> & { init?: unknown };
  if (typeof networking?.sendP2PPacket === 'function' && localplayer !== undefined && callback !== undefined) {
    return client as SteamworksClient;
  }
  const hint = typeof init === 'function' ? ', which is the module itself: call its init()' : '';
  throw new TypeError(`this takes what init() of steamworks.js returned, but was given ${describe(client)}${hint}`);
}
