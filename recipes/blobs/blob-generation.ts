import type { BlobInfo } from './types.js';

/** A part of a blob: from `start` up to, and not including, `end`, as of `Blob.slice`. */
export interface BlobRange {
  /** The first byte, counted from 0. */
  readonly start: number;
  /** The byte after the last one. One behind the end of the blob stands for that. */
  readonly end: number;
}

/** One generation of a blob, as a store reads it. */
export interface BlobGeneration {
  /** Its description. */
  readonly info: BlobInfo;
  /**
   * The bytes, read piece by piece as they are asked for. Rejects with {@link BlobSupersededError} when the generation
   * is gone, and with {@link BlobCorruptError} when it is not what was written, before the last piece is given.
   *
   * @param range `null` for all bytes; valid, and may reach behind the end
   */
  open(range: BlobRange | null): AsyncIterable<Uint8Array>;
}
