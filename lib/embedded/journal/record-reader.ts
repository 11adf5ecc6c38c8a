import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { EMBEDDED_LIMITS } from '../limits.js';
import { RECORD_HEADER_LENGTH, readRecordHeader } from './record.js';

/** A complete record. */
export interface FoundRecord {
  type: 'record';
  /** The offset in the file at which the record begins. */
  offset: number;
  /** The zxid in a log, the position in a snapshot. */
  number: bigint;
  /** Valid until the next record is read. */
  payload: Buffer;
}

/** Bytes that are not a valid record. */
export interface FoundFault {
  type: 'fault';
  /** The offset in the file at which they begin. */
  offset: number;
  /** Whether a killed process or a power failure can leave such bytes at the end of a file. */
  isTorn: boolean;
  /** Describes the fault for the error message. */
  reason: string;
}

const CHUNK = EMBEDDED_LIMITS.readChunk;

/** Reads a file record by record, with one chunk of it in memory. */
export class RecordReader {
  readonly #handle: FileHandle;
  readonly #size: number;
  #chunk = Buffer.allocUnsafeSlow(CHUNK);
  /** The unused part of the chunk goes from `#start` to `#end`. */
  #start = 0;
  #end = 0;
  #offset = 0;

  private constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.#size = size;
  }

  /** The file must not change in the meantime. */
  static async of(handle: FileHandle): Promise<RecordReader> {
    return new RecordReader(handle, (await handle.stat()).size);
  }

  /** The length of the file. */
  get size(): number {
    return this.#size;
  }

  /** The offset in the file of the next bytes. */
  get offset(): number {
    return this.#offset;
  }

  /** Reads the next bytes, fewer at the end of the file. Valid until the next read. */
  async take(length: number): Promise<Buffer> {
    const bytes = (await this.#look(length)).subarray(0, length);
    this.#start += bytes.length;
    this.#offset += bytes.length;
    return bytes;
  }

  /** Reads the next record or fault; `null` at the end of the file. */
  async next(): Promise<FoundRecord | FoundFault | null> {
    const offset = this.#offset;
    const left = this.#size - offset;
    if (left === 0) return null;
    const fault = (isTorn: boolean, reason: string): FoundFault => ({ type: 'fault', offset, isTorn, reason });
    if (left < RECORD_HEADER_LENGTH) return fault(true, "the file ends within a record's header");
    const header = readRecordHeader(await this.#look(RECORD_HEADER_LENGTH));
    if (header === null) {
      return (await this.#hasOnlyZeros())
        ? fault(true, 'the file ends in zeros')
        : fault(false, "the checksum of a record's header is wrong");
    }
    if (header.length > left - RECORD_HEADER_LENGTH) return fault(true, 'the file ends within a record');
    const bytes = await this.take(RECORD_HEADER_LENGTH + header.length);
    const payload = bytes.subarray(RECORD_HEADER_LENGTH);
    if (crc32(payload) !== header.payloadChecksum) return fault(false, 'the checksum of a record is wrong');
    return { type: 'record', offset, number: header.number, payload };
  }

  async #hasOnlyZeros(): Promise<boolean> {
    while (this.#offset < this.#size) {
      const bytes = await this.take(CHUNK);
      if (bytes.some((byte) => byte !== 0)) return false;
    }
    return true;
  }

  /** Returns the unused bytes, at least `length` unless the file ends before. */
  async #look(length: number): Promise<Buffer> {
    const wanted = Math.min(length, this.#size - this.#offset);
    if (this.#end - this.#start < wanted) await this.#fill(wanted);
    return this.#chunk.subarray(this.#start, this.#end);
  }

  async #fill(wanted: number): Promise<void> {
    const held = this.#chunk.subarray(this.#start, this.#end);
    const chunk = wanted > this.#chunk.length ? Buffer.allocUnsafeSlow(wanted) : this.#chunk;
    held.copy(chunk);
    this.#chunk = chunk;
    this.#start = 0;
    this.#end = held.length;
    while (this.#end < wanted) {
      const position = this.#offset + this.#end;
      const { bytesRead } = await this.#handle.read(chunk, this.#end, chunk.length - this.#end, position);
      if (bytesRead === 0) throw new Error('the file became shorter while it was read');
      this.#end += bytesRead;
    }
  }
}
