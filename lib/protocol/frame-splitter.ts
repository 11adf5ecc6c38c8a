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
  /** Whether there is room behind `#end` that nobody else writes to. */
  #isOwn = false;

  constructor(longest = WIRE.longestFrame) {
    this.#longest = longest;
  }

  /** How many bytes are held that no frame was made of. */
  get held(): number {
    return this.#end - this.#start;
  }

  /** The length that stands at the front of the bytes held, or `null` while it is not there in full. */
  get nextLength(): number | null {
    return this.held < 4 ? null : this.#bytes.readInt32BE(this.#start);
  }

  /** Takes the next bytes. They are not copied as long as nothing is left of those before. */
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
   * The next frame, its length still in front, or `null` until more bytes have come.
   *
   * @throws MalformedRecordError when the length cannot be one.
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

  /** In bytes of its own, with as much room again: many small chunks stay cheap, and frames handed out keep theirs. */
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
