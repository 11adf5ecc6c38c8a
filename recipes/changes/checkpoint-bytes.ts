const LARGEST_SHIFT = 2 ** 42;
const CONTINUES = 0x80;
const BITS = 0x7f;
/** Of most texts. */
const SCRATCH_BYTES = 256;

/** The bytes have ended early, or a number in them is too long. */
export class MalformedBytes extends Error {}

/** Appends numbers and texts to a buffer that grows. */
export class ByteWriter {
  #bytes = Buffer.allocUnsafe(4_096);
  #length = 0;

  /** A copy of what was written. */
  toBuffer(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#length));
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length] = value;
    this.#length += 1;
  }

  bytes(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  /** A whole number from 0, 7 bits per byte. */
  count(value: number): void {
    let rest = value;
    for (; rest > BITS; rest = Math.floor(rest / CONTINUES)) this.byte((rest % CONTINUES) | CONTINUES);
    this.byte(rest);
  }

  /** Any whole number: small ones, of both signs, take few bytes. */
  integer(value: bigint): void {
    const small = Number(value);
    if (Math.abs(small) < 2 ** 51) return this.count(small < 0 ? -2 * small - 1 : 2 * small);
    let rest = value < 0n ? -2n * value - 1n : 2n * value;
    for (; rest > 0x7fn; rest >>= 7n) this.byte(Number(rest & 0x7fn) | CONTINUES);
    this.byte(Number(rest));
  }

  /** Its length in bytes, and the text as UTF-8. */
  text(value: string): void {
    const bytes = Buffer.from(value);
    this.count(bytes.length);
    this.bytes(bytes);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.#length + more));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** Reads what a ByteWriter has written. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  /** Where the next byte is. */
  get at(): number {
    return this.#at;
  }

  byte(): number {
    const value = this.#bytes[this.#at];
    if (value === undefined) throw new MalformedBytes();
    this.#at += 1;
    return value;
  }

  /** Shares the memory. */
  bytes(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) throw new MalformedBytes();
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  count(): number {
    let value = 0;
    for (let shift = 1; shift <= LARGEST_SHIFT; shift *= CONTINUES) {
      const byte = this.byte();
      value += (byte & BITS) * shift;
      if (byte < CONTINUES) return value;
    }
    throw new MalformedBytes();
  }

  integer(): bigint {
    const start = this.#at;
    while (this.byte() >= CONTINUES);
    const length = this.#at - start;
    this.#at = start;
    if (length <= 7) {
      const value = this.count();
      return BigInt(value % 2 === 1 ? -(value + 1) / 2 : value / 2);
    }
    if (length > 11) throw new MalformedBytes();
    let value = 0n;
    for (let index = 0; index < length; index += 1) value |= BigInt(this.byte() & BITS) << BigInt(7 * index);
    return value & 1n ? -(value + 1n) / 2n : value / 2n;
  }

  text(): string {
    return this.bytes(this.count()).toString();
  }
}

/** Writes texts, each as the number of bytes that it shares with the one before, and the rest. */
export class SharedTextWriter {
  readonly #writer: ByteWriter;
  #text = Buffer.alloc(SCRATCH_BYTES);
  #before = Buffer.alloc(SCRATCH_BYTES);
  #lengthBefore = 0;

  constructor(writer: ByteWriter) {
    this.#writer = writer;
  }

  write(text: string): void {
    // A character takes at most three bytes for each of its units.
    if (this.#text.length < 3 * text.length) this.#text = Buffer.alloc(6 * text.length);
    const length = this.#text.write(text);
    const shared = sharedBytes(this.#before, this.#text, Math.min(this.#lengthBefore, length));
    this.#writer.count(shared);
    this.#writer.count(length - shared);
    this.#writer.bytes(this.#text.subarray(shared, length));
    [this.#text, this.#before, this.#lengthBefore] = [this.#before, this.#text, length];
  }
}

/** Reads what a SharedTextWriter has written. */
export class SharedTextReader {
  readonly #reader: ByteReader;
  #scratch = Buffer.alloc(SCRATCH_BYTES);
  #length = 0;

  constructor(reader: ByteReader) {
    this.#reader = reader;
  }

  read(): string {
    const shared = this.#reader.count();
    const rest = this.#reader.bytes(this.#reader.count());
    if (shared > this.#length) throw new MalformedBytes();
    this.#length = shared + rest.length;
    if (this.#length > this.#scratch.length) this.#scratch = Buffer.concat([this.#scratch], 2 * this.#length);
    this.#scratch.set(rest, shared);
    return this.#scratch.toString('utf8', 0, this.#length);
  }
}

function sharedBytes(one: Buffer, other: Buffer, most: number): number {
  let shared = 0;
  while (shared < most && one[shared] === other[shared]) shared += 1;
  return shared;
}
