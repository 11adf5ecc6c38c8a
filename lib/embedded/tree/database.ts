import type { Stat } from '../../core/coordination-client.js';
import type { Behaviour } from '../behaviour.js';
import { ServerSession } from '../sessions/server-session.js';
import { DataTree } from './data-tree.js';
import type { Txn, TxnHeader } from './txn.js';
import { WatchManager } from './watch-manager.js';

/** The result of a transaction: the znode's stat, or one result for each operation of a multi. */
export type Outcome = Stat | null | Outcome[];

/** The state of a server: znodes, sessions, watches, and the zxid of the last txn. */
export class Database {
  readonly watches: WatchManager;
  readonly tree: DataTree;
  readonly sessions = new Map<bigint, ServerSession>();
  lastZxid = 0n;

  /** @param recursiveEventsOf the path in the event of a recursive watch */
  constructor(recursiveEventsOf: Behaviour['recursiveEventsOf'] = 'changed') {
    this.watches = new WatchManager(recursiveEventsOf);
    this.tree = new DataTree(this.watches);
  }

  /** Applies a transaction that was checked before. Watches fire before this returns. */
  apply(header: TxnHeader, txn: Txn): Outcome {
    const outcome = this.#apply(header, txn);
    this.lastZxid = header.zxid;
    return outcome;
  }

  #apply(header: TxnHeader, txn: Txn): Outcome {
    const { zxid, time, sessionId } = header;
    switch (txn.type) {
      case 'create':
        return this.tree.create(txn, zxid, time).stat;
      case 'delete':
        this.tree.delete(txn.path, zxid);
        return null;
      case 'setData':
        return this.tree.setData(txn.path, txn.data, txn.version, zxid, time).stat;
      case 'setAcl':
        return this.tree.setAcl(txn.path, txn.acl, txn.version).stat;
      case 'createSession':
        this.sessions.set(sessionId, new ServerSession(sessionId, txn.password, txn.timeout));
        return null;
      case 'closeSession':
        for (const path of txn.paths) this.tree.delete(path, zxid);
        this.sessions.delete(sessionId);
        return null;
      case 'multi':
        return txn.txns.map((each) => this.#apply(header, each));
      case 'check':
      case 'error':
        return null;
    }
  }
}
