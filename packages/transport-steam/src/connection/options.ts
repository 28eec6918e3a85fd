/** Limits and times of an {@link Endpoint}. All have defaults; a value out of its bounds throws a `RangeError` that names it. */
export interface EndpointOptions {
  /**
   * Who drives the endpoint. `auto`: the library's own timer, every turn while packets come, 1 ms while sessions live, slow when
   * nobody is there. `manual`: the game calls `endpoint.poll()` from its own loop.
   * @default 'auto'
   */
  poll?: 'auto' | 'manual';
  /**
   * Packets read in one turn, at most: what a flood may cost the event loop before others have theirs. Unit: packets.
   * @default 256
   */
  maxPacketsPerPoll?: number;
  /**
   * From `connect()` or `request()` to open or answered, retries included. Unit: ms.
   * @default 10_000
   */
  connectTimeoutMs?: number;
  /**
   * Pause between two hellos while a session is being made. Unit: ms.
   * @default 1_000
   */
  helloRetryMs?: number;
  /**
   * The longest time between two pings. Pings ride along with reliable traffic, and go alone only when there is none. Unit: ms.
   * @default 2_000
   */
  heartbeatMs?: number;
  /**
   * A peer that answers no ping for so long is gone. Below Steam's own 20 s, so that a queue which Steam drops is never
   * taken for delivered. Unit: ms.
   * @default 15_000
   */
  deadAfterMs?: number;
  /**
   * A session without connections or requests is let go after so long; the next use makes a new one. Unit: ms.
   * @default 30_000
   */
  idleSessionMs?: number;
  /**
   * How long a closed connection waits for the other side's acknowledgement before its number is given up. Unit: ms.
   * @default 5_000
   */
  closeTimeoutMs?: number;
  /**
   * Largest message, either way, and largest request or response. The smaller of both ends' limits counts. Unit: bytes.
   * @default 1_048_576
   */
  maxMessageBytes?: number;
  /**
   * What may wait for Steam to take it, for each peer. Over it, reliable traffic closes its connection as too slow (1013), and
   * unreliable traffic drops its oldest. At least `maxMessageBytes`. Unit: bytes.
   * @default 4_194_304
   */
  maxQueueBytes?: number;
  /**
   * An unreliable message over Steam's 1200 bytes: `fragment` it, `promote` it to reliable, or `reject` it with a RangeError.
   * @default 'fragment'
   */
  oversizedUnreliable?: 'fragment' | 'promote' | 'reject';
  /**
   * Peers with a session, at most; a further one is refused as full. Unit: peers.
   * @default 250
   */
  maxPeers?: number;
}
