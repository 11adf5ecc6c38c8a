import type { Pieces } from './content.js';

const EMPTY = new Uint8Array(0);

/** Cuts a content into blocks of a size, whatever the sizes of its pieces. */
export class Blocks {
  readonly #pieces: Pieces;
  /** Bytes that were read, and are not taken yet. */
  #rest: Uint8Array = EMPTY;
  #isOver = false;

  constructor(pieces: Pieces) {
    this.#pieces = pieces;
  }

  /** The next bytes: fewer than `size` only at the end, and none after it. */
  async take(size: number): Promise<Buffer> {
    const taken: Uint8Array[] = [];
    let missing = size;
    while (missing > 0) {
      if (this.#rest.byteLength === 0) {
        const piece = this.#isOver ? null : await this.#pieces.next();
        if (piece === null) {
          this.#isOver = true;
          break;
        }
        this.#rest = piece;
      }
      const part = this.#rest.subarray(0, missing);
      this.#rest = this.#rest.subarray(part.byteLength);
      taken.push(part);
      missing -= part.byteLength;
    }
    return Buffer.concat(taken);
  }

  /** Puts bytes back in front: they are taken next. */
  putBack(bytes: Uint8Array): void {
    this.#rest = this.#rest.byteLength === 0 ? bytes : Buffer.concat([bytes, this.#rest]);
  }
}
