import { EMBEDDED_LIMITS } from '../limits.js';
import { RECORD_HEADER_LENGTH, writeRecord } from './record.js';

const { smallestLogBlock, largestLogBlock } = EMBEDDED_LIMITS;

/** Records that are written and synced together. The payloads are copied. */
export class Batch {
  /** Whether the batch starts a new log file. */
  readonly startsLog: boolean;
  /** The zxid before the first record. */
  readonly after: bigint;
  #last: bigint;
  readonly #full: Buffer[] = [];
  #block = Buffer.alloc(0);
  #used = 0;
  #bytes = 0;

  constructor(after: bigint, startsLog: boolean) {
    this.startsLog = startsLog;
    this.after = after;
    this.#last = after;
  }

  /** The zxid of the last record; while the batch is empty, the zxid before it. */
  get last(): bigint {
    return this.#last;
  }

  /** Adds a record and returns its size. */
  add(zxid: bigint, payload: Buffer): number {
    const size = RECORD_HEADER_LENGTH + payload.length;
    if (this.#used + size > this.#block.length) {
      if (this.#used > 0) this.#full.push(this.#block.subarray(0, this.#used));
      const usual = Math.min(largestLogBlock, Math.max(smallestLogBlock, this.#bytes));
      this.#block = Buffer.allocUnsafeSlow(Math.max(size, usual));
      this.#used = 0;
    }
    writeRecord(this.#block, this.#used, zxid, payload);
    this.#used += size;
    this.#bytes += size;
    this.#last = zxid;
    return size;
  }

  /** The bytes of all records, in order. */
  blocks(): Buffer[] {
    return this.#used > 0 ? [...this.#full, this.#block.subarray(0, this.#used)] : [...this.#full];
  }
}
