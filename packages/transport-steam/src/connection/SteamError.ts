/** Why a connection or a request could not be made, or ended. */
export type SteamErrorCode =
  /** The peer answers, but no Colyseus server is listening there. */
  | 'not-hosting'
  /** The host refused; its reason is in the message. */
  | 'denied'
  /** The peer speaks another version of the protocol (PROTOCOL.md). */
  | 'version-mismatch'
  /** The local user does not own the app (`EP2PSessionError` 2). */
  | 'no-rights'
  /** No answer within the time allowed. */
  | 'timed-out'
  /** The peer restarted, went silent, or Steam went away while the connection was open. */
  | 'connection-lost'
  /** Closed on this side, or by the peer, before it was done. */
  | 'closed'
  /** The peer has no room for another connection of ours, or we have none. */
  | 'full'
  /** The peer broke the protocol. */
  | 'protocol-error';

/** An error that a caller would catch: `code` says which, `message` says what happened, to whom, and what to do. */
export class SteamError extends Error {
  override readonly name = 'SteamError';
  readonly code: SteamErrorCode;

  constructor(code: SteamErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
