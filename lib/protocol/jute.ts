import { isAscii } from 'node:buffer';
import { markAsUntransferable } from 'node:worker_threads';
import { frameMemory } from './frame-memory.js';

const SLAB_BYTES = 8 * 1024;
/** Bytes of this length and more get memory of their own. */
const LARGE = 512;

let slab = Buffer.alloc(0);
let slabUsed = 0;

/** Allocates bytes that live long. Bytes of Node's own pool would keep the requests alive that share it. */
function allocateToKeep(length: number): Buffer {
  if (length >= LARGE) return Buffer.allocUnsafeSlow(length);
  if (slabUsed + length > slab.length) {
    slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
    // Several values share it: a transfer of one to another thread would take away all.
    markAsUntransferable(slab.buffer);
    slabUsed = 0;
  }
  slabUsed += length;
  return slab.subarray(slabUsed - length, slabUsed);
}

/** Bytes that are not the expected record: truncated, with a length out of range, or with an impossible value. */
export class MalformedRecordError extends Error {
  override name = 'MalformedRecordError';
}

/** The long at an offset, as a number. */
export function safeLongAt(view: DataView, at: number): number {
  return view.getInt32(at) * 2 ** 32 + view.getUint32(at + 4);
}

/** Reads jute, ZooKeeper's serialization: big-endian numbers, and a length before each variable part (-1: null). */
export class JuteReader {
  readonly #bytes: Buffer;
  /** Of the same bytes. Its methods are built in: they are fast from the first call on, unlike those of Buffer. */
  readonly view: DataView;
  #offset: number;
  /** The last transaction that the sender of the bytes knew, in halves, which are compared fast. */
  #newestHigh: number;
  #newestLow: number;
  #isShared = false;

  /** The last two parameters are the halves of a zxid; by default, no zxid is above it. */
  constructor(bytes: Buffer, offset = 0, newestHigh = 0x7fff_ffff, newestLow = 0xffff_ffff) {
    this.#bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#offset = offset;
    this.#newestHigh = newestHigh;
    this.#newestLow = newestLow;
  }

  /** The offset of the next byte. */
  get offset(): number {
    return this.#offset;
  }

