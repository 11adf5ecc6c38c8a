import { flawOf } from '../../lib/core/paths.js';
import { ByteReader, type ByteWriter, MalformedBytes, SharedTextReader, SharedTextWriter } from './checkpoint-bytes.js';
import { comparePaths, isWithin } from './path-order.js';
import { seal, unseal } from './sealed-bytes.js';

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

const SEAL = { magic: 'zkcp', version: 1 } as const;

/**
 * The format: `zkcp`, version, position, root, whether the znodes are known; their number; for each znode the number of
 * bytes that its path shares with the one before, the rest of the path, the difference of its czxid to the one before,
 * and the difference of its mzxid to its czxid, shifted, with flags; and the CRC-32 of all that.
 */
export function encodeCheckpoint({ root, position, known }: CheckpointContent): Buffer {
  return seal(SEAL, (writer) => {
    writer.integer(position);
    writer.text(root);
    writer.byte(known ? 1 : 0);
    if (known) writeZnodes(writer, known);
  });
}

/** @throws {@link InvalidCheckpointError} unless the bytes are a checkpoint of this format. */
export function decodeCheckpoint(bytes: Uint8Array): CheckpointContent {
  return unseal(bytes, SEAL, readContent);
}

function writeZnodes(writer: ByteWriter, known: KnownZnodes): void {
  writer.count(known.size);
  const paths = new SharedTextWriter(writer);
  let czxidBefore = 0n;
  for (const each of known) {
    paths.write(each.path);
    writer.integer(each.czxid - czxidBefore);
    const flags = (each.isEphemeral ? EPHEMERAL : 0n) | (each.isUnreadable ? UNREADABLE : 0n);
    writer.integer(((each.mzxid - each.czxid) << FLAG_BITS) | flags);
    czxidBefore = each.czxid;
  }
}

function readContent(content: Buffer, at: number): CheckpointContent {
  const reader = new ByteReader(content, at);
  const position = reader.integer();
  const root = reader.text();
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
    const paths = new SharedTextReader(reader);
    let czxid = 0n;
    for (let index = 0; index < this.size; index += 1) {
      const path = paths.read();
      czxid += reader.integer();
      const flagged = reader.integer();
      yield {
        path,
        czxid,
        mzxid: czxid + (flagged >> FLAG_BITS),
        isEphemeral: (flagged & EPHEMERAL) !== 0n,
        isUnreadable: (flagged & UNREADABLE) !== 0n,
      };
    }
    if (reader.at !== this.#content.length) throw new MalformedBytes();
  }
}
