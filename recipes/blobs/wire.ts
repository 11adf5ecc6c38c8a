import { parseZxid } from '../../lib/core/parse-zxid.js';
import type { BlobInfo } from './types.js';

/** A blob as the HTTP face describes it. */
export interface WireBlob {
  readonly id: string;
  readonly size: number;
  readonly media_type: string;
  readonly etag: string;
  readonly sha256: string;
  /** As `Date.toISOString` has it. */
  readonly modified: string;
  readonly position: string;
  readonly meta: Readonly<Record<string, string>>;
}

/** The state of a blob after a position. */
interface WireChange {
  readonly id: string;
  /** `null`: there is none. */
  readonly blob: WireBlob | null;
}

/** The answer to a request for changes. */
export interface WireChanges {
  /** Everything up to it is known now: the `since` of the next request. */
  readonly position: string;
  /** Who says so: the `cursor` of the next request. */
  readonly cursor: string;
  /** Whether `changes` has every blob that there is: all others are gone. */
  readonly reset?: true;
  readonly changes: readonly WireChange[];
}

/** Describes a blob. */
export function toWireBlob({ mediaType, modified, position, ...rest }: BlobInfo): WireBlob {
  return { ...rest, media_type: mediaType, modified: modified.toISOString(), position: `${position}` };
}

/** The blob of a description; `null` for what is none. */
export function fromWireBlob(wire: unknown): BlobInfo | null {
  const { id, size, media_type: mediaType, etag, sha256, modified, position, meta } = (wire ?? {}) as Partial<WireBlob>;
  const isText = [id, mediaType, etag, sha256, modified].every((each) => typeof each === 'string');
  const zxid = parseZxid(`${position}`);
  if (!isText || !Number.isSafeInteger(size) || zxid === undefined) return null;
  if (typeof meta !== 'object' || meta === null) return null;
  const known = { id, size, mediaType, etag, sha256, meta: Object.freeze({ ...meta }) } as BlobInfo;
  return Object.freeze({ ...known, modified: new Date(`${modified}`), position: zxid });
}
