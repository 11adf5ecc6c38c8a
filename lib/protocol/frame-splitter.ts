import { WIRE } from '../core/limits.js';
import { MalformedRecordError } from './jute.js';

const NOTHING: Buffer = Buffer.alloc(0);

/** Cuts a stream of bytes into frames: a length of four bytes, then that many. */
export class FrameSplitter {
  readonly #longest: number;
  /** Unread bytes are those from `#start` to `#end`. */
  #bytes = NOTHING;
  #start = 0;
  #end = 0;
  /** Whether the bytes behind `#end` belong to this object alone. */
  #isOwn = false;

  constructor(longest = WIRE.longestFrame) {
    this.#longest = longest;
  }

  /** The number of bytes that belong to no complete frame yet. */
  get held(): number {
    return this.#end - this.#start;
  }

  /** The length field of the next frame; `null` while it is incomplete. */
  get nextLength(): number | null {
    return this.held < 4 ? null : this.#bytes.readInt32BE(this.#start);
  }

  /** Adds bytes. Copies them only when bytes of an earlier chunk are left. */
  push(chunk: Buffer): void {
    if (this.held === 0) {
      this.#bytes = chunk;
      this.#isOwn = false;
      this.#start = 0;
      this.#end = chunk.length;
      return;
    }
    this.#makeRoom(chunk.length);
    chunk.copy(this.#bytes, this.#end);
    this.#end += chunk.length;
  }

  /**
   * The next frame, with its length field; `null` until more bytes have arrived.
   *
   * @throws MalformedRecordError for a length out of range.
   */
  next(): Buffer | null {
    const length = this.nextLength;
    if (length === null) return null;
    if (length < 0 || length > this.#longest) throw new MalformedRecordError(`a frame of ${length} bytes`);
    if (this.held < length + 4) return null;
    const frame = this.#bytes.subarray(this.#start, this.#start + length + 4);
    this.#start += length + 4;
    return frame;
  }

  /** Moves the bytes to a buffer of twice the size: many small chunks stay cheap, and returned frames stay valid. */
  #makeRoom(more: number): void {
    if (this.#isOwn && this.#end + more <= this.#bytes.length) return;
    const held = this.held;
    const larger = Buffer.allocUnsafe(Math.max(2 * (held + more), 64));
    this.#bytes.copy(larger, 0, this.#start, this.#end);
    this.#bytes = larger;
    this.#isOwn = true;
    this.#start = 0;
    this.#end = held;
  }
}
