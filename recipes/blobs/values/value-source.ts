/** Where the content of a value comes from. Each call reads it again. */
export interface ValueSource {
  /** The length in bytes; `null` when only reading would tell. */
  size(): Promise<number | null>;
  /**
   * A stream of the content, which holds no more than a chunk.
   *
   * @param isFleeting whether the reader is done with a chunk when it asks for the next one, which may have its memory
   */
  open(isFleeting?: boolean): Promise<ReadableStream<Uint8Array>>;
  /** The whole content, for a source that has a shorter way than `open()`. The caller owns the bytes. */
  bytes?(): Promise<Uint8Array>;
  /** The content as a web Blob, for a source that is one. */
  blob?(): Blob;
  /** A URL under which others find the content, without any credentials. */
  readonly href?: string | undefined;
  /** Lets go of whatever the source owns. */
  dispose?(): Promise<void>;
}

/** The source of a web Blob, whose bytes nobody can change. */
export class WebBlobSource implements ValueSource {
  readonly #blob: Blob;

  constructor(blob: Blob) {
    this.#blob = blob;
  }

  async size(): Promise<number> {
    return this.#blob.size;
  }

  async open(): Promise<ReadableStream<Uint8Array>> {
    return this.#blob.stream() as ReadableStream<Uint8Array>;
  }

  async bytes(): Promise<Uint8Array> {
    return new Uint8Array(await this.#blob.arrayBuffer());
  }

  blob(): Blob {
    return this.#blob;
  }
}
