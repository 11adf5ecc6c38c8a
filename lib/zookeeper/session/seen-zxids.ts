/** Lower than the transaction 0 of an empty server: from here, even its root counts as changed. */
const BEFORE_ALL = -1n;

/**
 * The newest transaction that the client has seen. No later connection or session may fall behind it: it is part of
 * each handshake, and the point from which watches are armed again.
 */
export class SeenZxids {
  /** The newest transaction seen. */
  last = 0n;
  /** Incremented when the client had to accept an older history, or could not believe what it had seen. */
  epoch = 0;
  #rearmFrom: bigint | null = null;
  #refusedSince: number | null = null;
  #isDoubtful = false;

  /** Notes a server's transaction. A server that does not know it says -1. */
  note(zxid: bigint): void {
    if (zxid > this.last) this.last = zxid;
  }

  /** Notes a transaction of a server without a quorum: the ensemble may never have it. */
  doubt(zxid: bigint): void {
    if (zxid > this.last) this.#isDoubtful = true;
  }

  /** A server of the quorum serves: whatever was read of a doubtful transaction has to be read again. */
  settle(): void {
    if (this.#isDoubtful) this.yieldTo(this.last);
    this.#isDoubtful = false;
  }

  /**
   * A server has contradicted itself: neither its zxids nor the marks of what it sent can be believed. Every other
   * server would refuse a client that has seen too much, and a mark that is too high would hide later changes.
   *
   * @param zxid that the server has had for certain
   */
  correct(zxid: bigint): void {
    this.yieldTo(zxid < this.last ? zxid : this.last);
  }

  /**
   * The transaction up to which every watch is known to have been armed. Replies that arrive during re-arming do not
   * move it: watches that are not armed yet would miss earlier changes.
   */
  get rearmFrom(): bigint {
    this.#rearmFrom ??= this.last;
    return this.#rearmFrom;
  }

  /** The connection has ended, and the server's watches with it. @param from after which not all were armed */
  interrupted(from = this.last): void {
    this.#rearmFrom ??= from;
  }

  /** Every watch is armed. */
  rearmed(): void {
    this.#rearmFrom = null;
  }

  /** A server has accepted a connection with our last transaction. */
  accepted(): void {
    this.#refusedSince = null;
  }

  /** A server has hung up on a connection with our last transaction. */
  refused(): void {
    if (this.last > 0n) this.#refusedSince ??= performance.now();
  }

  /** Whether servers have refused our last transaction for `patience` ms, and none has accepted it. */
  isRefusedFor(patience: number): boolean {
    return this.#refusedSince !== null && performance.now() - this.#refusedSince >= patience;
  }

  /** Milliseconds until the refusals will have lasted for `patience`; Infinity without refusals, or when they have. */
  remainingPatience(patience: number): number {
    const remaining = this.#refusedSince === null ? 0 : this.#refusedSince + patience - performance.now();
    return remaining > 0 ? remaining : Number.POSITIVE_INFINITY;
  }

  /** Accepts the older history of a server. Every watch is then armed as if nothing had been seen. */
  yieldTo(zxid: bigint): void {
    this.last = zxid;
    this.#rearmFrom = BEFORE_ALL;
    this.epoch += 1;
  }
}
