import { JuteReader, JuteWriter } from '../../protocol/jute.js';
import { EMBEDDED_LIMITS } from '../limits.js';
import { ServerSession } from '../sessions/server-session.js';
import { shared } from './acl.js';
import type { Database } from './database.js';
import { more, requireEnd, storedSession, storedZnode } from './txn.js';
import { Znode } from './znode.js';

const PIECE = EMBEDDED_LIMITS.snapshotPiece;

/** Serialises the sessions, then the znodes with parents before children. Consume it before the next transaction. */
export function* writeSnapshot({ sessions, tree }: Database): Generator<Buffer> {
  let writer = new JuteWriter(PIECE);
  for (const session of sessions.values()) {
    more.write(writer, true);
    storedSession.write(writer, session);
  }
  more.write(writer, false);
  for (const [path, znode] of tree.entries()) {
    more.write(writer, true);
    storedZnode.write(writer, { path, ...znode, acl: [...znode.acl] });
    if (writer.length > PIECE) {
      yield writer.bytes;
      writer = new JuteWriter(PIECE);
    }
  }
  more.write(writer, false);
  yield writer.bytes;
}

/** Restores an empty database from a snapshot. */
export function readSnapshot(database: Database, zxid: bigint, bytes: Buffer): void {
  const reader = new JuteReader(bytes);
  while (more.read(reader)) {
    const { id, password, timeout } = storedSession.read(reader);
    database.sessions.set(id, new ServerSession(id, password, timeout));
  }
  while (more.read(reader)) {
    const { path, czxid, ctime, acl, ...stored } = storedZnode.read(reader);
    const znode = new Znode({ ...stored, acl: shared(acl), zxid: czxid, time: ctime });
    database.tree.restore(path, Object.assign(znode, stored));
  }
  requireEnd(reader);
  database.lastZxid = zxid;
}