  /** The last transaction that the sender knew: no part of the bytes can be newer. */
  get newest(): bigint {
    return (BigInt(this.#newestHigh) << 32n) + BigInt(this.#newestLow);
  }

  /** From now on, any transaction counts as known to the sender. */
  forgetNewest(): void {
    this.#newestHigh = 0x7fff_ffff;
    this.#newestLow = 0xffff_ffff;
  }

  /** Whether the long at an offset that was read is a transaction that the sender knew. */
  isKnownZxid(offset: number): boolean {
    const high = this.view.getInt32(offset);
    if (high < 0 || high > this.#newestHigh) return false;
    return high < this.#newestHigh || this.view.getUint32(offset + 4) <= this.#newestLow;
  }

  /** Whether the byte occurs between an offset and the next byte to read. */
  hasRead(byte: number, from: number): boolean {
    const at = this.#bytes.indexOf(byte, from);
    return at >= 0 && at < this.#offset;
  }

  /** Whether no byte between an offset and the next byte to read is beyond ASCII. */
  hasReadAscii(from: number): boolean {
    return isAscii(this.#bytes.subarray(from, this.#offset));
  }

  /** From now on, a value that is most of the bytes is no copy: their memory must be of no other use. */
  share(): void {
    this.#isShared = true;
  }

  /** The number of bytes that follow. */
  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  /** Passes over so many bytes, which are there. Returns the offset of the first. */
  skip(length: number): number {
    return this.#advance(length);
  }

  boolean(): boolean {
    return this.#bytes[this.#advance(1)] !== 0;
  }

  int(): number {
    return this.view.getInt32(this.#advance(4));
  }

  long(): bigint {
    return this.view.getBigInt64(this.#advance(8));
  }

  /** A long that fits a double, as a time in ms does. */
  safeLong(): number {
    return safeLongAt(this.view, this.#advance(8));
  }

  /** A copy: a view would keep the much larger chunk alive that the bytes arrived in. */
  buffer(): Buffer | null {
    const length = this.#length();
    if (length < 0) return null;
    const start = this.#advance(length);
    if (this.#isShared && 2 * length > this.#bytes.buffer.byteLength)
      return this.#bytes.subarray(start, start + length);
    const copy = allocateToKeep(length);
    this.#bytes.copy(copy, 0, start, start + length);
    return copy;
  }

  string(): string {
    const length = this.#length();
    if (length < 0) return '';
    const start = this.#advance(length);
    return this.#bytes.toString('utf8', start, start + length);
  }

  requiredString(): string {
    const start = this.#advance(4);
    if (this.view.getInt32(start) < 0) throw new MalformedRecordError('a string is missing');
    this.#offset = start;
    return this.string();
  }

  /**
   * @param least the bytes that an item takes at least: a count of items that cannot be there is refused before any of
   * them is read
   */
  vector<T>(read: (reader: JuteReader) => T, least = 1): T[] {
    const items: T[] = [];
    let count = this.int();
    if (count * least > this.remaining) throw new MalformedRecordError(`a list of ${count} in ${this.remaining} bytes`);
    for (; count > 0; count -= 1) items.push(read(this));
    return items;
  }

  #length(): number {
    const length = this.int();
    if (length < -1) throw new MalformedRecordError(`a length of ${length}`);
    return length;
  }

  #advance(length: number): number {
    const start = this.#offset;
    if (start + length > this.#bytes.length) throw new MalformedRecordError('the record is truncated');
    this.#offset = start + length;
    return start;
  }
}

/** Writes jute into a buffer that grows. */
export class JuteWriter {
  #bytes: Buffer;
  #length = 0;
  /** The offset at which the frame that is being written must end. */
  #limit = Number.POSITIVE_INFINITY;

  constructor(capacity = 128) {
    this.#bytes = frameMemory(capacity);
  }

  boolean(value: boolean): this {
    const start = this.#reserve(1);
    this.#bytes[start] = value ? 1 : 0;
    return this;
  }

  int(value: number): this {
    const start = this.#reserve(4);
    this.#bytes.writeInt32BE(value, start);
    return this;
  }

  long(value: bigint): this {
    const start = this.#reserve(8);
    this.#bytes.writeBigInt64BE(value, start);
    return this;
  }

  /** A whole number that a double can hold. */
  safeLong(value: number): this {
    const start = this.#reserve(8);
    this.#bytes.writeInt32BE(Math.floor(value / 2 ** 32), start);
    this.#bytes.writeUInt32BE(value >>> 0, start + 4);
    return this;
  }

  buffer(value: Buffer): this {
    this.int(value.length);
    const start = this.#reserve(value.length);
    value.copy(this.#bytes, start);
    return this;
  }

  string(value: string): this {
    const length = Buffer.byteLength(value);
    this.int(length);
    const start = this.#reserve(length);
    this.#bytes.write(value, start, 'utf8');
    return this;
  }

  /** Text that stands for bytes, without a length. */
  latin1(text: string): this {
    const start = this.#reserve(text.length);
    this.#bytes.write(text, start, 'latin1');
    return this;
  }

  vector<T>(items: readonly T[], write: (writer: JuteWriter, item: T) => void): this {
    this.int(items.length);
    for (const item of items) write(this, item);
    return this;
  }

  /**
   * Writes the bytes of `body` with their length in front.
   *
   * @throws RangeError for more than `longest` bytes. The writer is not usable after that.
   */
  frame(body: (writer: this) => void, longest: number = Number.POSITIVE_INFINITY): this {
    const start = this.#reserve(4);
    this.#limit = this.#length + longest;
    body(this);
    this.#limit = Number.POSITIVE_INFINITY;
    this.#bytes.writeInt32BE(this.#length - start - 4, start);
    return this;
  }

  /** The number of bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** The bytes written so far. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(length: number): number {
    const start = this.#length;
    this.#length += length;
    if (this.#length > this.#limit) throw new RangeError('the answer is too long to be sent');
    if (this.#length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#length, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, start);
      this.#bytes = larger;
    }
    return start;
  }
}
