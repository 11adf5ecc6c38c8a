// biome-ignore-all lint/complexity/noThisInStatic: a subclass makes values of itself
import { InvalidArgumentError } from '../../../lib/core/errors.js';
import { invalidSecret, isUint8Array, quote, validateFunction, validateOptions } from '../../../lib/core/validation.js';
import { MediaTypeMismatchError } from '../errors.js';
import { readAll, toBuffer } from './byte-streams.js';
import { FileSource, takeDirectory } from './file-sources.js';
import { fileModules, saveStream } from './files.js';
import { matchMediaType, parseMediaType, validateMediaType } from './media-type.js';
import type { RequestHeaders } from './request-headers.js';
import { UrlSource } from './url-source.js';
import { type ValueSource, WebBlobSource } from './value-source.js';

/** The properties of a value besides its content. */
export interface ValueOptions {
  /** Default: that of the class, where it is one; else `application/octet-stream`. */
  mediaType?: string | undefined;
  /** For people. */
  description?: string | undefined;
}

/** Options of {@link BlobValue.fromUrl}. */
export interface UrlValueOptions extends ValueOptions {
  /** Asks the URL in place of the global `fetch`. */
  fetch?: typeof fetch | undefined;
  /** Sent with each request; they appear in no error. */
  headers?: RequestHeaders | undefined;
}

/** A value as JSON. */
export interface BlobJson {
  /** Where the content is. */
  readonly href: string;
  /** Its media type. */
  readonly media_type: string;
  /** For people. */
  readonly description?: string;
}

const ANYTHING = '*/*';
const UNKNOWN = 'application/octet-stream';
const OPTIONS = ['mediaType', 'description'];

/**
 * Bytes, a file, a URL or a stored blob, with a media type: read, streamed and saved alike. A subclass with a static
 * `mediaType` takes values of that type, or pattern, only: see {@link blobType}.
 *
 * In browsers, where there is no Buffer, `content()` gives a Uint8Array, and there are no files.
 *
 * @example
 * ```ts
 * import { BlobValue } from 'zk-recipes/blobs';
 *
 * class Png extends BlobValue {
 *   static override readonly mediaType = 'image/png';
 * }
 * const value = Png.fromBytes(new Uint8Array([137, 80, 78, 71]), { description: 'the first bytes of an image' });
 * console.log(value.mediaType, await value.size()); // image/png 4
 * ```
 */
export class BlobValue implements AsyncDisposable {
  /** The media type, or the pattern of those, that values of this class have. */
  static readonly mediaType: string = ANYTHING;

  /** The media type of the content. */
  readonly mediaType: string;
  /** For people. */
  readonly description?: string;
  readonly #source: ValueSource;

  /**
   * Makes a value of a source of your own.
   *
   * @throws {@link MediaTypeMismatchError} when the media type is none of the class.
   * @throws {@link InvalidArgumentError} for other invalid options.
   */
  constructor(source: ValueSource, options?: ValueOptions) {
    validateOptions('options', options, OPTIONS);
    const { mediaType, description } = options ?? {};
    if (description !== undefined && typeof description !== 'string')
      throw invalidSecret('description', description, 'a string');
    this.mediaType = mediaTypeFor(new.target, mediaType);
    if (description !== undefined) this.description = description;
    this.#source = source;
  }

  /** A value of bytes, which are copied. */
  static fromBytes<T extends typeof BlobValue>(this: T, bytes: Uint8Array, options?: ValueOptions): InstanceType<T> {
    if (!isUint8Array(bytes)) throw invalidSecret('bytes', bytes, 'a Buffer or Uint8Array');
    return make(this, new WebBlobSource(new Blob([bytes as Uint8Array<ArrayBuffer>])), options);
  }

  /**
   * A value of a file, whatever it holds when it is read.
   *
   * @throws {@link BlobFileError} when there is no such file.
   */
  static async fromFile<T extends typeof BlobValue>(
    this: T,
    path: string,
    options?: ValueOptions,
  ): Promise<InstanceType<T>> {
    if (typeof path !== 'string' || path === '') throw invalidSecret('path', path, 'a path');
    const source = new FileSource(fileModules().path.resolve(path));
    const value = make(this, source, options);
    await source.size();
    return value;
  }

  /**
   * A value of a file in a temporary directory, which then belongs to the value: it is removed when the value is
   * disposed of, or else some time after nobody has the value any more. A process that ends before leaves it behind.
   *
   * @param file its path in the directory
   * @throws {@link BlobFileError} when there is no such file.
   */
  static async fromTemporaryDirectory<T extends typeof BlobValue>(
    this: T,
    directory: string,
    file: string,
    options?: ValueOptions,
  ): Promise<InstanceType<T>> {
    for (const [name, text] of Object.entries({ directory, file }))
      if (typeof text !== 'string' || text === '') throw invalidSecret(name, text, 'a path');
    // An option that is refused must not cost the directory.
    make(this, new WebBlobSource(new Blob([])), options);
    return make(this, await takeDirectory(directory, file), options);
  }

