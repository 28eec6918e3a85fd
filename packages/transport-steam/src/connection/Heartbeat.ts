/**
 * How long nothing reliable may come of a peer who is heard otherwise, as a multiple of `deadAfterMs`. He sends a ping or a pong all the time,
 * but a packet of 64 KiB before it may take its time on a slow line.
 */
const STALLED_SHARE = 4;

/**
 * Round trips of one session, and whether the peer still lives.
 *
 * Pings are on the reliable lane: they stand behind the data, so they measure what data goes through. A peer counts as alive while
 * anything at all comes from him, and a ping that is not answered is repeated: the answer can be stuck behind minutes of data, and he
 * must hear from us meanwhile. So something reliable comes all the time from one who is alive, unless Steam's stream stands still. Who says that
 * he will be silent has that time beside.
 */
export class Heartbeat {
  readonly #intervalMs: number;
  readonly #deadAfterMs: number;
  /** When something last came from him, or the end of the pause that he announced; and when something reliable did. */
  #heardAt: number;
  #reliableAt: number;
  #pingedAt: number;
  /** Of the ping that is measured: the first with this token. */
  #measuredAt = 0;
  #token = 0;
  #outstanding = false;
  /** Its answer tells of a pause, and nothing of the line. */
  #isSpoiled = false;
  #rttMs = -1;
  #jitterMs = 0;

  constructor(now: number, intervalMs: number, deadAfterMs: number) {
    this.#intervalMs = intervalMs;
    this.#deadAfterMs = deadAfterMs;
    this.#heardAt = this.#reliableAt = now;
    // Half an interval in the past: the first ping rides with the first data.
    this.#pingedAt = now - intervalMs / 2;
  }

  /** Smoothed round trip, ms; -1 before the first answer. */
  get rttMs(): number {
    return this.#rttMs;
  }

  /** Smoothed variation of the round trip, ms. */
  get jitterMs(): number {
    return this.#jitterMs;
  }

  /** A packet of his came. */
  heard(now: number, reliable: boolean): void {
    this.#heardAt = Math.max(this.#heardAt, now);
    if (reliable) this.#reliableAt = Math.max(this.#reliableAt, now);
  }

  /** He may be silent for `ms` from now on, whatever comes of him meanwhile: a level that loads in several parts is one pause. 0: no more. */
  excuse(now: number, ms: number): void {
    this.#heardAt = this.#reliableAt = now + ms;
    this.spoil();
  }

  /** One of the two is about to stand still: the ping that is under way measures that. */
  spoil(): void {
    this.#isSpoiled = this.#outstanding;
  }

  /** Whether the session is dead, and of what: nothing comes any more, or nothing reliable. In words, for {@link connectionLost}. */
  causeOfDeath(now: number): string | undefined {
    const deadAfterMs = this.#deadAfterMs;
    if (now - this.#heardAt > deadAfterMs) return `they were silent for more than ${deadAfterMs} ms (deadAfterMs)`;
    if (now - this.#reliableAt <= STALLED_SHARE * deadAfterMs) return undefined;
    const bound = `${STALLED_SHARE * deadAfterMs} ms (${STALLED_SHARE} times deadAfterMs)`;
    return `nothing reliable came for more than ${bound}, though they are heard: Steam's reliable stream stands still`;
  }

  /** A ping must go, alone if need be. */
  isDue(now: number): boolean {
    return now - this.#pingedAt >= this.#intervalMs;
  }

  /** A ping may ride along with a packet that goes anyway. */
  isWelcome(now: number): boolean {
    return !this.#outstanding && now - this.#pingedAt >= this.#intervalMs / 2;
  }

  /** The token of the ping to send now. */
  ping(now: number): number {
    this.#pingedAt = now;
    if (!this.#outstanding) {
      this.#outstanding = true;
      this.#isSpoiled = now < this.#heardAt;
      this.#measuredAt = now;
      this.#token = (this.#token + 1) >>> 0;
    }
    return this.#token;
  }

  pong(token: number, now: number): void {
    if (!this.#outstanding || token !== this.#token) return;
    this.#outstanding = false;
    // In one turn the ping went after the turn began, and its answer counts from there: that tells nothing.
    if (this.#isSpoiled || now < this.#measuredAt) return;
    const sample = now - this.#measuredAt;
    if (this.#rttMs < 0) {
      this.#rttMs = sample;
      this.#jitterMs = sample / 2;
    } else {
      // RFC 6298, section 2: alpha 1/8, beta 1/4.
      this.#jitterMs += (Math.abs(sample - this.#rttMs) - this.#jitterMs) / 4;
      this.#rttMs += (sample - this.#rttMs) / 8;
    }
  }
}
