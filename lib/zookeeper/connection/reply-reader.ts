import type { WatchedEvent } from '../../core/coordination-client.js';
import { WIRE } from '../../core/limits.js';
import { flawOf } from '../../core/paths.js';
import { quote } from '../../core/validation.js';
import { JuteReader, MalformedRecordError } from '../../protocol/jute.js';
import { EVENT_OF_NO_ZNODE, toWatchedEvent, watcherEventRecord } from '../../protocol/records.js';
import { RECORD_OFFSET as REQUEST_RECORD_OFFSET, type WireRequest } from '../../protocol/requests.js';
import { requireUnmoved } from '../../protocol/session-moved.js';
import { ReplyZxids } from './plausible-zxids.js';

const LENGTH_FIELD = 4;
/** The offsets in a reply, its length field included. */
const XID_OFFSET = 4;
const ZXID_OFFSET = 8;
const ERROR_OFFSET = 16;
const RECORD_OFFSET = 20;

/** The header of a reply or notification. */
export interface ReplyHeader {
  readonly xid: number;
  readonly zxid: bigint;
  /** The server's error number; 0 for none. */
  readonly error: number;
  /** The size of a reply that was too large and is not here; 0 for any other. */
  readonly skipped: number;
}

/** Reads the frames that one server sends after its handshake, and believes none that a server cannot mean. */
export class ReplyReader {
  readonly #zxids: ReplyZxids;
  readonly #chroot: string;

  /**
   * @param lastZxid the transaction in the handshake
   * @param chroot events of other znodes are no events of ours; empty for the root
   */
  constructor(lastZxid: bigint, chroot: string) {
    this.#zxids = new ReplyZxids(lastZxid);
    this.#chroot = chroot;
  }

  /** Reads the header. @throws MalformedRecordError for a frame without one */
  header(frame: Buffer): ReplyHeader {
    if (frame.length < RECORD_OFFSET) throw new MalformedRecordError(`a reply of ${frame.length} bytes`);
    const size = frame.readInt32BE(0);
    return {
      xid: frame.readInt32BE(XID_OFFSET),
      zxid: frame.readBigInt64BE(ZXID_OFFSET),
      error: frame.readInt32BE(ERROR_OFFSET),
      skipped: size + LENGTH_FIELD > frame.length ? size : 0,
    };
  }

  /** Throws for a header whose transaction the server cannot have. */
  check({ zxid }: ReplyHeader): void {
    this.#zxids.check(zxid);
  }

  /**
   * Reads the record of the reply to a request.
   *
   * @returns `undefined` for an error, and for a reply that was skipped
   * @throws MalformedRecordError that names the request
   */
  read<T>(frame: Buffer, { zxid, error, skipped }: ReplyHeader, wire: WireRequest<T>): T | undefined {
    try {
      this.#zxids.check(zxid);
      requireUnmoved(error);
      if (error === 0) return skipped > 0 ? undefined : wire.decode(this.recordOf(frame));
      if (frame.length > RECORD_OFFSET || skipped > 0) throw new MalformedRecordError(`error ${error} with a record`);
      return undefined;
    } catch (reason) {
      if (reason instanceof MalformedRecordError) reason.message = `the reply to ${nameOf(wire)}: ${reason.message}`;
      throw reason;
    }
  }

  /** The record of a reply without an error. */
  recordOf(frame: Buffer): JuteReader {
    const [high, low] = [frame.readInt32BE(ZXID_OFFSET), frame.readUInt32BE(ZXID_OFFSET + 4)];
    const reader = new JuteReader(frame, RECORD_OFFSET, high, low);
    // Smaller frames lie in the buffer that the next bytes are read into.
    if (frame.length > WIRE.readAtOnce && frame.length === frame.buffer.byteLength) reader.share();
    return reader;
  }

  /** Reads a notification; `null` for one of the session. */
  event(frame: Buffer, { zxid, skipped }: ReplyHeader): WatchedEvent | null {
    if (skipped > 0) throw new MalformedRecordError('an event that is too large');
    const read = watcherEventRecord.read(new JuteReader(frame, RECORD_OFFSET));
    if (read.type === EVENT_OF_NO_ZNODE && read.path === '') return null;
    const event = toWatchedEvent(read, this.#zxids.isPlausible(zxid) ? zxid : null);
    if (!event) throw new MalformedRecordError(`an event of type ${read.type}`);
    const { path } = event;
    if (flawOf(path) !== null) throw new MalformedRecordError(`an event of ${quote(path)}`);
    if (path !== this.#chroot && !path.startsWith(`${this.#chroot}/`)) {
      throw new MalformedRecordError(`an event of ${quote(path)}, outside of the chroot`);
    }
    return event;
  }
}

/** The operation with its path, if it is about one. */
function nameOf({ name, frame }: WireRequest<unknown>): string {
  if (frame.length < REQUEST_RECORD_OFFSET + 4) return name;
  const length = frame.readInt32BE(REQUEST_RECORD_OFFSET);
  const start = REQUEST_RECORD_OFFSET + 4;
  const path = length > 0 && start + length <= frame.length ? frame.toString('utf8', start, start + length) : '';
  return flawOf(path) === null ? `${name} ${path}` : name;
}
