import { atCaller } from '../../lib/core/at-caller.js';
import type { TransactionalClient } from '../../lib/core/transactional-client.js';
import { validateMilliseconds, validateOptions } from '../../lib/core/validation.js';
import { type BlobCallback, BlobFile, type BlobSource } from './blob-file.js';
import type { BlobGeneration } from './blob-generation.js';
import { validateBlobId, validatePrefix } from './blob-id.js';
import type { BlobStore, BlobsCallback } from './blob-store.js';
import { BlobWatches } from './blob-watches.js';
import type { CollectedGarbage } from './collected-garbage.js';
import { toWritable } from './content.js';
import { deleteBlob } from './deletion.js';
import { collectGarbage } from './garbage.js';
import { Layout } from './layout.js';
import { listBlobs } from './list.js';
import { Put } from './put.js';
import { validateIfMatch, validatePutOptions } from './put-options.js';
import { readManifest } from './reading.js';
import { Requests } from './requests.js';
import { Retirement } from './retirement.js';
import { type BlobStorageOptions, completeStorageOptions, validateTransactionalClient } from './storage-options.js';
import { toGeneration } from './stored-generation.js';
import type { BlobContent, BlobInfo, BlobWatch, BlobWatchOptions, PutOptions } from './types.js';

/**
 * Blobs on znodes: up to `inlineLimit` bytes in one znode, the manifest, and more in chunks behind it. A reader gets
 * one generation of a blob as a whole, or an error. ZooKeeper keeps all of it in memory, on each server: this is for
 * configuration, not for media.
 *
 * @example
 * ```ts
 * import { ZooKeeperClient } from 'zk-recipes';
 * import { BlobStorage } from 'zk-recipes/blobs';
 *
 * const client = await new ZooKeeperClient('127.0.0.1:2181').connect();
 * const blobs = new BlobStorage(client);
 * const { etag } = await blobs.put('services/web.json', '{"port":80}', { mediaType: 'application/json' });
 * const file = await blobs.get('services/web.json');
 * console.log(file?.info?.etag === etag, await file?.readJson()); // true { port: 80 }
 * ```
 */
export class BlobStorage implements BlobStore {
  /** Bytes of the largest blob that it takes. */
  readonly maxBlobSize: number;
  readonly #requests: Requests;
  readonly #retirement: Retirement;
  readonly #watches: BlobWatches;
  readonly #source: BlobSource = { store: this, newest: (id) => this.#newest(id) };

  /**
   * Nothing is sent before the first call.
   *
   * @param client carries the storage, and stays yours: closing it ends the watches
   * @throws {@link InvalidArgumentError} or {@link InvalidPathError} for a client or options that are not valid.
   */
  constructor(client: TransactionalClient, options?: BlobStorageOptions) {
    validateTransactionalClient(client);
    const complete = completeStorageOptions(options);
    this.maxBlobSize = complete.maxBlobSize;
    this.#requests = new Requests(client, new Layout(complete.root), complete);
    this.#retirement = new Retirement(this.#requests);
    this.#watches = new BlobWatches(this.#requests, this.#source);
  }

