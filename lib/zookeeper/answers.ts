import type { Acl, Stat } from '../core/coordination-client.js';

/** An access control list, and the stat of its znode. */
export interface AclAndStat {
  /** The access control list. */
  acl: Acl[];
  /** The znode's stat; `stat.aversion` is the version of the list. */
  stat: Stat;
}

/** An identity that a server knows a client by. */
export interface ClientIdentity {
  /** The authentication scheme: `ip`, `digest`, `sasl`, `x509`, ... */
  scheme: string;
  /** In the syntax of the scheme. For `digest` it is the user alone. */
  id: string;
}
