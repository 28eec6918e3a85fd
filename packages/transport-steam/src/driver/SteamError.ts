/** Why Steam could not be used, or why a connection or a request could not be made, or ended. */
export const steamErrorCodes = [
  /** The peer answers, but no Colyseus server is listening there. */
  'not-hosting',
  /** The host refused; its reason is in the message. */
  'denied',
  /** The peer speaks another version of the protocol (PROTOCOL.md). */
  'version-mismatch',
  /** The peer's definitions of the game's messages are not ours: another build of the game. */
  'schema-mismatch',
  /** The local user does not own the app (`EP2PSessionError` 2). */
  'no-rights',
  /** No answer within the time allowed. */
  'timed-out',
  /** The peer restarted, went silent, or Steam went away while the connection was open. */
  'connection-lost',
  /** Closed on this side, or by the peer, before it was done. */
  'closed',
  /** The peer has no room for another connection of ours, or we have none. */
  'full',
  /** The peer broke the protocol. */
  'protocol-error',
  /** The lobby, or the game that it leads to, is not there any more. */
  'gone',
  /** The lobby is of another game: app 480 is everybody's. */
  'wrong-game',
  /** The Steam client does not run, or runs as another user of this machine. */
  'steam-not-running',
  /** The Steam client is older than the Steam library of the game. */
  'steam-outdated',
  /** Steam runs, but nobody is logged in. */
  'not-logged-in',
  /** No app id, one that is none, or another than this process was started with. */
  'wrong-app-id',
  /** steamworks.js has no addon for this operating system and processor. */
  'unsupported-platform',
  /** steamworks.js is not installed, or its addon does not load. */
  'addon-missing',
  /** Steam refused to start, for a reason of its own: in the message. */
  'steam-failed',
] as const;
export type SteamErrorCode = (typeof steamErrorCodes)[number];

/** An error that a caller would catch: `code` says which, `message` says what happened, to whom, and what to do. */
export class SteamError extends Error {
  override readonly name = 'SteamError';
  readonly code: SteamErrorCode;
  /** The host's own words, of a `denied` that he gave a reason for: to be shown to the player. He may have written anything. */
  readonly reason: string | undefined;

  constructor(code: SteamErrorCode, message: string, options?: ErrorOptions & { readonly reason?: string | undefined }) {
    super(message, options);
    this.code = code;
    this.reason = options?.reason;
  }
}
