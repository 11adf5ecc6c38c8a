import { type BlobHandlerOptions, createBlobHandler, type FetchHandler } from '../../lib/http/index.js';
import { HTTP } from '../../lib/http/limits.js';
import type { WireChanges } from '../../recipes/blobs/faces.js';
import {
  type BlobChange,
  BlobFile,
  type BlobInfo,
  type BlobSource,
  type BlobStore,
  type BlobsCallback,
  type BlobWatch,
} from '../../recipes/blobs/index.js';
import { pass } from '../../testing/passing-time.js';
import { RecordingLogger } from '../../testing/recording-logger.js';

/** When each blob was modified. A fake clock takes long to make a date. */
const MODIFIED = new Date(0);

/** A store in memory for the HTTP faces: a spec says which changes there are, and up to where they are known. */
export class FakeBlobStore implements Partial<BlobStore> {
  /** Every call, as `put a`. */
  readonly calls: string[] = [];
  position = 1n;
  isFresh = true;
  watches = 0;
  /** How often a watch was asked for its position. */
  looks = 0;
  readonly #infos = new Map<string, BlobInfo>();
  readonly #callbacks = new Map<BlobWatch, BlobsCallback>();
  readonly #stopListeners: (() => void)[] = [];
  readonly #source: BlobSource = { store: this as unknown as BlobSource['store'], newest: async () => null };

  /** As a store, with the calls that a handler makes. */
  get store(): BlobStore {
    return this as unknown as BlobStore;
  }

  /** The watches that have not ended. */
  get watching(): number {
    return this.#callbacks.size;
  }

  /** A blob is written at this position. */
  write(id: string, position: bigint): BlobInfo {
    const etag = `etag-${position}`;
    const known = { size: 1, mediaType: 'text/plain', sha256: '0', modified: MODIFIED, meta: {} };
    const info: BlobInfo = Object.freeze({ id, etag, position, ...known });
    const type = this.#infos.has(id) ? 'modified' : 'created';
    this.#infos.set(id, info);
    this.#tell([{ type, id, file: this.#toFile(info), position }]);
    return info;
  }

  /** Blobs are deleted, one at each position from this one on. */
  delete(ids: readonly string[], position: bigint): void;
  delete(id: string): Promise<boolean>;
  delete(ids: readonly string[] | string, position = 0n): unknown {
    if (typeof ids === 'string') return this.#called(`delete ${ids}`, true);
    for (const id of ids) this.#infos.delete(id);
    this.#tell(ids.map((id, index) => ({ type: 'deleted', id, file: null, position: position + BigInt(index) })));
    return undefined;
  }

  /** Every watch ends, as when the client is closed. */
  end(): void {
    this.#callbacks.clear();
    for (const stopped of this.#stopListeners.splice(0)) stopped();
  }

  watchAll(prefix: string, callback: BlobsCallback): BlobWatch {
    this.watches += 1;
    const now = (): bigint => {
      this.looks += 1;
      return this.position;
    };
    const isWatching = (): boolean => this.#callbacks.has(watch);
    const isFresh = (): boolean => isWatching() && this.isFresh;
    const watch: BlobWatch = {
      id: prefix,
      ready: Promise.resolve(),
      get stopped() {
        return !isWatching();
      },
      get status() {
        return isFresh() ? 'fresh' : 'stale';
      },
      get position() {
        return now();
      },
      stop: () => void this.#callbacks.delete(watch),
      [Symbol.dispose]: () => watch.stop(),
      on: (event: string, listener: (argument: never) => void) => {
        if (event === 'stop') this.#stopListeners.push(listener as () => void);
        return watch;
      },
      off: () => watch,
    };
    this.#callbacks.set(watch, callback);
    const all = Array.from(this.#infos.values(), (info) => this.#toCreated(info));
    queueMicrotask(() => callback(all));
    return watch;
  }

  info(id: string): Promise<BlobInfo | null> {
    return this.#called(`info ${id}`, this.#infos.get(id) ?? null);
  }

  get(id: string): Promise<BlobFile | null> {
    const info = this.#infos.get(id);
    return this.#called(`get ${id}`, info ? this.#toFile(info) : null);
  }

  put(id: string): Promise<BlobInfo> {
    return this.#called(`put ${id}`, this.write(id, this.position));
  }

  async #called<T>(call: string, result: T): Promise<T> {
    this.calls.push(call);
    return result;
  }

  #toCreated(info: BlobInfo): BlobChange {
    return { type: 'created', id: info.id, file: this.#toFile(info), position: info.position };
  }

  #toFile(info: BlobInfo): BlobFile {
    async function* open(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(info.size);
    }
    return new BlobFile(this.#source, info.id, { info, open });
  }

  #tell(changes: readonly BlobChange[]): void {
    for (const callback of this.#callbacks.values()) callback(changes);
  }
}

/** A handler on such a store, asked without a server. Timers must be fake ones. */
export class ServedFakeBlobs {
  readonly store = new FakeBlobStore();
  readonly handler: FetchHandler;

  constructor(options: BlobHandlerOptions = {}) {
    this.handler = createBlobHandler({ storage: this.store.store, logger: new RecordingLogger(), ...options });
  }

  async poll(query: string, init?: RequestInit): Promise<{ status: number; body: WireChanges }> {
    const response = await this.handler(new Request(`http://h/watch?${query}`, init));
    return { status: response.status, body: (await response.json()) as WireChanges };
  }

  /** The answer to a client that knows nothing. */
  async first(query: string): Promise<WireChanges> {
    const answer = this.poll(`${query}&wait=0`);
    await pass(2 * HTTP.lookEvery);
    return (await answer).body;
  }
}
