/// <reference types="node" preserve="true" />

/**
 * Blobs on znodes that can be watched: configuration files, certificates, small uploads. {@link BlobStorage} keeps
 * them, a {@link BlobFile} reads and writes one by its name.
 *
 * @module zk-recipes/blobs
 */

export type { BlobCallback, BlobSource } from './blob-file.js';
export { BlobFile } from './blob-file.js';
export type { BlobGeneration, BlobRange } from './blob-generation.js';
export { decodeBlobId, encodeBlobId, validateBlobId, validatePrefix } from './blob-id.js';
export { BlobStorage } from './blob-storage.js';
export type { BlobChange, BlobStore, BlobsCallback } from './blob-store.js';
export { toWritable, type WritableContent } from './content.js';
export type { BlobErrorDetails, BlobFileErrorDetails, BlobUrlErrorDetails } from './errors.js';
export {
  BlobChangedError,
  BlobCorruptError,
  BlobFileError,
  BlobNotFoundError,
  BlobSupersededError,
  BlobTooLargeError,
  BlobUrlError,
  MediaTypeMismatchError,
} from './errors.js';
export { validateIfMatch, validatePutOptions } from './put-options.js';
export { newSha256 } from './sha256.js';
export type { BlobStorageOptions } from './storage-options.js';
export type { BlobContent, BlobInfo, BlobWatch, BlobWatchOptions, PutOptions } from './types.js';
export {
  BlobRegistry,
  BlobValue,
  blobType,
  matchMediaType,
  parseMediaType,
  type RequestHeaders,
  validateMediaType,
} from './values/index.js';
export { type CompleteWatchOptions, completeWatchOptions } from './watch-options.js';
export { fromWireBlob, toWireBlob, type WireBlob, type WireChange, type WireChanges } from './wire.js';
