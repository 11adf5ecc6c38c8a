import type { Acl, Stat, WatchedEvent } from '../core/coordination-client.js';
import { FrozenStat } from '../core/frozen-stat.js';
import { type Codec, type Decoded, int, record, string } from './codec.js';

/** Written by hand for speed: nearly every reply has a stat. */
export const statRecord: Codec<Stat> = {
  least: 68,
  read(reader) {
    const czxid = reader.long();
    const mzxid = reader.long();
    const ctime = reader.safeLong();
    const mtime = reader.safeLong();
    const version = reader.int();
    const cversion = reader.int();
    const aversion = reader.int();
    const ephemeralOwner = reader.long();
    const dataLength = reader.int();
    const numChildren = reader.int();
    const pzxid = reader.long();
    return new FrozenStat({
      czxid,
      mzxid,
      pzxid,
      ctime,
      mtime,
      version,
      cversion,
      aversion,
      ephemeralOwner,
      dataLength,
      numChildren,
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
