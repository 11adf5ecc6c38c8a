import { atCaller } from '../../lib/core/at-caller.js';
import { codeOf, InvalidArgumentError } from '../../lib/core/errors.js';
import { invalid, quote, validateFunction, validateOptions } from '../../lib/core/validation.js';
import type { BlobGeneration, BlobRange } from './blob-generation.js';
import { toWritable } from './content.js';
import { BlobCorruptError, BlobNotFoundError, MediaTypeMismatchError } from './errors.js';
import { BLOBS } from './limits.js';
import type { BlobContent, BlobInfo, BlobWatch, BlobWatchOptions, PutOptions } from './types.js';
import { joined, streamOf, toBuffer } from './values/byte-streams.js';
import { BlobValue } from './values/index.js';

/** The function of {@link BlobStore.watch}. Return `false`, or a promise of `false`, to stop the watch. */
export type BlobCallback = (file: BlobFile | null) => unknown;

/** The part of a store that a {@link BlobFile} needs. */
export interface BlobSource {
  /** Writes, deletes and watches: a part of a {@link BlobStore}. */
  readonly store: {
    /** Writes a blob. */
    put(id: string, content: BlobContent, options?: PutOptions): Promise<BlobInfo>;
    /** The newest generation's description; `null` when there is no such blob. */
    info(id: string): Promise<BlobInfo | null>;
    /** Deletes a blob. */
    delete(id: string): Promise<boolean>;
    /** Watches a blob. */
    watch(id: string, callback: BlobCallback, options?: BlobWatchOptions): BlobWatch;
    /** Stops watches of a blob. */
    stopWatch(id: string, callback?: BlobCallback): void;
  };
  /** The newest generation of a blob; `null` when there is no such blob. */
  newest(id: string): Promise<BlobGeneration | null>;
}

/**
 * A blob by its name. From a callback, or from `get()`, it is of one generation for ever; from `file()` it is always
 * the newest.
 *
 * @example
 * ```ts
 * import { ZooKeeperClient } from 'zk-recipes';
 * import { BlobStorage } from 'zk-recipes/blobs';
 *
 * const client = await new ZooKeeperClient('127.0.0.1:2181').connect();
 * const counter = new BlobStorage(client).file('counter');
 * await counter.update((old) => String(Number(old ?? 0) + 1));
 * console.log(await counter.readText()); // 1
 * ```
 */
export class BlobFile {
  /** The id of the blob. */
  readonly id: string;
  readonly #source: BlobSource;
  readonly #generation: BlobGeneration | null;

  /**
   * Made by stores.
   *
   * @param generation `null` for always the newest
   */
  constructor(source: BlobSource, id: string, generation: BlobGeneration | null = null) {
    this.id = id;
    this.#source = source;
    this.#generation = generation;
  }

  /** The description of the generation; `null` when the file is always the newest. */
  get info(): BlobInfo | null {
    return this.#generation?.info ?? null;
  }

