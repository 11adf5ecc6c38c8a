import type { Acl, Stat, WatchedEvent } from '../coordination-client.js';
import type { JuteReader, JuteWriter } from './jute.js';

const EVENT_TYPES: Readonly<Record<number, WatchedEvent['type']>> = {
  1: 'NodeCreated',
  2: 'NodeDeleted',
  3: 'NodeDataChanged',
  4: 'NodeChildrenChanged',
};

export function readStat(reader: JuteReader): Stat {
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
}

export function readAcl(reader: JuteReader): Acl {
  return { perms: reader.int(), scheme: reader.string(), id: reader.string() };
}

export function writeAcl(writer: JuteWriter, { perms, scheme, id }: Acl): void {
  writer.int(perms).string(scheme).string(id);
}

/** The event of a notification, or `null` when it is about no znode (or of a type that is not known). */
export function readWatchedEvent(reader: JuteReader): WatchedEvent | null {
  const type = EVENT_TYPES[reader.int()];
  reader.int(); // the state of the connection, which the connection knows better
  const path = reader.string();
  return type && path !== '' ? { type, path } : null;
}
