import type { Pieces } from './content.js';
import { toBuffer } from './values/byte-streams.js';

/** Cuts a content into blocks of a size, whatever the sizes of its pieces. */
export class Blocks {
  readonly #pieces: Pieces;
  /** Bytes that were read, and are not taken yet: taken from its end. */
  readonly #rest: Uint8Array[] = [];
  #isOver = false;

  constructor(pieces: Pieces) {
    this.#pieces = pieces;
  }

  /** The next bytes: fewer than `size` only at the end, and none after it. */
  async take(size: number): Promise<Buffer> {
    const taken: Uint8Array[] = [];
    for (let missing = size; missing > 0; ) {
      const piece = this.#rest.pop() ?? (await this.#next());
      if (!piece) break;
      const part = piece.subarray(0, missing);
      if (part.byteLength < piece.byteLength) this.#rest.push(piece.subarray(part.byteLength));
      missing -= part.byteLength;
      taken.push(part);
    }
    const [whole] = taken;
    return whole && taken.length === 1 && this.#pieces.areKept ? toBuffer(whole) : Buffer.concat(taken);
  }

  /** Puts bytes back in front: they are taken next. */
  putBack(bytes: Uint8Array): void {
    this.#rest.push(bytes);
  }

  async #next(): Promise<Uint8Array | null> {
    const piece = this.#isOver ? null : await this.#pieces.next();
    this.#isOver = piece === null;
    return piece;
  }
}
