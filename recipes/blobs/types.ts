import type { StopReason, WatchStatus } from '../delivering/index.js';
import type { BlobFile } from './blob-file.js';
import type { BlobValue } from './values/index.js';

/** The description of one generation of a blob. Frozen, as all watches of the blob share it. */
export interface BlobInfo {
  /** The name of the blob: segments with a `/` between them. */
  readonly id: string;
  /** Length of the content in bytes. */
  readonly size: number;
  /** The media type, as `application/json`. */
  readonly mediaType: string;
  /** Names this generation of the blob, and no other one: each write makes a new one, also of the same bytes. */
  readonly etag: string;
  /** The SHA-256 of the content, in hexadecimal digits. */
  readonly sha256: string;
  /** When the generation was written, by the server's clock. */
  readonly modified: Date;
  /** The zxid of the transaction that wrote the generation. */
  readonly position: bigint;
  /** What the writer said about the content. */
  readonly meta: Readonly<Record<string, string>>;
}

/** Options of {@link BlobStore.put}. */
export interface PutOptions {
  /** Default: that of a value or of a web `Blob`, else `application/octet-stream`; of a string `text/plain;charset=utf-8`. */
  mediaType?: string;
  /** Whatever is to be kept with the content. Default: nothing. */
  meta?: Record<string, string>;
  /** Writes only while the blob is of the generation with this etag. */
  ifMatch?: string;
  /** Writes only while there is no blob of that id. */
  ifNoneMatch?: '*';
  /** Gives the write up when it aborts, unless it has been committed. */
  signal?: AbortSignal;
}

/** What a blob is written from. A string is written as UTF-8. */
export type BlobContent =
  | Uint8Array
  | string
  | BlobValue
  | Blob
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>;

/** The change of a blob: between two calls, whatever happened in between. */
export interface BlobChange {
  /** How the blob has changed. */
  readonly type: 'created' | 'modified' | 'deleted';
  /** The blob. */
  readonly id: string;
  /** The blob now, of this generation for ever; `null` when it was deleted. */
  readonly file: BlobFile | null;
  /** The zxid of the change; of a deletion the newest one known when it was found, unless the server reports it. */
  readonly position: bigint;
}

/** The function of {@link BlobStore.watch}. Return `false`, or a promise of `false`, to stop the watch. */
export type BlobCallback = (file: BlobFile | null) => unknown;

/** The function of {@link BlobStore.watchAll}. Return `false`, or a promise of `false`, to stop the watch. */
export type BlobsCallback = (changes: readonly BlobChange[]) => unknown;

/** Options of {@link BlobStore.watch} and {@link BlobStore.watchAll}. */
export interface BlobWatchOptions {
  /** Stops the watch, with the reason `idle`, when nothing has changed for so long, in ms. Default 600,000. */
  maxIdleTimeout?: number;
  /** Whether there is a call with what there is at the beginning. Default `true`. */
  initial?: boolean;
  /** Stops the watch when it aborts. */
  signal?: AbortSignal;
}

/** A watch of one blob, or of all blobs whose ids begin with a prefix. */
export interface BlobWatch extends Disposable {
  /** The id of the blob, or the prefix. */
  readonly id: string;
  /** Resolves once the watch stands: with `initial` after the first call. It never causes an unhandled rejection. */
  readonly ready: Promise<void>;
  /** Whether the watch has stopped: no further call begins. */
  readonly stopped: boolean;
  /** `fresh` while a change would be reported, and the newest one was. */
  readonly status: WatchStatus;
  /** Stops the watch: no call begins after this returns. Idempotent. */
  stop(): void;
  /** Adds a listener of errors: the callback threw, or a read failed. The watch continues unless `stop` follows. */
  on(event: 'error', listener: (error: unknown) => void): this;
  /** Adds a listener of the ends of interruptions. */
  on(event: 'resynced', listener: () => void): this;
  /** Adds a listener of the end of the watch. */
  on(event: 'stop', listener: (reason: StopReason) => void): this;
  /** Removes a listener. */
  off(event: 'error' | 'resynced' | 'stop', listener: (...values: never[]) => void): this;
}

/** A storage of blobs: on znodes ({@link BlobStorage}), or behind an HTTP face (`RemoteBlobStorage`). */
export interface BlobStore {
  /** Writes a blob. Resolves with what was written once it stands. */
  put(id: string, content: BlobContent, options?: PutOptions): Promise<BlobInfo>;
  /** The newest generation's description; `null` when there is no such blob. */
  info(id: string): Promise<BlobInfo | null>;
  /** The newest generation, for ever; `null` when there is no such blob. */
  get(id: string): Promise<BlobFile | null>;
  /** Deletes a blob. `false` when there was none. */
  delete(id: string, options?: { ifMatch?: string }): Promise<boolean>;
  /** The blobs whose ids begin with the prefix, by id. */
  list(prefix?: string): AsyncIterable<BlobInfo>;
  /** The blob of that id, always the newest. Nothing is read. */
  file(id: string): BlobFile;
  /** Called with the blob now, and at each change; with `null` while there is none. */
  watch(id: string, callback: BlobCallback, options?: BlobWatchOptions): BlobWatch;
  /** Called with the blobs whose ids begin with the prefix, and with their changes. */
  watchAll(prefix: string, callback: BlobsCallback, options?: BlobWatchOptions): BlobWatch;
  /** Stops every watch of the blob with this callback; without one all of the blob's. */
  stopWatch(id: string, callback?: BlobCallback): void;
  /** Stops all watches. The store stays usable. */
  stopAllWatches(): void;
}
