import type { BlobCallback, BlobFile } from './blob-file.js';
import type { BlobContent, BlobInfo, BlobWatch, BlobWatchOptions, PutOptions } from './types.js';

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

/** The function of {@link BlobStore.watchAll}. Return `false`, or a promise of `false`, to stop the watch. */
export type BlobsCallback = (changes: readonly BlobChange[]) => unknown;

/** A storage of blobs: on znodes ({@link BlobStorage}), or behind an HTTP face (`RemoteBlobStorage`). */
export interface BlobStore {
  /** Bytes of the largest blob, where that is known. */
  readonly maxBlobSize?: number;
  /** Writes a blob. Resolves with what was written once it stands. */
  put(id: string, content: BlobContent, options?: PutOptions): Promise<BlobInfo>;
  /** The newest generation's description; `null` when there is no such blob. */
  info(id: string): Promise<BlobInfo | null>;
  /** The newest generation, for ever; `null` when there is no such blob. */
  get(id: string): Promise<BlobFile | null>;
  /** Deletes a blob. `false` when there was none. */
  delete(id: string, options?: { ifMatch?: string | undefined }): Promise<boolean>;
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
