import { ClientClosedError, ConnectionLossError, InvalidArgumentError } from '../../../lib/core/errors.js';
import { LastingTrouble } from '../../../lib/core/lasting-trouble.js';
import { guardLogger, type Logger, validateLogger } from '../../../lib/core/logger.js';
import { completeRetryPolicy, type RetryPolicy } from '../../../lib/core/retry.js';
import { describe, quote, validateFunction, validateOptions } from '../../../lib/core/validation.js';
import {
  completeWatchOptions,
  encodeBlobId,
  fromWireBlob,
  toHeaders,
  validateBlobId,
  validateIfMatch,
  validatePrefix,
  validatePutOptions,
} from '../../blobs/faces.js';
import {
  type BlobCallback,
  type BlobContent,
  BlobFile,
  type BlobGeneration,
  type BlobInfo,
  type BlobSource,
  type BlobStore,
  type BlobsCallback,
  type BlobWatch,
  type BlobWatchOptions,
  type PutOptions,
  type RequestHeaders,
} from '../../blobs/index.js';
import { parseJson } from '../parse-json.js';
import { BlobServers, type ServerRequest } from './blob-servers.js';
import { askForChanges } from './changes-request.js';
import { REMOTE_BLOBS } from './limits.js';
import { RemoteBlobWatches } from './remote-blob-watches.js';
import { remoteGeneration } from './remote-generation.js';
import { toRequestContent } from './request-content.js';

/** Options of a {@link RemoteBlobStorage}. */
export interface RemoteBlobStorageOptions {
  /** Sent with each request; they appear in no error and no log. */
  headers?: RequestHeaders | undefined;
  /** Asks the servers in place of the global `fetch`. */
  fetch?: typeof fetch | undefined;
  /**
   * Rounds over all servers, and the pauses between them. Default: 8 rounds, pauses of 50 ms up to 5 s. Watches never
   * give up.
   */
  retry?: RetryPolicy | undefined;
  /** Takes one line for each kind of trouble of the watches. Default: the console, for warnings and errors. */
  logger?: Logger | undefined;
}

/**
 * Blobs behind one or several servers with `createBlobHandler`: reads, writes and watches them as `BlobStorage` does,
 * without a connection to ZooKeeper, in browsers too. One request waits for the changes of all watches.
 *
 * When a server cannot answer, the next one is asked, and so on in turn. A conditional write, and a stream, is sent
 * once only: when its answer is lost, it rejects with `ConnectionLossError`, and its outcome is unknown.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { ZooKeeperClient } from 'zk-recipes';
 * import { BlobStorage } from 'zk-recipes/blobs';
 * import { createBlobHandler, toNodeListener } from 'zk-recipes/http';
 * import { RemoteBlobStorage } from 'zk-recipes/remote';
 *
 * const client = await new ZooKeeperClient('127.0.0.1:2181').connect();
 * const handler = createBlobHandler({ storage: new BlobStorage(client), writable: true });
 * const server = createServer(toNodeListener(handler));
 * server.listen(8082, '127.0.0.1');
 *
 * const blobs = new RemoteBlobStorage('http://127.0.0.1:8082/');
 * await blobs.put('remote/greeting', 'hello');
 * const watch = blobs.watch('remote/greeting', async (file) => console.log(await file?.readText())); // hello
 * await watch.ready;
 * await blobs.close();
 * server.close();
 * ```
 */
export class RemoteBlobStorage implements BlobStore, AsyncDisposable {
  readonly #servers: BlobServers;
  readonly #watches: RemoteBlobWatches;
  readonly #trouble: LastingTrouble;
  readonly #source: BlobSource = { store: this, newest: (id) => this.#newest(id) };
  #isClosed = false;

  /**
   * Nothing is sent before the first call.
   *
   * @param servers URLs at which handlers of the same blobs are mounted, as `https://example.org/api/`
   * @throws `InvalidArgumentError` for arguments that are not valid.
   */
  constructor(servers: string | readonly string[], options?: RemoteBlobStorageOptions) {
    const urls = [servers].flat().map(toServerUrl);
    if (urls.length === 0) throw new InvalidArgumentError('servers must have a URL, but is empty');
    validateOptions('options', options, ['headers', 'fetch', 'retry', 'logger']);
    const { headers, fetch = globalThis.fetch, retry, logger } = options ?? {};
    validateFunction('fetch', fetch);
    if (logger !== undefined) validateLogger(logger);
    const policy = completeRetryPolicy(retry, REMOTE_BLOBS.retry);
    this.#servers = new BlobServers({ urls, headers: toHeaders(headers), fetch, retry: policy });
    this.#trouble = new LastingTrouble(guardLogger(logger));
    this.#watches = new RemoteBlobWatches(this.#servers, this.#source, this.#trouble);
  }

