/// <reference types="node" preserve="true" />

/**
 * Blobs on znodes that can be watched: configuration files, certificates, small uploads. {@link BlobStorage} keeps
 * them, a {@link BlobFile} reads and writes one by its name.
 *
 * @module zk-recipes/blobs
 */

export {
  ConnectionLossError,
  InvalidArgumentError,
  InvalidPathError,
  SessionExpiredError,
  ZooKeeperError,
} from '../../lib/core/errors.js';
export type { TransactionalClient, ZnodeTransaction } from '../../lib/core/transactional-client.js';
export type { StopReason, WatchStatus } from '../delivering/index.js';
export type { BlobCallback, BlobSource } from './blob-file.js';
export { BlobFile } from './blob-file.js';
export type { BlobGeneration, BlobRange } from './blob-generation.js';
export { BlobStorage } from './blob-storage.js';
export type { BlobChange, BlobStore, BlobsCallback } from './blob-store.js';
export type { CollectedGarbage } from './collected-garbage.js';
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
export type { BlobStorageOptions } from './storage-options.js';
export type { BlobContent, BlobInfo, BlobWatch, BlobWatchOptions, PutOptions } from './types.js';
export type {
  BlobJson,
  MediaType,
  RequestHeaders,
  UrlValueOptions,
  ValueOptions,
  ValueSource,
} from './values/index.js';
export { BlobRegistry, BlobValue, blobType, matchMediaType, parseMediaType } from './values/index.js';
