import { WIRE } from '../core/limits.js';
import { MalformedRecordError } from './jute.js';

const NOTHING: Buffer = Buffer.alloc(0);

/** The part of a skipped frame that is returned: the length field and the header of a reply. */
const HEAD = 20;

/** A frame up to this length gets its memory when it begins; what a longer one says of itself is not believed. */
const BELIEVED = 1024 * 1024;

/**
 * Cuts a stream of bytes into frames: a length of four bytes, then that many. Of a frame above the second limit only
 * the head is returned; the rest is dropped as it arrives.
 */
export class FrameSplitter {
  /** A longer frame is malformed. May be changed between two frames. */
  longest: number;
  readonly #longestKept: number;
  /** The bytes of a skipped frame that are still to arrive. */
  #skip = 0;
  /** Unread bytes are those from `#start` to `#end`, and then the rest. */
  #bytes = NOTHING;
  #start = 0;
  #end = 0;
  /** Whether the bytes behind `#end` belong to this object alone. */
  #isOwn = false;
  /** Bytes behind a frame that has memory of its own. */
  #rest = NOTHING;

  constructor(longest = WIRE.longestFrame, longestKept = longest) {
    this.longest = longest;
    this.#longestKept = longestKept;
  }

  /** Whether a frame has begun to arrive and has not ended. */
  get isInFrame(): boolean {
    return this.#skip > 0 || this.held > 0;
  }

  /** The number of bytes that belong to no complete frame yet. */
  get held(): number {
    return this.#end - this.#start + this.#rest.length;
  }

  /** The length field of the next frame; `null` while it is incomplete. */
  get nextLength(): number | null {
    return this.held < 4 ? null : this.#bytes.readInt32BE(this.#start);
  }

  /** Adds bytes, which must not change until {@link next} returns `null`: then none of them is needed any more. */
  push(bytes: Buffer): void {
    const chunk = this.#skip > 0 ? this.#withoutSkipped(bytes) : bytes;
    if (this.held === 0) return this.#begin(chunk);
    if (this.#rest.length > 0) {
      this.#rest = Buffer.concat([this.#rest, chunk]);
      return;
    }
    this.#makeRoom(chunk.length);
    const taken = chunk.copy(this.#bytes, this.#end);
    this.#end += taken;
    this.#rest = chunk.subarray(taken);
  }

  /**
   * The next frame, with its length field; `null` until more bytes have arrived. A frame that is shorter than its
   * length field says is the head of a skipped one.
   *
   * @throws MalformedRecordError for a length out of range.
   */
  next(): Buffer | null {
    const length = this.nextLength;
    if (length === null) return this.#keep();
    if (length < 0 || length > this.longest) throw new MalformedRecordError(`a frame of ${length} bytes`);
    if (length > this.#longestKept) return this.#skipNext(length);
    if (this.held < length + 4) return this.#keep();
    const frame = this.#bytes.subarray(this.#start, this.#start + length + 4);
    this.#advance(length + 4);
    return frame;
  }

  /** Returns the head of the next frame as soon as it is there, and drops the rest. */
  #skipNext(length: number): Buffer | null {
    if (this.held < HEAD) return this.#keep();
    const head = this.#bytes.subarray(this.#start, this.#start + HEAD);
    const present = Math.min(this.#end - this.#start, length + 4);
    this.#skip = length + 4 - present;
    this.#advance(present);
    return head;
  }

  #withoutSkipped(chunk: Buffer): Buffer {
    const skipped = Math.min(this.#skip, chunk.length);
    this.#skip -= skipped;
    return chunk.subarray(skipped);
  }

  /** Copies the beginning of a frame from a chunk that is somebody else's. */
  #keep(): null {
    if (this.held > 0 && !this.#isOwn) this.#makeRoom(0);
    return null;
  }

  #advance(length: number): void {
    this.#start += length;
    if (this.#rest.length > 0) this.#begin(this.#rest);
  }

  #begin(chunk: Buffer): void {
    this.#bytes = chunk;
    this.#isOwn = false;
    this.#start = 0;
    this.#end = chunk.length;
    this.#rest = NOTHING;
  }

  /**
   * Moves the bytes to a buffer of twice the size, or to one for a large frame alone: many small chunks stay cheap, and
   * returned frames stay valid.
   */
  #makeRoom(more: number): void {
    if (this.#isOwn && this.#end + more <= this.#bytes.length) return;
    const held = this.#end - this.#start;
    const whole = (this.nextLength ?? 0) + 4;
    const isLarge = whole > WIRE.readAtOnce && whole <= BELIEVED && whole >= held;
    if (isLarge && this.#isOwn && this.#start === 0 && this.#bytes.length === whole) return;
    const larger = Buffer.allocUnsafe(isLarge ? whole : Math.max(2 * (held + more), 64));
    this.#bytes.copy(larger, 0, this.#start, this.#end);
    this.#bytes = larger;
    this.#isOwn = true;
    this.#start = 0;
    this.#end = held;
  }
}
