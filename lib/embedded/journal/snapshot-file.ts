import { constants } from 'node:buffer';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { EMBEDDED_LIMITS } from '../limits.js';
import { type Damage, damagedSnapshot } from './damage.js';
import { FILE_HEADER_LENGTH, faultOfHeader, fileHeader } from './file-header.js';
import { snapshotName, temporaryName } from './file-names.js';
import { type Files, openNew, removeFile, writeAll } from './files.js';
import { recordHeader } from './record.js';
import { RecordReader } from './record-reader.js';
import { reportingIo } from './reporting-io.js';

const BLOCK = EMBEDDED_LIMITS.snapshotBlock;

const NOTHING = Buffer.alloc(0);

/** Writes and syncs a snapshot under its temporary name. Removes the file after a failure. */
export async function writeSnapshot(
  folder: string,
  zxid: bigint,
  pieces: Iterable<Buffer>,
  files: Files,
): Promise<void> {
  const file = join(folder, temporaryName(snapshotName(zxid)));
  try {
    await reportingIo('Writing the snapshot', file, async () => {
      const handle = await openNew(file, files);
      try {
        await writePieces(handle, zxid, pieces);
        await handle.sync();
      } finally {
        await handle.close();
      }
    });
  } catch (error) {
    await removeFile(file, files).catch(() => {});
    throw error;
  }
}

async function writePieces(handle: FileHandle, zxid: bigint, pieces: Iterable<Buffer>): Promise<void> {
  let position = 0;
  let number = 0n;
  const write = async (bytes: Buffer): Promise<void> => {
    await writeAll(handle, bytes, position);
    position += bytes.length;
  };
  const writeBlock = async (payload: Buffer): Promise<void> => {
    number += 1n;
    await write(recordHeader(number, payload));
    await write(payload);
  };
  await write(fileHeader('snapshot', zxid));
  for (const block of inBlocks(pieces)) await writeBlock(block);
  await writeBlock(NOTHING);
}

/** Regroups the bytes into blocks of one size; the last one may be shorter. */
function* inBlocks(pieces: Iterable<Buffer>): Generator<Buffer> {
  let gathered: Buffer[] = [];
  let length = 0;
  for (const piece of pieces) {
    for (let rest = piece; rest.length > 0; ) {
      const part = rest.subarray(0, BLOCK - length);
      rest = rest.subarray(part.length);
      gathered.push(part);
      length += part.length;
      if (length < BLOCK) continue;
      yield Buffer.concat(gathered, length);
      gathered = [];
      length = 0;
    }
  }
  if (length > 0) yield Buffer.concat(gathered, length);
}

/** Reads a snapshot and checks every byte of it. */
export function readSnapshot(folder: string, zxid: bigint, files: Files): Promise<Buffer> {
  const file = join(folder, snapshotName(zxid));
  return reportingIo('Reading the snapshot', file, async () => {
    const handle = await files.open(file, 'r');
    try {
      return await readPieces(file, await RecordReader.of(handle), zxid);
    } finally {
      await handle.close();
    }
  });
}

async function readPieces(file: string, reader: RecordReader, zxid: bigint): Promise<Buffer> {
  const damaged = (at: Damage): Error => damagedSnapshot(file, at);
  if (reader.size > constants.MAX_LENGTH)
    throw damaged({ offset: constants.MAX_LENGTH, reason: 'the file is too large' });
  const fault = faultOfHeader(await reader.take(FILE_HEADER_LENGTH), 'snapshot', zxid);
  if (fault !== null) throw damaged(fault);
  const state = Buffer.allocUnsafeSlow(reader.size);
  let length = 0;
  for (let number = 1n; ; number++) {
    const found = await reader.next();
    if (found === null)
      throw damaged({ offset: reader.offset, reason: 'the file ends before the end of the snapshot' });
    if (found.type === 'fault') throw damaged(found);
    if (found.number !== number) throw damaged({ offset: found.offset, reason: 'a block is not in its place' });
    if (found.payload.length === 0) break;
    found.payload.copy(state, length);
    length += found.payload.length;
  }
  if (reader.offset < reader.size) {
    throw damaged({ offset: reader.offset, reason: 'bytes follow the end of the snapshot' });
  }
  return state.subarray(0, length);
}
