import { RECORD_HEADER_LENGTH, writeRecord } from './record.js';

const SMALLEST_BLOCK = 4 * 1024;
const USUAL_BLOCK = 64 * 1024;

/** Records that are written, and made durable, together. The payloads are copied in. */
export class Batch {
  /** Whether a new log file begins with it. */
  readonly startsLog: boolean;
  /** The zxid before its first record. */
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

  /** The zxid of its last record; the one before it as long as it is empty. */
  get last(): bigint {
    return this.#last;
  }

  /** Adds a record; gives its size. */
  add(zxid: bigint, payload: Buffer): number {
    const size = RECORD_HEADER_LENGTH + payload.length;
    if (this.#used + size > this.#block.length) {
      if (this.#used > 0) this.#full.push(this.#block.subarray(0, this.#used));
      const usual = Math.min(USUAL_BLOCK, Math.max(SMALLEST_BLOCK, this.#bytes));
      this.#block = Buffer.allocUnsafeSlow(Math.max(size, usual));
      this.#used = 0;
    }
    writeRecord(this.#block, this.#used, zxid, payload);
    this.#used += size;
    this.#bytes += size;
    this.#last = zxid;
    return size;
  }

  /** All records, in order. */
  blocks(): Buffer[] {
    return this.#used > 0 ? [...this.#full, this.#block.subarray(0, this.#used)] : [...this.#full];
  }
}
