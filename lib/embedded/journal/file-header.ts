import { crc32 } from 'node:zlib';
import { hex } from '../hex.js';

/** The type of a journal file. */
export type FileType = 'log' | 'snapshot';

/** The size of the header in front of the first record: magic, version, zxid, checksum. */
export const FILE_HEADER_LENGTH = 24;

const VERSION = 1;
const MAGIC: Readonly<Record<FileType, string>> = { log: 'zkr-log\n', snapshot: 'zkr-snp\n' };
const VERSION_AT = 8;
const ZXID_AT = 12;
const CHECKSUM_AT = 20;

/** Encodes the header of a file. The zxid is the one in its name. */
export function fileHeader(type: FileType, zxid: bigint): Buffer {
  const header = Buffer.alloc(FILE_HEADER_LENGTH);
  header.write(MAGIC[type], 0, 'latin1');
  header.writeUInt32BE(VERSION, VERSION_AT);
  header.writeBigUInt64BE(zxid, ZXID_AT);
  header.writeUInt32BE(crc32(header.subarray(0, CHECKSUM_AT)), CHECKSUM_AT);
  return header;
}

/** Checks the header of a file. Returns the damage, or `null` for a valid header. */
export function faultOfHeader(header: Buffer, type: FileType, zxid: bigint): { offset: number; reason: string } | null {
  if (header.length < FILE_HEADER_LENGTH) return { offset: header.length, reason: 'the file ends within its header' };
  if (header.toString('latin1', 0, VERSION_AT) !== MAGIC[type]) {
    return { offset: 0, reason: `this is not a ${type} of the embedded server` };
  }
  if (crc32(header.subarray(0, CHECKSUM_AT)) !== header.readUInt32BE(CHECKSUM_AT)) {
    return { offset: 0, reason: "the checksum of the file's header is wrong" };
  }
  const version = header.readUInt32BE(VERSION_AT);
  if (version !== VERSION) {
    return {
      offset: VERSION_AT,
      reason: `the file has version ${version} of the format and this release reads version ${VERSION}`,
    };
  }
  const found = header.readBigUInt64BE(ZXID_AT);
  if (found === zxid) return null;
  return { offset: ZXID_AT, reason: `its header says zxid ${hex(found)}, its name says ${hex(zxid)}` };
}
