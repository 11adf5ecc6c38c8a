import type { StopReason, WatchStatus } from '../delivering/index.js';
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
  /** The writer's own words about the content. */
  readonly meta: Readonly<Record<string, string>>;
}

/** Options of {@link BlobStore.put}. */
export interface PutOptions {
  /**
   * Default: that of a value or of a web `Blob`, else `application/octet-stream`; of a string
   * `text/plain;charset=utf-8`.
   */
  mediaType?: string | undefined;
  /** Whatever is to be kept with the content. Default: nothing. */
  meta?: Record<string, string> | undefined;
  /** Writes only while the blob is of the generation with this etag. */
  ifMatch?: string | undefined;
  /** Writes only while there is no blob of that id. */
  ifNoneMatch?: '*' | undefined;
  /** Gives the write up when it aborts, unless it has been committed. */
  signal?: AbortSignal | undefined;
}

/** The content that a blob is written from. A string is written as UTF-8. */
export type BlobContent =
  | Uint8Array
  | string
  | BlobValue
  | Blob
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>;

/** Options of {@link BlobStore.watch} and {@link BlobStore.watchAll}. */
export interface BlobWatchOptions {
  /** Stops the watch, with the reason `idle`, when nothing has changed for so long, in ms. Default 600,000. */
  maxIdleTimeout?: number | undefined;
  /** Whether there is a call with what there is at the beginning. Default `true`. */
  initial?: boolean | undefined;
  /** Stops the watch when it aborts. */
  signal?: AbortSignal | undefined;
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
  /**
   * Of a watch of a prefix: the zxid up to which every change was reported, and its call has settled. It also moves
   * while nothing changes.
   */
  readonly position?: bigint | undefined;
  /** Stops the watch: no call begins after this returns. Idempotent. */
  stop(): void;
  /** Adds a listener of errors: the callback threw, or a read failed. The watch continues unless `stop` follows. */
  on(event: 'error', listener: (error: unknown) => void): this;
  /** Adds a listener of the ends of interruptions. */
  on(event: 'resynced', listener: () => void): this;
  /** Adds a listener of the end of the watch. */
  on(event: 'stop', listener: (reason: StopReason) => void): this;
  /** Removes a listener. */
  off(event: 'error', listener: (error: unknown) => void): this;
  /** Removes a listener. */
  off(event: 'resynced', listener: () => void): this;
  /** Removes a listener. */
  off(event: 'stop', listener: (reason: StopReason) => void): this;
}
