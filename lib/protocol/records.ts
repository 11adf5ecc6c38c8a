import type { Acl, Stat, WatchedEvent } from '../core/coordination-client.js';
import { FrozenStat } from '../core/frozen-stat.js';
import { type Codec, type Decoded, int, record, string } from './codec.js';
import { safeLongAt } from './jute.js';

const STAT_BYTES = 68;

/** The offsets of two zxids in a stat. The first of its fields is the czxid. */
export const MZXID = 8;
export const PZXID = 60;

/** The long at an offset; the bigint of another one where both are equal: each bigint is an object. */
function longAt(view: DataView, at: number, other: bigint, otherAt: number): bigint {
  const isSame = view.getInt32(at + 4) === view.getInt32(otherAt + 4) && view.getInt32(at) === view.getInt32(otherAt);
  return isSame ? other : view.getBigInt64(at);
}

/** Written by hand for speed: nearly every reply has a stat. */
export const statRecord: Codec<Stat> = {
  least: STAT_BYTES,
  read(reader) {
    const { view } = reader;
    const at = reader.skip(STAT_BYTES);
    const czxid = view.getBigInt64(at);
    return new FrozenStat({
      czxid,
      mzxid: longAt(view, at + MZXID, czxid, at),
      pzxid: longAt(view, at + PZXID, czxid, at),
      ctime: safeLongAt(view, at + 16),
      mtime: safeLongAt(view, at + 24),
      version: view.getInt32(at + 32),
      cversion: view.getInt32(at + 36),
      aversion: view.getInt32(at + 40),
      ephemeralOwner: view.getInt32(at + 44) === 0 && view.getInt32(at + 48) === 0 ? 0n : view.getBigInt64(at + 44),
      dataLength: view.getInt32(at + 52),
      numChildren: view.getInt32(at + 56),
    });
  },
  write(writer, value) {
    writer.long(value.czxid).long(value.mzxid).safeLong(value.ctime).safeLong(value.mtime);
    writer.int(value.version).int(value.cversion).int(value.aversion).long(value.ephemeralOwner);
    writer.int(value.dataLength).int(value.numChildren).long(value.pzxid);
  },
};

export const aclRecord: Codec<Acl> = record({ perms: int, scheme: string, id: string });

/** A notification. Its `state` is that of the connection, and is ignored. */
export const watcherEventRecord = record({ type: int, state: int, path: string });

/** The numbers of the events. */
export const EventType: Readonly<Record<WatchedEvent['type'], number>> = {
  NodeCreated: 1,
  NodeDeleted: 2,
  NodeDataChanged: 3,
  NodeChildrenChanged: 4,
};

/** The type of a notification about the session. No server sends it any more. */
export const EVENT_OF_NO_ZNODE = -1;

const NAME_OF_EVENT = new Map(Object.entries(EventType).map(([name, type]) => [type, name as WatchedEvent['type']]));

/**
 * The event of a notification; `null` for one without a znode or of an unknown type.
 *
 * @param zxid of its transaction; `null` if that is unknown
 */
export function toWatchedEvent(
  { type, path }: Decoded<typeof watcherEventRecord>,
  zxid: bigint | null,
): WatchedEvent | null {
  const name = NAME_OF_EVENT.get(type);
  if (!name || path === '') return null;
  return zxid === null ? { type: name, path } : { type: name, path, zxid };
}
