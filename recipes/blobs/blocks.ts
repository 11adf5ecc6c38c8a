import type { Pieces } from './content.js';
import { toBuffer } from './values/byte-streams.js';

/** Cuts a content into blocks of a size, whatever the sizes of its pieces. */
export class Blocks {
  readonly #pieces: Pieces;
  /** Bytes that were read, and are not taken yet: taken from its end. */
  readonly #rest: Uint8Array[] = [];
  /** Memory of blocks that was given back. */
  readonly #free: Buffer[] = [];
  #isOver = false;

  constructor(pieces: Pieces) {
    this.#pieces = pieces;
  }

  /** The next bytes: fewer than `size` only at the end, and none after it. */
  async take(size: number): Promise<Buffer> {
    let block: Buffer | undefined;
    let length = 0;
    while (length < size) {
      const piece = this.#rest.pop() ?? (await this.#next());
      if (!piece) break;
      const part = piece.subarray(0, size - length);
      if (part.byteLength < piece.byteLength) this.#rest.push(piece.subarray(part.byteLength));
      const isWhole = length === 0 && (part.byteLength === size || this.#rest.length === 0);
      if (this.#pieces.isInMemory && isWhole) return toBuffer(part);
      block ??= this.#free.pop() ?? Buffer.allocUnsafeSlow(size);
      // At once: the source may use the memory of this piece for the next one.
      block.set(part, length);
      length += part.byteLength;
    }
    return block?.subarray(0, length) ?? Buffer.alloc(0);
  }

  /** Puts bytes back in front: they are taken next. */
  putBack(bytes: Uint8Array): void {
    this.#rest.push(bytes);
  }

  /** Nobody uses a block any more: its memory becomes that of a later one, of the same size. */
  free(block: Buffer): void {
    if (!this.#pieces.isInMemory) this.#free.push(block);
  }

  async #next(): Promise<Uint8Array | null> {
    const piece = this.#isOver ? null : await this.#pieces.next();
    this.#isOver = piece === null;
    return piece;
  }
}
