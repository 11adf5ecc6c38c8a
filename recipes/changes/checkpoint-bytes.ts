const LARGEST_SHIFT = 2 ** 42;
const CONTINUES = 0x80;
const BITS = 0x7f;

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
}
