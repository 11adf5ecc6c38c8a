import { MalformedRecordError } from './jute.js';

/** Far above what any ensemble sends; below it, a length is believed. */
const LONGEST_FRAME = 512 * 1024 * 1024;

/** Cuts a stream of bytes into frames: a length of four bytes, then that many. */
export class FrameSplitter {
  #chunks: Buffer[] = [];
  #held = 0;
  /** Bytes of the next frame with its length, or 4 while the length itself is not there yet. */
  #needed = 4;

  /** Whether a part of a frame is there, and the rest is not. */
  get isInside(): boolean {
    return this.#held > 0;
  }

  /**
   * Takes the next bytes and passes on each frame that they complete, its length still in front.
   *
   * @throws MalformedRecordError when the length cannot be one.
   */
  push(chunk: Buffer, onFrame: (frame: Buffer) => void): void {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    if (this.#held < this.#needed) return;

    let bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#held);
    this.#needed = 4;
    while (bytes.length >= 4) {
      const length = bytes.readInt32BE(0);
      if (length < 0 || length > LONGEST_FRAME) throw new MalformedRecordError(`a frame of ${length} bytes`);
      this.#needed = length + 4;
      if (bytes.length < this.#needed) break;
      const frame = bytes.subarray(0, this.#needed);
      bytes = bytes.subarray(this.#needed);
      this.#needed = 4;
      onFrame(frame);
    }
    this.#chunks = bytes.length === 0 ? [] : [bytes];
    this.#held = bytes.length;
  }
}
