import { crc32 } from '../../lib/core/crc32.js';
import { InvalidCheckpointError } from '../../lib/core/errors.js';
import { flawOf } from '../../lib/core/paths.js';
import { ByteReader, ByteWriter, MalformedBytes } from './checkpoint-bytes.js';
import { comparePaths, isWithin } from './path-order.js';

/** A znode as a checkpoint keeps it. */
export interface KnownZnode {
  readonly path: string;
  readonly czxid: bigint;
  readonly mzxid: bigint;
  readonly isEphemeral: boolean;
  /** Whether it could not be read: what it had is unknown. */
  readonly isUnreadable: boolean;
}

/** The znodes known at a moment, each path after its parent's, in the order of `comparePaths`. */
export interface KnownZnodes extends Iterable<KnownZnode> {
  readonly size: number;
}

/** The parts of a checkpoint. */
export interface CheckpointContent {
  /** The path of the watch. */
  readonly root: string;
  readonly position: bigint;
  /** `null` when only the position is known. */
  readonly known: KnownZnodes | null;
}

/** The lowest bits beside the difference of mzxid and czxid. */
const FLAG_BITS = 2n;
const EPHEMERAL = 1n;
const UNREADABLE = 2n;

/** `zkcp` */
const MAGIC = Uint8Array.of(0x7a, 0x6b, 0x63, 0x70);
const VERSION = 1;
const CHECKSUM_BYTES = 4;
/** Of most paths. */
const SCRATCH_BYTES = 256;

/**
 * The format: `zkcp`, version, position, root, whether the znodes are known; their number; for each znode the number of
 * bytes that its path shares with the one before, the rest of the path, the difference of its czxid to the one before,
 * and the difference of its mzxid to its czxid, shifted, with flags; and the CRC-32 of all that.
 */
export function encodeCheckpoint({ root, position, known }: CheckpointContent): Buffer {
  const writer = new ByteWriter();
  writer.bytes(MAGIC);
  writer.byte(VERSION);
  writer.integer(position);
  writeText(writer, root);
  writer.byte(known ? 1 : 0);
  if (known) writeZnodes(writer, known);
  const content = writer.toBuffer();
  const checksum = Buffer.alloc(CHECKSUM_BYTES);
  checksum.writeUInt32BE(crc32(content));
  return Buffer.concat([content, checksum]);
}

/** @throws {@link InvalidCheckpointError} unless the bytes are a checkpoint of this format. */
export function decodeCheckpoint(bytes: Uint8Array): CheckpointContent {
  // A copy with memory of its own: the caller may change the bytes.
  const all = Buffer.from(bytes);
  const content = all.subarray(0, Math.max(0, all.length - CHECKSUM_BYTES));
  if (!content.subarray(0, MAGIC.length).equals(MAGIC)) throw invalidCheckpoint('they begin otherwise');
  const version = content[MAGIC.length];
  if (version !== VERSION) throw invalidCheckpoint(`of their version, ${version ?? 'none'}, nothing is known`);
  if (all.readUInt32BE(content.length) !== crc32(content)) throw invalidCheckpoint('their checksum is wrong');
  try {
    return readContent(content);
  } catch (error) {
    if (error instanceof MalformedBytes) throw invalidCheckpoint('they are malformed');
    throw error;
  }
}

function invalidCheckpoint(reason: string): InvalidCheckpointError {
  return new InvalidCheckpointError(`the bytes are no checkpoint, as ${reason}: start without one`);
}

function writeText(writer: ByteWriter, text: string): void {
  const bytes = Buffer.from(text);
  writer.count(bytes.length);
  writer.bytes(bytes);
}

function writeZnodes(writer: ByteWriter, known: KnownZnodes): void {
  writer.count(known.size);
  let [path, before] = [Buffer.alloc(SCRATCH_BYTES), Buffer.alloc(SCRATCH_BYTES)];
  let [length, lengthBefore, czxidBefore] = [0, 0, 0n];
  for (const each of known) {
    // A character takes at most three bytes for each of its units.
    if (path.length < 3 * each.path.length) path = Buffer.alloc(6 * each.path.length);
    length = path.write(each.path);
    const shared = sharedBytes(before, path, Math.min(lengthBefore, length));
    writer.count(shared);
    writer.count(length - shared);
    writer.bytes(path.subarray(shared, length));
    writer.integer(each.czxid - czxidBefore);
    const flags = (each.isEphemeral ? EPHEMERAL : 0n) | (each.isUnreadable ? UNREADABLE : 0n);
    writer.integer(((each.mzxid - each.czxid) << FLAG_BITS) | flags);
    [path, before, lengthBefore, czxidBefore] = [before, path, length, each.czxid];
  }
}

function sharedBytes(one: Buffer, other: Buffer, most: number): number {
  let shared = 0;
  while (shared < most && one[shared] === other[shared]) shared += 1;
  return shared;
}

function readContent(content: Buffer): CheckpointContent {
  const reader = new ByteReader(content, MAGIC.length + 1);
  const position = reader.integer();
  const root = reader.bytes(reader.count()).toString();
  if (position < 0n || flawOf(root) !== null) throw new MalformedBytes();
  if (reader.byte() === 0) return { root, position, known: null };
  const size = reader.count();
  const known = new EncodedZnodes(content, reader.at, size);
  validateZnodes(root, known);
  return { root, position, known };
}

/** Reads all of them once. Their number is believed last: nothing is allocated for it. */
function validateZnodes(root: string, known: EncodedZnodes): void {
  let before: string | null = null;
  for (const { path } of known) {
    const isInOrder = before === null ? path === root : isWithin(root, path) && comparePaths(before, path) < 0;
    if (!isInOrder) throw new MalformedBytes();
    before = path;
  }
}

/** The znodes of a checkpoint, read again at each iteration: as bytes they take a tenth of the memory. */
class EncodedZnodes implements KnownZnodes {
  readonly size: number;
  readonly #content: Buffer;
  readonly #at: number;

  constructor(content: Buffer, at: number, size: number) {
    this.#content = content;
    this.#at = at;
    this.size = size;
  }

  *[Symbol.iterator](): Generator<KnownZnode> {
    const reader = new ByteReader(this.#content, this.#at);
    let scratch = Buffer.alloc(SCRATCH_BYTES);
    let length = 0;
    let czxid = 0n;
    for (let index = 0; index < this.size; index += 1) {
      const shared = reader.count();
      const rest = reader.bytes(reader.count());
      if (shared > length) throw new MalformedBytes();
      length = shared + rest.length;
      if (length > scratch.length) scratch = Buffer.concat([scratch], 2 * length);
      scratch.set(rest, shared);
      czxid += reader.integer();
      const flagged = reader.integer();
      yield {
        path: scratch.toString('utf8', 0, length),
        czxid,
        mzxid: czxid + (flagged >> FLAG_BITS),
        isEphemeral: (flagged & EPHEMERAL) !== 0n,
        isUnreadable: (flagged & UNREADABLE) !== 0n,
      };
    }
    if (reader.at !== this.#content.length) throw new MalformedBytes();
  }
}
