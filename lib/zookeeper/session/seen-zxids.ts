/** Before the transaction 0 of a server that is empty: even its root then counts as changed. */
const BEFORE_ALL = -1n;

/**
 * How far a client has seen the ensemble's history, which no later connection or session may go behind: carried into
 * each handshake, and told to the server when watches are armed again.
 */
export class History {
  #lastZxid = 0n;
  #epoch = 0;
  #rearmFrom: bigint | null = null;
  #refusedSince: number | null = null;

  /** The last transaction seen. */
  get lastZxid(): bigint {
    return this.#lastZxid;
  }

  /** Grows when an older history had to be accepted. */
  get epoch(): number {
    return this.#epoch;
  }

  /** A server has told of a transaction; one that does not know (-1) tells of none. */
  seen(zxid: bigint): void {
    if (zxid > this.#lastZxid) this.#lastZxid = zxid;
  }

  /**
   * The transaction up to which every watch is known to have stood. Replies that come while watches are being armed
   * again do not move it: those that are not armed yet would miss what was before.
   */
  get rearmFrom(): bigint {
    this.#rearmFrom ??= this.#lastZxid;
    return this.#rearmFrom;
  }

  /** The connection is gone, and with it the watches on the server. */
  interrupted(): void {
    this.#rearmFrom ??= this.#lastZxid;
  }

  /** Every watch stands. */
  rearmed(): void {
    this.#rearmFrom = null;
  }

  /** A server has taken our last transaction. */
  accepted(): void {
    this.#refusedSince = null;
  }

  /** A server has hung up on it. Whether that has gone on for `patience` ms, with none that took it. */
  refused(patience: number): boolean {
    if (this.#lastZxid === 0n) return false;
    const now = performance.now();
    this.#refusedSince ??= now;
    return now - this.#refusedSince >= patience;
  }

  /** How long until refusals will have gone on for `patience` ms; Infinity when they will not, or have already. */
  remainingPatience(patience: number): number {
    const remaining = this.#refusedSince === null ? 0 : this.#refusedSince + patience - performance.now();
    return remaining > 0 ? remaining : Number.POSITIVE_INFINITY;
  }

  /** Starts over from what a server has. Every watch is then armed as if nothing had been seen. */
  yieldTo(zxid: bigint): void {
    this.#lastZxid = zxid;
    this.#rearmFrom = BEFORE_ALL;
    this.#epoch += 1;
  }
}
