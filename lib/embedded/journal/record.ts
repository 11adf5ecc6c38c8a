import { crc32 } from 'node:zlib';

/** The size of the header: payload length, record number, payload checksum, and the checksum of these three. */
export const RECORD_HEADER_LENGTH = 20;

const NUMBER_AT = 4;
const PAYLOAD_CHECKSUM_AT = 12;
const CHECKSUM_AT = 16;

/** The header of a record. */
export interface RecordHeader {
  /** The length of the payload in bytes. */
  length: number;
  /** The zxid in a log, the position in a snapshot. */
  number: bigint;
  /** The expected checksum of the payload. */
  payloadChecksum: number;
}

/** Writes a record into the target, which must have enough room. */
export function writeRecord(target: Buffer, offset: number, number: bigint, payload: Buffer): void {
  writeRecordHeader(target, offset, number, payload);
  target.set(payload, offset + RECORD_HEADER_LENGTH);
}

/** Encodes the header for a payload. */
export function recordHeader(number: bigint, payload: Buffer): Buffer {
  const header = Buffer.allocUnsafe(RECORD_HEADER_LENGTH);
  writeRecordHeader(header, 0, number, payload);
  return header;
}

function writeRecordHeader(target: Buffer, offset: number, number: bigint, payload: Buffer): void {
  target.writeUInt32BE(payload.length, offset);
  target.writeBigUInt64BE(number, offset + NUMBER_AT);
  target.writeUInt32BE(crc32(payload), offset + PAYLOAD_CHECKSUM_AT);
  target.writeUInt32BE(crc32(target.subarray(offset, offset + CHECKSUM_AT)), offset + CHECKSUM_AT);
}

/** Decodes the header at the start of the bytes; `null` for a wrong checksum. */
export function readRecordHeader(bytes: Buffer): RecordHeader | null {
  if (crc32(bytes.subarray(0, CHECKSUM_AT)) !== bytes.readUInt32BE(CHECKSUM_AT)) return null;
  return {
    length: bytes.readUInt32BE(0),
    number: bytes.readBigUInt64BE(NUMBER_AT),
    payloadChecksum: bytes.readUInt32BE(PAYLOAD_CHECKSUM_AT),
  };
}
