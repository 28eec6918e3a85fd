import type { LobbyDriver } from './LobbyDriver.ts';

/**
 * What this library needs of Steam, and nothing more: one identity, one packet queue, sessions that open on the first send.
 *
 * A driver is thin. It does not frame, retry, time out, count or decide: that is `connection/`, once for every driver.
 * It is the only code that knows where packets come from. `test/compliance/testDriver.ts` holds every driver to this contract.
 *
 * Facts marked (Valve) are from `isteamnetworking.h` and its documentation.
 */
export interface SteamDriver {
  /** The SteamID of the local user. Constant for the life of the driver. */
  readonly steamId: bigint;

  readonly limits: DriverLimits;

  /** Between {@link close} and the next {@link start}: nothing comes and nothing goes. */
  readonly isClosed: boolean;

  /**
   * Starts receiving. `events` MUST be called only from inside {@link poll}, never from `send` or from a timer,
   * so that a caller is never re-entered. Calling it a second time without {@link close} throws an `Error`.
   */
  start(events: DriverEvents): void;

  /**
   * Delivers what has arrived: session requests and failures in any order, then at most `maxPackets` packets, each to its handler
   * before the next. When a handler throws, so does this, and the next poll goes on behind what it was told.
   *
   * MUST return the number of packets delivered; less than `maxPackets` means that nothing is left which cannot wait for the next poll.
   * MUST go on with the next packet when one is empty: Steam queues empty packets, and hands them out like any other.
   * MUST NOT throw for anything that a peer sent. Does nothing before {@link start} and after {@link close}.
   */
  poll(maxPackets: number): number;

  /**
   * Sends one packet. The first send to a user opens the session with him, and is an implicit accept of his own request (Valve).
   *
   * The driver MUST have copied `packet` when this returns: the caller reuses the buffer.
   * Returns false when Steam refuses it now (its queue for that user is full): the caller keeps the packet and tries again.
   * True does not mean delivered.
   *
   * @throws TypeError when `packet` is no view of bytes, RangeError when it is empty, over the limit of its send type, or `channel`
   *   is not below `limits.channels`: the caller's error, never a peer's.
   */
  send(peer: bigint, packet: Uint8Array, sendType: SendType, channel: number): boolean;

  /** Accepts the session that `onSessionRequest` announced. MAY be repeated. Not calling it is a silent denial (Valve). */
  acceptSession(peer: bigint): void;

  /**
   * Closes the session with `peer`, where the binding can (steamworks.js 0.4.0 cannot: absent there).
   * What is queued for him is dropped; he is told nothing (Valve).
   */
  closeSession?(peer: bigint): void;

  /**
   * Stops receiving and gives up what the driver holds open. After it no event comes, `send` returns false, and nothing of the
   * driver keeps the process alive. What `send` took before is still given to Steam. MAY be called twice, and without `start`.
   */
  close(): void;

  /** Steam's lobbies. Absent: this Steam has none, and what needs them says so. */
  readonly lobbies?: LobbyDriver;

  /** What the local user calls himself. May change, may be anything. */
  readonly personaName?: string;

  /**
   * Shows friends what the player does: `connect` (the command line that leads to him), `status`, `steam_display` and so on (Valve). `undefined`
   * takes a key away. Absent: there is nobody to show it to.
   *
   * @throws RangeError for a key or a value over {@link RichPresenceLimits}, or with a NUL character
   */
  setRichPresence?(key: string, value: string | undefined): void;

  /**
   * A ticket that proves the local user, and that he owns the app, to whoever has the publisher's key of the app: Steam's web API
   * `ISteamUserAuth/AuthenticateUserTicket`. It is good for a service that calls itself `identity`, and no other. MAY never settle. Rejects when Steam
   * gives none. Absent: this Steam has no tickets.
   */
  createTicket?(identity: string): Promise<DriverTicket>;
}

export interface DriverTicket {
  readonly bytes: Uint8Array;
  /** It is not good any more. MAY be called twice. */
  cancel(): void;
}

/** Steam's own limits (Valve: `k_cchMaxRichPresenceKeyLength` and so on). */
export const RichPresenceLimits = {
  keys: 30,
  /** Unit: bytes of UTF-8, as below, one less than Valve's for the NUL behind it. */
  keyBytes: 63,
  valueBytes: 255,
} as const;

/** Calls from a driver to its owner. Every one comes from inside {@link SteamDriver.poll}. */
export interface DriverEvents {
  /**
   * A user whom we never sent to wants a session. Comes again while he keeps sending and is not accepted.
   * His packets are not readable before {@link SteamDriver.acceptSession}.
   */
  onSessionRequest(peer: bigint): void;

  /**
   * Steam gave up on `peer`: what was queued for him is gone. `error` is a {@link SessionError}.
   * Steam may say it once only for a user, or never (steamworks.js cannot close a session): never rely on it alone.
   */
  onSessionFailed(peer: bigint, error: number): void;

  /**
   * One packet, whole. `peer` is from Steam, not from the payload. `packet` belongs to the receiver: the driver MUST NOT
   * write to it afterwards, and the receiver MUST NOT write to it at all. It may be empty. Where it is all of its `ArrayBuffer`, nobody else
   * MUST need that: the receiver may take it away (`ArrayBuffer.transfer`).
   */
  onPacket(peer: bigint, packet: Uint8Array, channel: number): void;

  /** The connection to Steam itself is lost (client closed or crashed): every session is dead. `reason` is for people. */
  onSteamLost(reason: string): void;

  /** The connection to Steam came back after {@link onSteamLost}. Sessions do not: they open anew on the next send. */
  onSteamRestored(): void;
}

/** Steam's own limits (Valve). Unit: bytes. */
export const UNRELIABLE_BYTES = 1200;
export const RELIABLE_BYTES = 1_048_576;

export interface DriverLimits {
  /** Largest unreliable packet. Steam: {@link UNRELIABLE_BYTES}. */
  readonly unreliableBytes: number;
  /** Largest reliable packet. Steam: {@link RELIABLE_BYTES}. */
  readonly reliableBytes: number;
  /** Number of Steam channels, 0 to channels - 1. steamworks.js 0.4.0 binds channel 0 only. */
  readonly channels: number;
}

/** `EP2PSend` (Valve). */
export const SendType = {
  /** At most 1200 bytes. May be lost, duplicated, late. Waits at the sender while the session is being made. */
  Unreliable: 0,
  /** As Unreliable, but thrown away when it cannot go out at once, with `send` returning true all the same. */
  UnreliableNoDelay: 1,
  /** At most 1 MiB. Ordered; late, but not lost while the session lives. */
  Reliable: 2,
  /** As Reliable and in one stream with it, but may wait for about 1200 bytes or 200 ms (Nagle). A Reliable send flushes it. */
  ReliableWithBuffering: 3,
} as const;
export type SendType = (typeof SendType)[keyof typeof SendType];

/** `EP2PSessionError` (Valve). In practice 2 and 4 arrive; 1 and 3 were removed from Steam but may come from old builds. */
export const SessionError = {
  None: 0,
  /** The other user is not running the same game. */
  NotRunningApp: 1,
  /** The local user does not own the app. */
  NoRightsToApp: 2,
  /** The other user is not connected to Steam. */
  DestinationNotLoggedIn: 3,
  /** Offline, in another game, not accepting, or behind a firewall (outbound UDP 3478, 4379, 4380). */
  Timeout: 4,
  /** Unused by Steam: the number of values. */
  Max: 5,
} as const;
export type SessionError = (typeof SessionError)[keyof typeof SessionError];
