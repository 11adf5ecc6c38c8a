import { boolean, buffer, int, long, record, string, text, vector } from './codec.js';
import { aclRecord, statRecord } from './records.js';

/** The first frame of a connection. `readOnly` follows, except from clients before 3.4. */
export const connectRequestRecord = record({
  protocolVersion: int,
  lastZxid: long,
  sessionTimeout: int,
  sessionId: long,
  password: buffer,
});

/**
 * The reply to the first frame; a timeout of 0 means that the session does not exist. `readOnly` follows for clients
 * that sent it.
 */
export const connectResponseRecord = record({
  protocolVersion: int,
  sessionTimeout: int,
  sessionId: long,
  password: buffer,
});

/** The beginning of each later request. */
export const requestHeaderRecord = record({ xid: int, op: int });

export const authRecord = record({ type: int, scheme: string, auth: buffer });

/** One token of a SASL exchange, in either direction. A server without SASL answers with `null`. */
export const saslRecord = record({ token: buffer });

export const pathAndWatchRecord = record({ path: text, watch: boolean });
export const pathOnlyRecord = record({ path: text });
export const pathAndVersionRecord = record({ path: text, version: int });
export const pathAndStatRecord = record({ path: text, stat: statRecord });
export const pathAndTypeRecord = record({ path: text, type: int });
export const pathAndModeRecord = record({ path: text, mode: int });

export const createRecord = record({ path: text, data: buffer, acl: vector(aclRecord), flags: int });
export const createTtlRecord = record({ path: text, data: buffer, acl: vector(aclRecord), flags: int, ttl: long });
export const setDataRecord = record({ path: text, data: buffer, version: int });
export const setAclRecord = record({ path: text, acl: vector(aclRecord), version: int });

export const statOnlyRecord = record({ stat: statRecord });
export const dataAndStatRecord = record({ data: buffer, stat: statRecord });
export const childrenOnlyRecord = record({ children: vector(string) });
export const aclAndStatRecord = record({ acl: vector(aclRecord), stat: statRecord });
export const errorOnlyRecord = record({ error: int });

const oneShots = { relativeZxid: long, data: vector(text), exist: vector(text), child: vector(text) };

export const setWatchesRecord = record(oneShots);
export const setWatches2Record = record({
  ...oneShots,
  persistent: vector(text),
  persistentRecursive: vector(text),
});

/** Precedes each operation of a transaction; with `done`, follows the last one. */
export const multiHeaderRecord = record({ op: int, done: boolean, error: int });

export const whoAmIResponseRecord = record({ clientInfo: vector(record({ scheme: string, user: string })) });
