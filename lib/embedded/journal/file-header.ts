import { crc32 } from 'node:zlib';
import { hex } from './file-names.js';

/** What a file holds. */
export type FileKind = 'log' | 'snapshot';

/** Bytes in front of the first record of a file: magic, version, zxid, checksum. */
export const FILE_HEADER_LENGTH = 24;

const VERSION = 1;
const MAGIC: Readonly<Record<FileKind, string>> = { log: 'zkr-log\n', snapshot: 'zkr-snp\n' };
const VERSION_AT = 8;
const ZXID_AT = 12;
const CHECKSUM_AT = 20;

/** The front of a file. The zxid is the one in its name. */
export function fileHeader(kind: FileKind, zxid: bigint): Buffer {
  const header = Buffer.alloc(FILE_HEADER_LENGTH);
  header.write(MAGIC[kind], 0, 'latin1');
  header.writeUInt32BE(VERSION, VERSION_AT);
  header.writeBigUInt64BE(zxid, ZXID_AT);
  header.writeUInt32BE(crc32(header.subarray(0, CHECKSUM_AT)), CHECKSUM_AT);
  return header;
}

/** Why these bytes are not the front of such a file and where that shows, or `null` when they are. */
export function faultOfHeader(header: Buffer, kind: FileKind, zxid: bigint): { offset: number; what: string } | null {
  if (header.length < FILE_HEADER_LENGTH) return { offset: header.length, what: 'the file ends within its header' };
  if (header.toString('latin1', 0, VERSION_AT) !== MAGIC[kind]) {
    return { offset: 0, what: `this is not a ${kind} of the embedded server` };
  }
  if (crc32(header.subarray(0, CHECKSUM_AT)) !== header.readUInt32BE(CHECKSUM_AT)) {
    return { offset: 0, what: "the checksum of the file's header is wrong" };
  }
  const version = header.readUInt32BE(VERSION_AT);
  if (version !== VERSION) {
    return {
      offset: VERSION_AT,
      what: `the file has version ${version} of the format and this release reads version ${VERSION}`,
    };
  }
  const found = header.readBigUInt64BE(ZXID_AT);
  if (found === zxid) return null;
  return { offset: ZXID_AT, what: `its header says zxid ${hex(found)}, its name says ${hex(zxid)}` };
}
