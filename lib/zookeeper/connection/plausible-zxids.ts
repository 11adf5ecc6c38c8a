import { WIRE } from '../../core/limits.js';
import { MalformedRecordError } from '../../protocol/jute.js';

/** Two replies of one connection disagree about the newest transaction of the server. */
export class ContradictoryZxidError extends MalformedRecordError {
  /** A transaction that the server has had, whatever it says: that of the handshake. */
  readonly sureZxid: bigint;

  constructor(sureZxid: bigint, zxid: bigint, earlier: bigint) {
    super(`a reply has zxid ${zxid}, below the ${earlier} of the reply before it`);
    this.sureZxid = sureZxid;
  }
}

/**
 * The zxids in the headers of one connection's replies: the last transaction that the server had at each reply.
 *
 * A zxid that is too high would be carried into every later handshake, and servers refuse a client that has seen more
 * than they have. Only other replies can show it:
 *
 * - A server's zxid never falls: requests of a session are answered in order, and a server that gives up transactions
 *   closes its connections first. A reply below an earlier one makes one of the two a lie, and perhaps both: only the
 *   zxid of the handshake is safe.
 * - The upper half is the number of the election. A server closes its connections before an election, so that it can
 *   only grow by the overflow of the lower half; and between two connections by no more than a bound that an ensemble
 *   with an election per second reaches in half a year.
 */
export class ReplyZxids {
  readonly #least: bigint;
  #newest: bigint;
  #isFirst = true;

  /** @param lastZxid the transaction in the handshake, which the server knows */
  constructor(lastZxid: bigint) {
    this.#least = lastZxid;
    this.#newest = lastZxid;
  }

  /**
   * Throws for a zxid that the server cannot have now. Replies that do not come from the tree, as those to credentials,
   * have 0 or -1.
   */
  check(zxid: bigint): void {
    if (zxid === this.#newest) return;
    if (zxid < -1n) throw new MalformedRecordError(`a reply has zxid ${zxid}`);
    if (zxid <= 0n) return;
    if (zxid < this.#newest) {
      throw new ContradictoryZxidError(this.#least, zxid, this.#newest);
    }
    if (!this.isPlausible(zxid)) {
      const elections = this.#electionsUntil(zxid);
      throw new MalformedRecordError(`a reply has zxid ${zxid}, ${elections} elections after the one before it`);
    }
    this.#isFirst = false;
    this.#newest = zxid;
  }

  /** Whether the server can have the transaction by now. Says nothing about the replies that follow. */
  isPlausible(zxid: bigint): boolean {
    return zxid > 0n && this.#electionsUntil(zxid) <= (this.#isFirst ? WIRE.mostElections : 1);
  }

  #electionsUntil(zxid: bigint): bigint {
    return (zxid >> 32n) - (this.#newest >> 32n);
  }
}
