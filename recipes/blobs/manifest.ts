import type { Stat } from '../../lib/core/coordination-client.js';
import { quote } from '../../lib/core/validation.js';
import { type KeptData, keepData, toBuffer } from '../observing/index.js';
import { BlobCorruptError } from './errors.js';
import { sha256Of } from './sha256.js';
import type { BlobInfo } from './types.js';

/** The description of a generation, as its manifest has it. */
export interface Manifest {
  /** A UUID, which is the etag too. */
  readonly generation: string;
  readonly size: number;
  readonly mediaType: string;
  readonly sha256: string;
  readonly meta: Readonly<Record<string, string>>;
  /** `null` when the content is in the manifest itself. */
  readonly chunkSize: number | null;
  /** The content, unless it is in chunks. */
  readonly inline: KeptData | null;
}

const FORMAT = 1;
const NEWLINE = 10;
const GENERATION = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
const SHA256 = /^[\da-f]{64}$/;

/** A JSON header, a line feed, then the content unless it is in chunks. */
export function encodeManifest({ inline, ...header }: Manifest): Buffer {
  const head = Buffer.from(`${JSON.stringify({ format: FORMAT, ...header })}\n`);
  const content = typeof inline === 'string' ? toBuffer(inline) : inline;
  return content ? Buffer.concat([head, content]) : head;
}

/** Whether the data of a znode is a manifest: znodes between the segments of ids have no data. */
export function isManifest(data: Buffer): boolean {
  return data.length > 0;
}

/** Reads a manifest, or says what is wrong with it. */
export function decodeManifest(data: Buffer): Manifest | string {
  const end = data.indexOf(NEWLINE);
  const manifest = end === -1 ? null : toManifest(data.toString('utf8', 0, end));
  if (!manifest) return 'its manifest cannot be read';
  if (manifest.chunkSize !== null) return manifest;
  const inline = data.subarray(end + 1);
  if (inline.length !== manifest.size) return 'its length is not what the manifest says';
  if (sha256Of(inline) !== manifest.sha256) return 'its SHA-256 is not what the manifest says';
  manifest.inline = keepData(inline);
  return manifest;
}

/** @throws {@link BlobCorruptError} unless the data is a manifest as it was written. */
export function parseManifest(id: string, path: string, data: Buffer): Manifest {
  const manifest = decodeManifest(data);
  if (typeof manifest === 'string') throw corrupt(id, path, manifest);
  return manifest;
}

/** The error for a blob that is not as it was written. */
export function corrupt(id: string, path: string, flaw: string): BlobCorruptError {
  return new BlobCorruptError(`the blob ${quote(id)} is damaged: ${flaw}. Write it again, or delete it`, { id, path });
}

/** The description of a generation. @param stat of its manifest, or of whatever its transaction has made */
export function toInfo(
  id: string,
  { generation, size, mediaType, sha256, meta }: Manifest,
  { mzxid, mtime }: Pick<Stat, 'mzxid' | 'mtime'>,
): BlobInfo {
  const modified = new Date(mtime);
  return Object.freeze({ id, size, mediaType, etag: generation, sha256, modified, position: mzxid, meta });
}

function toManifest(header: string): (Manifest & { inline: KeptData | null }) | null {
  try {
    const { format, generation, size, mediaType, sha256, meta, chunkSize } = JSON.parse(header);
    const isValid =
      format === FORMAT &&
      GENERATION.test(generation) &&
      isCount(size, 0) &&
      typeof mediaType === 'string' &&
      isMeta(meta) &&
      // That of an inline content is compared with its own.
      (chunkSize === null || (isCount(chunkSize, 1) && SHA256.test(sha256)));
    Object.freeze(meta);
    return isValid ? { generation, size, mediaType, sha256, meta, chunkSize, inline: null } : null;
  } catch {
    return null;
  }
}

function isCount(value: unknown, least: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= least;
}

function isMeta(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((each) => typeof each === 'string');
}