  /** The same as `BlobStorage.put`. Its outcome is unknown when it rejects with `ConnectionLossError`. */
  async put(id: string, content: BlobContent, options?: PutOptions): Promise<BlobInfo> {
    validateBlobId(id);
    validatePutOptions(options);
    const { meta = {}, ifMatch, ifNoneMatch, signal } = options ?? {};
    const source = toRequestContent(content, options);
    const { mediaType, isRepeatable } = source;
    signal?.throwIfAborted();
    const { response } = await this.#send({
      path: `blobs/${encodeBlobId(id)}`,
      method: 'PUT',
      headers: {
        'content-type': mediaType,
        'blob-meta': encodeURIComponent(JSON.stringify(meta)),
        ...(ifMatch !== undefined && { 'if-match': `"${ifMatch}"` }),
        ...(ifNoneMatch !== undefined && { 'if-none-match': ifNoneMatch }),
      },
      ...{ body: () => source.body(), id, signal, takes: [201, 204], within: REMOTE_BLOBS.writeWithin },
      isOnce: !isRepeatable || ifMatch !== undefined || ifNoneMatch !== undefined,
    }).finally(() => source.close());
    const described = parseJson(decodeURIComponent(response.headers.get('blob-info') ?? ''));
    const info = fromWireBlob(described);
    if (!info) throw new ConnectionLossError(`the blob ${quote(id)} was written, but its server does not describe it`);
    return Object.freeze({ ...info, meta: Object.freeze({ ...meta }) });
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
   * Deletes a blob. `false` when there was none; after an attempt whose outcome is unknown it is `true` all the same.
   *
   * @throws `BlobChangedError` when `ifMatch` does not hold.
   */
  async delete(id: string, options?: { ifMatch?: string | undefined }): Promise<boolean> {
    validateBlobId(id);
    validateOptions('options', options, ['ifMatch']);
    const { ifMatch } = options ?? {};
    validateIfMatch(ifMatch);
    const { response, attempts } = await this.#send({
      path: `blobs/${encodeBlobId(id)}`,
      method: 'DELETE',
      headers: ifMatch === undefined ? {} : { 'if-match': `"${ifMatch}"` },
      ...{ id, takes: [204, 404], isOnce: ifMatch !== undefined },
    });
    // An earlier attempt, whose answer was lost, may have deleted it.
    return response.status === 204 || attempts > 1;
  }

  /** The blobs whose ids begin with the prefix, by id, as they were when the loop began. */
  async *list(prefix = ''): AsyncGenerator<BlobInfo, void> {
    validatePrefix(prefix);
    this.#throwIfClosed();
    const send = (request: ServerRequest) => this.#servers.send(request);
    const { states } = await askForChanges(send, { ids: [], prefixes: [prefix], wait: 0 });
    const blobs = [...states.values()].filter((blob) => blob !== null);
    yield* blobs.sort((one, other) => (one.id < other.id ? -1 : 1));
  }

  /** The blob of that id, always the newest. Nothing is read. */
  file(id: string): BlobFile {
    validateBlobId(id);
    return new BlobFile(this.#source, id);
  }

  /** The same as `BlobStorage.watch`. It goes on while no server can be reached, and is then `stale`. */
  watch(id: string, callback: BlobCallback, options?: BlobWatchOptions): BlobWatch {
    validateBlobId(id);
    return this.#watches.watch(id, callback, completeWatchOptions(callback, options));
  }

  /** The same as `BlobStorage.watchAll`. */
  watchAll(prefix: string, callback: BlobsCallback, options?: BlobWatchOptions): BlobWatch {
    validatePrefix(prefix);
    return this.#watches.watchAll(prefix, callback, completeWatchOptions(callback, options));
  }

  /** Stops every watch of the blob with this callback; without one all of the blob's. */
  stopWatch(id: string, callback?: BlobCallback): void {
    this.#watches.stop(id, callback);
  }

  /** Stops all watches, those of `watchAll` too. The storage stays usable. */
  stopAllWatches(): void {
    this.#watches.stopAll();
  }

  /** Stops all watches, and ends all requests, which reject with {@link ClientClosedError}. Idempotent. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#watches.close();
    this.#servers.close();
    this.#trouble.end();
  }

  /** The same as {@link RemoteBlobStorage.close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #newest(id: string): Promise<BlobGeneration | null> {
    const { response, text } = await this.#send({ path: `blobs/${encodeBlobId(id)}?info`, id, takes: [200, 404] });
    if (response.status === 404) return null;
    const info = fromWireBlob(parseJson(text));
    if (!info) throw new ConnectionLossError(`a server describes the blob ${quote(id)} with what is no description`);
    return remoteGeneration(this.#servers, info);
  }

  #send(request: ServerRequest) {
    this.#throwIfClosed();
    return this.#servers.send(request);
  }

  #throwIfClosed(): void {
    if (this.#isClosed) throw new ClientClosedError('the remote blob storage was closed');
  }
}

function toServerUrl(server: unknown): string {
  const url = typeof server === 'string' && URL.canParse(server) ? new URL(server) : null;
  if (!url || !/^https?:$/.test(url.protocol))
    throw new InvalidArgumentError(`servers must be absolute URLs of http or https, but one is ${describe(server)}`);
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw new InvalidArgumentError('servers must be URLs without credentials and query: give credentials by `headers`');
  return `${url.origin}${url.pathname.replace(/\/?$/, '/')}`;
}
