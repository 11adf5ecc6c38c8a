import { InvalidArgumentError } from '../../../lib/core/errors.js';
import { Overdue } from '../../../lib/core/overdue.js';
import { invalidSecret, validateMilliseconds, validateOptions } from '../../../lib/core/validation.js';
import { BlobNotFoundError, MediaTypeMismatchError } from '../errors.js';
import { type BlobJson, BlobValue, jsonOf } from './blob-value.js';
import { VALUES } from './limits.js';
import { matchMediaType } from './media-type.js';

const ID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/**
 * Gives local values a URL, at which `createBlobHandler` serves them. It holds them weakly, and strongly for a time
 * after a URL was handed out: a value that nobody has any more is then gone, with its temporary directory.
 *
 * @example
 * ```ts
 * import { BlobRegistry, BlobValue } from 'zk-recipes/blobs';
 *
 * const registry = new BlobRegistry();
 * const value = BlobValue.fromBytes(new TextEncoder().encode('hello'), { mediaType: 'text/plain' });
 * const json = registry.toJSON(value, 'https://example.org/api/');
 * console.log(registry.fromJSON(json, 'https://example.org/api/') === value); // true
 * ```
 */
export class BlobRegistry {
  readonly #values = new Map<string, WeakRef<BlobValue>>();
  readonly #ids = new WeakMap<BlobValue, string>();
  readonly #collected = new FinalizationRegistry<string>((id) => this.#values.delete(id));
  /** Holds a value until its time is over. */
  readonly #leases: Overdue<BlobValue>;

  /**
   * @param options with `lease`: how long a value is held after a URL was handed out, in ms. Default 300,000.
   * @throws {@link InvalidArgumentError} for invalid options.
   */
  constructor(options?: { lease?: number | undefined }) {
    validateOptions('options', options, ['lease']);
    const { lease = VALUES.lease } = options ?? {};
    validateMilliseconds('lease', lease, 0);
    this.#leases = new Overdue(lease, () => {}, false);
  }

  /** The number of values that are there. */
  get size(): number {
    let size = 0;
    for (const value of this.#values.values()) if (value.deref()) size += 1;
    return size;
  }

  /** Adds a value, for the lease at least. Returns its id, a UUID: the same at each call. */
  add(value: BlobValue): string {
    if (!(value instanceof BlobValue)) throw invalidSecret('value', value, 'a BlobValue');
    this.#leases.end(value);
    this.#leases.begin(value);
    const known = this.#ids.get(value);
    if (known !== undefined) return known;
    const id = crypto.randomUUID();
    this.#ids.set(value, id);
    this.#values.set(id, new WeakRef(value));
    this.#collected.register(value, id);
    return id;
  }

  /** The value of an id, if it is still there. */
  get(id: string): BlobValue | undefined {
    return this.#values.get(id)?.deref();
  }

  /**
   * The JSON of a value, with a URL at which it is for the lease at least. A value that is at a URL of its own keeps
   * that one.
   *
   * @param base the URL at which `createBlobHandler` is mounted
   */
  toJSON(value: BlobValue, base: string | URL): BlobJson {
    const folder = folderOf(base);
    if (!(value instanceof BlobValue)) throw invalidSecret('value', value, 'a BlobValue');
    const own = hrefOf(value);
    return own === undefined ? jsonOf(value, `${folder}${this.add(value)}`) : value.toJSON();
  }

  /**
   * The value behind JSON that this registry has made.
   *
   * @param base the same as of `toJSON`
   * @throws {@link InvalidArgumentError} for a URL that is not below the base: nothing is ever fetched.
   * @throws {@link BlobNotFoundError} for a value that is gone.
   * @throws {@link MediaTypeMismatchError} for a value of another media type.
   */
  fromJSON(json: BlobJson, base: string | URL): BlobValue {
    const folder = folderOf(base);
    const { href, media_type: pattern } = (json ?? {}) as Partial<BlobJson>;
    const id = typeof href === 'string' && href.startsWith(folder) ? href.slice(folder.length) : '';
    if (!ID.test(id)) throw new InvalidArgumentError(`href must be a URL of a value below ${folder}`);
    const value = this.get(id);
    if (!value) throw new BlobNotFoundError(`the value ${id} is gone: it was held for the lease only`, { id });
    if (pattern !== undefined && !matchMediaType(value.mediaType, pattern))
      throw new MediaTypeMismatchError(`the value ${id} is of ${value.mediaType}, not what the JSON says`, { id });
    return value;
  }
}

function hrefOf(value: BlobValue): string | undefined {
  try {
    return value.toJSON().href;
  } catch {
    return undefined;
  }
}

/** The URL below which values are. */
function folderOf(base: string | URL): string {
  if (!URL.canParse(String(base))) throw invalidSecret('base', base, 'an absolute URL');
  const url = new URL(String(base));
  return `${url.origin}${url.pathname.replace(/\/?$/, '/')}values/`;
}
