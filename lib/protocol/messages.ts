import { boolean, buffer, int, long, record, string, text, vector } from './codec.js';
import { acl, stat } from './records.js';

/** The first frame of a connection. `readOnly` follows, except from clients before 3.4. */
export const connectRequest = record({
  protocolVersion: int,
  lastZxid: long,
  sessionTimeout: int,
  sessionId: long,
  password: buffer,
});

/** Its answer; a timeout of 0 says that there is no such session. `readOnly` follows for those who sent it. */
export const connectResponse = record({ protocolVersion: int, sessionTimeout: int, sessionId: long, password: buffer });

/** What each later request starts with. */
export const requestHeader = record({ xid: int, op: int });

/** What each later answer starts with. */
export const replyHeader = record({ xid: int, zxid: long, error: int });

export const authPacket = record({ type: int, scheme: string, auth: buffer });

export const pathAndWatch = record({ path: text, watch: boolean });
export const pathOnly = record({ path: text });
export const pathAndVersion = record({ path: text, version: int });
export const pathAndStat = record({ path: text, stat });
export const pathAndType = record({ path: text, type: int });
export const pathAndMode = record({ path: text, mode: int });

export const createRequest = record({ path: text, data: buffer, acl: vector(acl), flags: int });
export const createTtlRequest = record({ path: text, data: buffer, acl: vector(acl), flags: int, ttl: long });
export const setDataRequest = record({ path: text, data: buffer, version: int });
export const setAclRequest = record({ path: text, acl: vector(acl), version: int });

export const statOnly = record({ stat });
export const dataAndStat = record({ data: buffer, stat });
export const childrenOnly = record({ children: vector(string) });
export const childrenAndStat = record({ children: vector(string), stat });
export const aclAndStat = record({ acl: vector(acl), stat });
export const errorOnly = record({ error: int });
export const totalOnly = record({ total: int });

export const setWatches = record({
  relativeZxid: long,
  data: vector(text),
  exist: vector(text),
  child: vector(text),
});
export const setWatches2 = record({
  relativeZxid: long,
  data: vector(text),
  exist: vector(text),
  child: vector(text),
  persistent: vector(text),
  persistentRecursive: vector(text),
});

export const whoAmIResponse = record({ clientInfo: vector(record({ scheme: string, user: string })) });

/** What stands before each operation of a transaction, and, with `done`, after the last one. */
export const multiHeader = record({ op: int, done: boolean, error: int });
