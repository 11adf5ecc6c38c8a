import { crc32 } from '../../lib/core/crc32.js';
import { InvalidCheckpointError } from '../../lib/core/errors.js';
import { ByteWriter, MalformedBytes } from './checkpoint-bytes.js';

/** The beginning of the bytes of a format. */
export interface Seal {
  /** Four letters. */
  readonly magic: string;
  /** From 0 to 255. */
  readonly version: number;
}

const CHECKSUM_BYTES = 4;

/** Bytes that begin with the seal, and end with the CRC-32 of all before. */
export function seal({ magic, version }: Seal, write: (writer: ByteWriter) => void): Buffer {
  const writer = new ByteWriter();
  writer.bytes(Buffer.from(magic));
  writer.byte(version);
  write(writer);
  const content = writer.toBuffer();
  const checksum = Buffer.alloc(CHECKSUM_BYTES);
  checksum.writeUInt32BE(crc32(content));
  return Buffer.concat([content, checksum]);
}

/**
 * Reads bytes that `seal` has made.
 *
 * @param read gets a copy without the checksum, and where the content begins in it
 * @throws {@link InvalidCheckpointError} for any other bytes, and for those of which `read` throws MalformedBytes.
 */
export function unseal<T>(bytes: Uint8Array, { magic, version }: Seal, read: (content: Buffer, at: number) => T): T {
  // A copy with memory of its own: the caller may change the bytes.
  const all = Buffer.from(bytes);
  const content = all.subarray(0, Math.max(0, all.length - CHECKSUM_BYTES));
  if (content.toString('latin1', 0, magic.length) !== magic) throw invalidCheckpoint('they begin otherwise');
  const found = content[magic.length];
  if (found !== version) throw invalidCheckpoint(`of their version, ${found ?? 'none'}, nothing is known`);
  if (all.readUInt32BE(content.length) !== crc32(content)) throw invalidCheckpoint('their checksum is wrong');
  try {
    return read(content, magic.length + 1);
  } catch (error) {
    if (error instanceof MalformedBytes) throw invalidCheckpoint('they are malformed');
    throw error;
  }
}

function invalidCheckpoint(reason: string): InvalidCheckpointError {
  return new InvalidCheckpointError(`the bytes are no checkpoint, as ${reason}: start without one`);
}