  /**
   * Writes a blob, and resolves with its description once it stands: with the truth, also after a connection loss,
   * where it asks until a server has answered. Nothing is visible before. When the session is lost before the commit it
   * begins again, twice at most; a stream, which can be read once only, makes it reject with
   * {@link SessionExpiredError} in place of that. Bytes must not be changed until it has settled; a piece of a stream
   * must not until the next one is asked for.
   *
   * @param id segments with a `/` between them, as `images/logo.png`; up to 2,048 bytes, %-encoded
   * @throws {@link BlobChangedError} when `ifMatch` or `ifNoneMatch` does not hold; {@link BlobTooLargeError} above
   * `maxBlobSize`; the signal's reason when it aborts before the commit. Nothing was changed then.
   * @throws {@link ConnectionLossError} when no server answers for five minutes; its outcome is unknown.
   */
  async put(id: string, content: BlobContent, options?: PutOptions): Promise<BlobInfo> {
    validateBlobId(id);
    validatePutOptions(options);
    return await new Put(this.#requests, this.#retirement, id, toWritable(content), options ?? {})
      .run()
      .catch(atCaller);
  }

  /** The description of the newest generation; `null` when there is no such blob. */
  async info(id: string): Promise<BlobInfo | null> {
    validateBlobId(id);
    return (await this.#newest(id))?.info ?? null;
  }

  /** The newest generation: the file is of it for ever. `null` when there is no such blob. */
  async get(id: string): Promise<BlobFile | null> {
    validateBlobId(id);
    const generation = await this.#newest(id);
    return generation && new BlobFile(this.#source, id, generation);
  }

  /**
   * Deletes a blob. Readers of it may go on for `grace`.
   *
   * @param options with `ifMatch`, the etag of the generation that is deleted, and no other one
   * @returns `false` when there was none.
   * @throws {@link BlobChangedError} when `ifMatch` does not hold.
   */
  async delete(id: string, options?: { ifMatch?: string | undefined }): Promise<boolean> {
    validateBlobId(id);
    validateOptions('options', options, ['ifMatch']);
    validateIfMatch(options?.ifMatch);
    return await deleteBlob(this.#requests, this.#retirement, id, options?.ifMatch).catch(atCaller);
  }

  /**
   * The blobs whose ids begin with the prefix, by id. They are read when the loop begins, not at one moment: a blob
   * that changes meanwhile may be missing or as it was.
   */
  list(prefix = ''): AsyncIterable<BlobInfo> {
    validatePrefix(prefix);
    return listBlobs(this.#requests, prefix);
  }

  /** The blob of that id, always the newest. Nothing is read. */
  file(id: string): BlobFile {
    validateBlobId(id);
    return new BlobFile(this.#source, id);
  }

  /**
   * Watches a blob, whether or not there is one: calls back with the blob now, and at each change; with `null` while
   * there is none. One call at a time: a promise is awaited, and changes meanwhile are coalesced. All watches of a blob
   * share one read for each change. It survives connection losses, server changes and session expiries.
   *
   * It stops when the callback returns `false`, by `stop()`, when the signal aborts, when the client is closed, and
   * with the reason `idle` after `maxIdleTimeout` without a change, which is logged. The time counts while it is fresh.
   *
   * @throws {@link InvalidArgumentError} for arguments that are not valid.
   */
  watch(id: string, callback: BlobCallback, options?: BlobWatchOptions): BlobWatch {
    validateBlobId(id);
    return this.#watches.watch(id, callback, options);
  }

  /**
   * Watches the blobs whose ids begin with the prefix: calls back with all of them as created, then with each batch of
   * changes, one per blob. Otherwise as {@link BlobStorage.watch}.
   */
  watchAll(prefix: string, callback: BlobsCallback, options?: BlobWatchOptions): BlobWatch {
    validatePrefix(prefix);
    return this.#watches.watchAll(prefix, callback, options);
  }

  /** Stops every watch of the blob with this callback; without one all of the blob's. */
  stopWatch(id: string, callback?: BlobCallback): void {
    this.#watches.stop(id, callback);
  }

  /** Stops all watches, those of `watchAll` too. The storage stays usable. */
  stopAllWatches(): void {
    this.#watches.stopAll();
  }

  /**
   * Removes the chunks that writers left behind when they crashed, were aborted or lost their session. Two collections
   * are needed: the first one marks what no writer can commit any more, and one after `grace` removes it. Safe at any
   * time, beside writers and other collectors: call it every now and then, from any process.
   *
   * @param options with `grace`, how long ago the mark must have been made, by the server's clock, in ms; default: that
   * of the storage. With 0, one collection does both.
   * @returns what this call has removed.
   * @throws {@link BlobCorruptError} for a damaged manifest, whose chunks would be taken for garbage. Nothing was
   * removed.
   */
  async collectGarbage(options?: { grace?: number | undefined }): Promise<CollectedGarbage> {
    validateOptions('options', options, ['grace']);
    const { grace = this.#requests.options.grace } = options ?? {};
    validateMilliseconds('grace', grace, 0);
    return await collectGarbage(this.#requests, grace).catch(atCaller);
  }

  async #newest(id: string): Promise<BlobGeneration | null> {
    const requests = this.#requests;
    if (requests.options.sync) await requests.sync().catch(atCaller);
    const newest = await readManifest(requests, id).catch(atCaller);
    return newest && toGeneration(requests, id, newest.manifest, newest.stat);
  }
}
