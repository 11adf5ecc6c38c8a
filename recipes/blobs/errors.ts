import { type ErrorDetails, nameErrors, ZooKeeperError } from '../../lib/core/errors.js';

/** The codes of the errors that only blobs and their values throw. */
export const BLOB_CODES = [
  'BLOB_NOT_FOUND',
  'BLOB_CHANGED',
  'BLOB_TOO_LARGE',
  'BLOB_CORRUPT',
  'BLOB_SUPERSEDED',
  'MEDIA_TYPE_MISMATCH',
  'BLOB_URL_FAILED',
  'BLOB_FILE_FAILED',
] as const;

declare module '../../lib/core/zookeeper-error.js' {
  interface ErrorCodes {
    /** The codes of blobs and their values. */
    blobs: (typeof BLOB_CODES)[number];
  }
}

/** The blob of an error, if it has one. */
export interface BlobErrorDetails extends ErrorDetails {
  /** The id of the blob. */
  id?: string | undefined;
}

/** The part that all errors about blobs share. */
abstract class BlobError extends ZooKeeperError {
  /** The id of the blob; missing when the content has none. */
  declare readonly id?: string;

  constructor(code: (typeof BLOB_CODES)[number], message: string, details: BlobErrorDetails = {}) {
    super(code, message, details);
    if (details.id !== undefined) this.id = details.id;
  }
}

/** There is no blob of that id. */
export class BlobNotFoundError extends BlobError {
  /** Public, so that fakes of a store can make it. */
  constructor(message: string, details?: BlobErrorDetails) {
    super('BLOB_NOT_FOUND', message, details);
  }
}

/** The blob is not of the generation that `ifMatch` names, or exists in spite of `ifNoneMatch`. Nothing was changed. */
export class BlobChangedError extends BlobError {
  /** Public, so that fakes of a store can make it. */
  constructor(message: string, details?: BlobErrorDetails) {
    super('BLOB_CHANGED', message, details);
  }
}

/** The content is larger than the store takes. Nothing was changed. */
export class BlobTooLargeError extends BlobError {
  /** Public, so that fakes of a store can make it. */
  constructor(message: string, details?: BlobErrorDetails) {
    super('BLOB_TOO_LARGE', message, details);
  }
}

/** A stored blob is not as it was written: a damaged manifest, a missing chunk, another length or hash. */
export class BlobCorruptError extends BlobError {
  /** Public, so that fakes of a store can make it. */
  constructor(message: string, details?: BlobErrorDetails) {
    super('BLOB_CORRUPT', message, details);
  }
}

/** This generation of the blob is gone: a newer one has replaced it, or it was deleted. Read the blob again. */
export class BlobSupersededError extends BlobError {
  /** Public, so that fakes of a store can make it. */
  constructor(message: string, details?: BlobErrorDetails) {
    super('BLOB_SUPERSEDED', message, { retryable: true, ...details });
  }
}

/** The media type is not one that the class of the value takes. */
export class MediaTypeMismatchError extends BlobError {
  /** Public, so that fakes can make it. */
  constructor(message: string, details?: BlobErrorDetails) {
    super('MEDIA_TYPE_MISMATCH', message, details);
  }
}

/** Facts about an answer over HTTP. */
export interface BlobUrlErrorDetails extends BlobErrorDetails {
  /** The HTTP status of the answer; missing when there was none. */
  status?: number | undefined;
}

/** A URL gave no content: it answered with another status than 2xx, or not at all. */
export class BlobUrlError extends BlobError {
  /** The HTTP status of the answer; missing when there was none. */
  declare readonly status?: number;

  /** Public, so that fakes can make it. */
  constructor(message: string, details: BlobUrlErrorDetails = {}) {
    super('BLOB_URL_FAILED', message, details);
    if (details.status !== undefined) this.status = details.status;
  }
}

/** The file of a failed read or write. */
export interface BlobFileErrorDetails extends BlobErrorDetails {
  /** The file or folder. */
  file: string;
}

/** The operating system failed to read or write the file of a value. Its error is the `cause`. */
export class BlobFileError extends BlobError {
  /** The file or folder. */
  readonly file: string;

  /** Public, so that fakes can make it. */
  constructor(message: string, details: BlobFileErrorDetails) {
    super('BLOB_FILE_FAILED', message, details);
    this.file = details.file;
  }
}

nameErrors({
  BlobNotFoundError,
  BlobChangedError,
  BlobTooLargeError,
  BlobCorruptError,
  BlobSupersededError,
  MediaTypeMismatchError,
  BlobUrlError,
  BlobFileError,
});
