/**
 * Round trips of one session, and whether the peer still lives.
 *
 * Pings are on the reliable lane: they stand behind the data, so they measure what data goes through. A peer counts as alive while
 * anything at all comes from him, and a ping that is not answered is repeated: the answer can be stuck behind minutes of data, and he
 * must hear from us meanwhile.
 */
export class Heartbeat {
  readonly #intervalMs: number;
  readonly #deadAfterMs: number;
  #heardAt: number;
  #forgivenMs = 0;
  #pingedAt: number;
  /** Of the ping that is measured: the first with this token. */
  #measuredAt = 0;
  #token = 0;
  #outstanding = false;
  #rttMs = -1;
  #jitterMs = 0;

  constructor(now: number, intervalMs: number, deadAfterMs: number) {
    this.#intervalMs = intervalMs;
    this.#deadAfterMs = deadAfterMs;
    this.#heardAt = now;
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

  heard(now: number): void {
    this.#heardAt = now;
    this.#forgivenMs = 0;
  }

  /**
   * This process stood still for `ms`: the peer is not to blame for that time. But no more than once the time that he has: a process that
   * stands still again and again would wait for ever.
   */
  forgive(ms: number): void {
    const forgiven = Math.min(ms, this.#deadAfterMs - this.#forgivenMs);
    this.#forgivenMs += forgiven;
    this.#heardAt += forgiven;
  }

  isDead(now: number): boolean {
    return now - this.#heardAt > this.#deadAfterMs;
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
      this.#measuredAt = now;
      this.#token = (this.#token + 1) >>> 0;
    }
    return this.#token;
  }

  pong(token: number, now: number): void {
    if (!this.#outstanding || token !== this.#token) return;
    this.#outstanding = false;
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
