/** What comes out of a {@link BridgePort}. Nothing is called from inside its methods, and nothing after `onClose`. */
export interface BridgePortEvents {
  /** One frame, whole and in order; undefined for what is none, such as text. Its bytes are the receiver's. */
  onFrame(frame: Uint8Array | undefined): void;

  /** The port is of no use any more, whoever ended it. At most once: a port that cannot tell is found out by its silence. */
  onClose(reason: string): void;
}

/**
 * Carries frames between a page and the process that owns Steam: each once, whole, in order. {@link webSocketPort} and {@link messagePort} make
 * one of what there is; a game may bring its own.
 */
export interface BridgePort {
  /** Called once, first. What came before is kept and given then, as far as the port can. */
  start(events: BridgePortEvents): void;

  /** Never throws. The bytes belong to the port from now on, with the buffer that they fill. Does nothing on a closed port. */
  send(frame: Uint8Array<ArrayBuffer>): void;

  /** Bytes given to `send` that have not left this process; 0 where nobody can tell. */
  readonly bufferedAmount: number;

  /** Ends it, after what was sent. May be called twice. */
  close(reason: string): void;
}
