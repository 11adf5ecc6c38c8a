import type { Acl, Stat, WatchedEvent } from '../core/coordination-client.js';
import { type Codec, type Decoded, int, record, string } from './codec.js';

/** One bigint for what is equal: each is an object, and a hundred thousand stats are kept. */
function sameOr(known: bigint, value: bigint): bigint {
  return value === known ? known : value;
}

/** By hand: it is in nearly every reply. */
export const statRecord: Codec<Stat> = {
  read(reader) {
    const czxid = reader.long();
    const mzxid = sameOr(czxid, reader.long());
    const ctime = reader.safeLong();
    const mtime = reader.safeLong();
    const version = reader.int();
    const cversion = reader.int();
    const aversion = reader.int();
    const ephemeralOwner = sameOr(0n, reader.long());
    const dataLength = reader.int();
    const numChildren = reader.int();
    const pzxid = sameOr(czxid, reader.long());
    return {
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
    };
  },
  write(writer, value) {
    writer.long(value.czxid).long(value.mzxid).safeLong(value.ctime).safeLong(value.mtime);
    writer.int(value.version).int(value.cversion).int(value.aversion).long(value.ephemeralOwner);
    writer.int(value.dataLength).int(value.numChildren).long(value.pzxid);
  },
};

export const aclRecord: Codec<Acl> = record({ perms: int, scheme: string, id: string });

/** `state` is that of the connection, which the connection knows better. */
export const watcherEventRecord = record({ type: int, state: int, path: string });

/** The numbers of the events. */
export const EventType: Readonly<Record<WatchedEvent['type'], number>> = {
  NodeCreated: 1,
  NodeDeleted: 2,
  NodeDataChanged: 3,
  NodeChildrenChanged: 4,
};

const NAME_OF_EVENT = new Map(Object.entries(EventType).map(([name, type]) => [type, name as WatchedEvent['type']]));

/** The event of a notification, or `null` when it is about no znode (or of a type that is not known). */
export function toWatchedEvent({ type, path }: Decoded<typeof watcherEventRecord>): WatchedEvent | null {
  const name = NAME_OF_EVENT.get(type);
  return name && path !== '' ? { type: name, path } : null;
}