  /**
   * A value of a URL, which is asked at each use; nothing is cached. An answer other than 2xx rejects with
   * {@link BlobUrlError}.
   *
   * @param url of http or https, without credentials
   */
  static fromUrl<T extends typeof BlobValue>(this: T, url: string | URL, options?: UrlValueOptions): InstanceType<T> {
    validateOptions('options', options, [...OPTIONS, 'fetch', 'headers']);
    const { fetch, headers, ...rest } = options ?? {};
    if (fetch !== undefined) validateFunction('fetch', fetch);
    const how = { ...(fetch && { fetch }), ...(headers !== undefined && { headers }) };
    return make(this, new UrlSource(url, how), rest);
  }

  /** A value of a web `Blob`, with its media type. */
  static from<T extends typeof BlobValue>(this: T, web: Blob): InstanceType<T> {
    if (!(web instanceof Blob)) throw invalidSecret('web', web, 'a Blob');
    return make(this, new WebBlobSource(web), web.type === '' ? {} : { mediaType: web.type });
  }

  /** The length in bytes; `null` when a URL does not tell it. */
  size(): Promise<number | null> {
    return this.#source.size();
  }

  /** The whole content. Each call reads it again, and gives bytes of its own. */
  async content(): Promise<Buffer> {
    const source = this.#source;
    return toBuffer(source.bytes ? await source.bytes() : await readAll(await source.open()));
  }

  /** A stream of the content, which holds no more than a chunk. */
  open(): Promise<ReadableStream<Uint8Array>> {
    return this.#source.open();
  }

  /** The same for a reader that is done with a chunk when it asks for the next one. @internal */
  openFleeting(): Promise<ReadableStream<Uint8Array>> {
    return this.#source.open(true);
  }

  /**
   * Writes the content to a file, which appears whole or not at all: it is written beside it first, and renamed.
   *
   * @throws {@link BlobFileError} when the file cannot be written, or the content's cannot be read.
   */
  async save(path: string): Promise<void> {
    if (typeof path !== 'string' || path === '') throw invalidSecret('path', path, 'a path');
    const file = fileModules().path.resolve(path);
    await saveStream(await this.openFleeting(), file);
  }

  /** The whole content as a web `Blob`. */
  async toBlob(): Promise<Blob> {
    const blob = this.#source.blob?.() ?? new Blob([(await this.content()) as Uint8Array<ArrayBuffer>]);
    return blob.type === this.mediaType ? blob : blob.slice(0, blob.size, this.mediaType);
  }

  /**
   * The JSON of a value whose URL is enough to get it.
   *
   * @throws {@link InvalidArgumentError} for any other value: {@link BlobRegistry.toJSON} gives it a URL.
   */
  toJSON(): BlobJson {
    const { href } = this.#source;
    if (href !== undefined) return jsonOf(this, href);
    throw new InvalidArgumentError(
      'a local value has no URL, and so no JSON: use toJSON(value, base) of a BlobRegistry',
    );
  }

  /** Removes the temporary directory of the value, if it has one. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#source.dispose?.();
  }
}

/** The JSON of a value that is at a URL. */
export function jsonOf({ mediaType, description }: BlobValue, href: string): BlobJson {
  return { href, media_type: mediaType, ...(description !== undefined && { description }) };
}

function make<T extends typeof BlobValue>(type: T, source: ValueSource, options?: ValueOptions): InstanceType<T> {
  return new type(source, options) as InstanceType<T>;
}

function mediaTypeFor(type: typeof BlobValue, given: string | undefined): string {
  const pattern = type.mediaType;
  const isPattern = parseMediaType(pattern).subtype === '*';
  if (given === undefined) {
    if (!isPattern) return pattern;
    if (pattern === ANYTHING) return UNKNOWN;
    throw new MediaTypeMismatchError(`a value of ${quote(pattern)} needs the option mediaType: which of these is it?`);
  }
  validateMediaType('mediaType', given);
  if (!matchMediaType(given, pattern))
    throw new MediaTypeMismatchError(`the media type must be of ${quote(pattern)}, but is ${quote(given)}`);
  return given;
}

/**
 * A class of values of a media type, or of a pattern such as `image/*`.
 *
 * @throws {@link InvalidArgumentError} when it is no media type.
 *
 * @example
 * ```ts
 * import { BlobValue, blobType, MediaTypeMismatchError } from 'zk-recipes/blobs';
 *
 * const Image = blobType('image/*');
 * const gif = Image.fromBytes(new Uint8Array(16), { mediaType: 'image/gif' });
 * try {
 *   Image.from(new Blob(['{}'], { type: 'application/json' }));
 * } catch (error) {
 *   console.log(gif instanceof BlobValue, error instanceof MediaTypeMismatchError); // true true
 * }
 * ```
 */
export function blobType(mediaType: string): typeof BlobValue {
  parseMediaType(mediaType);
  return class extends BlobValue {
    static override readonly mediaType = mediaType;
  };
}