  /** Whether there is a blob of that id now, of whatever generation. */
  async exists(): Promise<boolean> {
    return (await this.#source.store.info(this.id)) !== null;
  }

  /**
   * The content: that of one generation as a whole. Each call reads it again, and gives bytes of its own; a small blob
   * of one generation is not read again. In a browser, where there is no Buffer, a Uint8Array.
   *
   * @throws {@link BlobNotFoundError} when there is no such blob; {@link BlobSupersededError} when this generation is
   * gone, which one from `file()` does not throw as long as it finds a newer one; {@link BlobCorruptError}.
   */
  async read(): Promise<Buffer> {
    return (await this.#readNewest().catch(atCaller)).bytes;
  }

  /** The same as {@link BlobFile.read}, as UTF-8. */
  async readText(): Promise<string> {
    return new TextDecoder().decode(await this.read());
  }

  /**
   * The same as {@link BlobFile.read}, parsed as JSON.
   *
   * @throws {@link MediaTypeMismatchError} when the content is not JSON.
   */
  async readJson<T = unknown>(): Promise<T> {
    const text = await this.readText();
    try {
      return JSON.parse(text) as T;
    } catch {
      // Without the parser's message, which quotes the content.
      throw new MediaTypeMismatchError(`the content of the blob ${quote(this.id)} is not JSON`, { id: this.id });
    }
  }

  /**
   * A stream of the content, of one generation: nothing is read before the first piece is asked for, and only those
   * chunks that the range touches. It fails with the errors of {@link BlobFile.read}. The length is checked, and the
   * SHA-256 when there is no range, before the last piece is given.
   *
   * @param range from `start` up to, and not including, `end`, as of `Blob.slice`. What is behind the end of the blob
   * is left out.
   * @throws {@link InvalidArgumentError} unless `start` and `end` are whole numbers from 0, in order.
   */
  open(range?: BlobRange): ReadableStream<Uint8Array> {
    validateRange(range);
    let pieces: AsyncIterator<Uint8Array> | undefined;
    const begin = async (): Promise<AsyncIterator<Uint8Array>> => {
      pieces = (await this.#present()).open(range ?? null)[Symbol.asyncIterator]();
      return pieces;
    };
    return streamOf({
      next: async () => {
        const { done, value } = await (pieces ?? (await begin())).next();
        return done ? null : value;
      },
      end: async () => void (await pieces?.return?.()),
    });
  }

  /** Writes the blob: the same as `put` of its store. */
  write(content: BlobContent, options?: PutOptions): Promise<BlobInfo> {
    return this.#source.store.put(this.id, content, options);
  }

  /**
   * Writes a value as JSON, as `application/json` unless the options say another media type.
   *
   * @throws {@link InvalidArgumentError} for a value without a JSON, such as `undefined`.
   */
  async writeJson(value: unknown, options?: PutOptions): Promise<BlobInfo> {
    const text: string | undefined = JSON.stringify(value);
    if (text === undefined) throw invalid('value', value, 'a value that JSON has');
    return this.write(text, { mediaType: 'application/json', ...options });
  }

  /**
   * Compares and sets: reads the newest content, and writes what the function makes of it, unless the blob has changed
   * meanwhile; then again. The media type stays unless the new content has one of its own, and so does `meta`.
   *
   * @param change is called with `null` when there is no blob; it may be called several times, and may throw
   */
  async update(change: (old: Buffer | null) => BlobContent | Promise<BlobContent>): Promise<BlobInfo> {
    validateFunction('change', change);
    for (;;) {
      const newest = new BlobFile(this.#source, this.id);
      const read = await newest.#readNewest().catch(nullIfNotFound);
      const content = await change(read?.bytes ?? null);
      const written = await this.write(content, read ? kept(content, read.info) : { ifNoneMatch: '*' }).catch(
        nullIfChanged,
      );
      if (written) return written;
    }
  }

  /** The blob as a value: of the same generation, or always the newest. The media type is known with a generation. */
  toValue(): BlobValue {
    const { info } = this;
    const source = {
      size: async () => (info ?? (await this.#present()).info).size,
      open: async () => this.open(),
    };
    return new BlobValue(source, info ? { mediaType: info.mediaType } : {});
  }

  /** Watches the blob: the same as `watch` of its store. */
  watch(callback: BlobCallback, options?: BlobWatchOptions): BlobWatch {
    return this.#source.store.watch(this.id, callback, options);
  }

  /** Stops the blob's watches with this callback, or all of them: the same as `stopWatch` of its store. */
  stopWatch(callback?: BlobCallback): void {
    this.#source.store.stopWatch(this.id, callback);
  }

  /** Deletes the blob, of whatever generation. `false` when there was none. */
  delete(): Promise<boolean> {
    return this.#source.store.delete(this.id);
  }

  /** The generation that is read. */
  async #present(): Promise<BlobGeneration> {
    const { id } = this;
    const present = this.#generation ?? (await this.#source.newest(id));
    if (!present) throw new BlobNotFoundError(`there is no blob ${quote(id)}`, { id });
    return present;
  }

  async #readNewest(): Promise<{ readonly info: BlobInfo; readonly bytes: Buffer }> {
    for (let reads = 1; ; reads += 1) {
      const generation = await this.#present();
      try {
        return { info: generation.info, bytes: await readWhole(generation) };
      } catch (error) {
        const isReplaced = codeOf(error) === 'BLOB_SUPERSEDED' && this.#generation === null;
        if (!isReplaced || reads >= BLOBS.rereads) throw error;
      }
    }
  }
}

async function readWhole(generation: BlobGeneration): Promise<Buffer> {
  const { id, size } = generation.info;
  const { bytes, length } = await joined(generation.open(null), Math.min(size, BLOBS.maxBlobSize));
  if (length === size) return toBuffer(bytes);
  const flaw = `it has ${length} bytes, and says that it has ${size}`;
  throw new BlobCorruptError(`the blob ${quote(id)} is damaged: ${flaw}`, { id });
}

function validateRange(range: BlobRange | undefined): void {
  validateOptions('range', range, ['start', 'end']);
  if (range === undefined) return;
  for (const [name, value] of Object.entries({ start: range.start, end: range.end }))
    if (!(Number.isSafeInteger(value) && value >= 0)) throw invalid(name, value, 'a whole number of bytes from 0');
  if (range.end < range.start)
    throw new InvalidArgumentError(`end must not be below start, but is ${range.end}, and start is ${range.start}`);
}

/** The options by which a new generation keeps the properties of the one that it replaces. */
function kept(content: BlobContent, { etag, mediaType, meta }: BlobInfo): PutOptions {
  const isOfItsOwn = typeof content !== 'string' && toWritable(content).mediaType !== undefined;
  return { ifMatch: etag, meta: { ...meta }, ...(!isOfItsOwn && { mediaType }) };
}

function nullIfNotFound(error: unknown): null {
  if (codeOf(error) !== 'BLOB_NOT_FOUND') throw error;
  return null;
}

function nullIfChanged(error: unknown): null {
  if (codeOf(error) !== 'BLOB_CHANGED') throw error;
  return null;
}
