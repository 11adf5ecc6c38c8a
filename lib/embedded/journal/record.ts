import { crc32 } from 'node:zlib';

/** Bytes in front of a payload: its length, the record's number, the payload's checksum, the checksum of these three. */
export const RECORD_HEADER_LENGTH = 20;

const NUMBER_AT = 4;
const PAYLOAD_CHECKSUM_AT = 12;
const CHECKSUM_AT = 16;

/** A record's header, as read. */
export interface RecordHeader {
  /** Bytes of payload behind the header. */
  length: number;
  /** The zxid in a log, the position in a snapshot. */
  number: bigint;
  /** The checksum that the payload must have. */
  payloadChecksum: number;
}

/** Writes a record into the target, which has room for it. */
export function writeRecord(target: Buffer, offset: number, number: bigint, payload: Buffer): void {
  writeRecordHeader(target, offset, number, payload);
  target.set(payload, offset + RECORD_HEADER_LENGTH);
}

/** The header that goes in front of the payload. */
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

/** The header at the front of the bytes, or `null` when its checksum is wrong. */
export function readRecordHeader(bytes: Buffer): RecordHeader | null {
  if (crc32(bytes.subarray(0, CHECKSUM_AT)) !== bytes.readUInt32BE(CHECKSUM_AT)) return null;
  return {
    length: bytes.readUInt32BE(0),
    number: bytes.readBigUInt64BE(NUMBER_AT),
    payloadChecksum: bytes.readUInt32BE(PAYLOAD_CHECKSUM_AT),
  };
}
