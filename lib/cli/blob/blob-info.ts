import { type BlobInfo, BlobNotFoundError } from '../../../recipes/blobs/index.js';
import { quote } from '../../core/validation.js';

/** The description of a blob in JSON. Its bigint becomes a decimal string. */
export function toJsonBlob({ id, size, mediaType, etag, sha256, modified, position, meta }: BlobInfo): object {
  return { id, size, mediaType, etag, sha256, modified: modified.toISOString(), position: `${position}`, meta };
}

/** The id in a line for a person: an id may have line breaks, and signs that terminals obey. */
export function printable(id: string): string {
  return id.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, encodeURIComponent);
}

export function notFound(id: string): BlobNotFoundError {
  return new BlobNotFoundError(`there is no blob ${quote(id)}`, { id });
}
