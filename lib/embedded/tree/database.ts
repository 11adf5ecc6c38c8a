import type { Stat } from '../../core/coordination-client.js';
import { Session } from '../sessions/session.js';
import { DataTree } from './data-tree.js';
import type { Transaction, TransactionHeader } from './transaction.js';
import { WatchManager } from './watch-manager.js';

/** What a transaction left behind: the znode's stat, or one for each of several operations. */
export type Outcome = Stat | null | Outcome[];

/** All that the server knows: the znodes, the sessions, the watches, and the zxid of the last change. */
export class Database {
  readonly watches = new WatchManager();
  readonly tree = new DataTree(this.watches);
  readonly sessions = new Map<bigint, Session>();
  lastZxid = 0n;

  /** Makes a change that has been found to be possible. Watches fire before it returns. */
  apply(header: TransactionHeader, transaction: Transaction): Outcome {
    const outcome = this.#apply(header, transaction);
    this.lastZxid = header.zxid;
    return outcome;
  }

  #apply(header: TransactionHeader, transaction: Transaction): Outcome {
    const { zxid, time, sessionId } = header;
    switch (transaction.type) {
      case 'create':
        return this.tree.create(transaction, zxid, time).stat;
      case 'delete':
        this.tree.delete(transaction.path, zxid);
        return null;
      case 'setData':
        return this.tree.setData(transaction.path, transaction.data, transaction.version, zxid, time).stat;
      case 'setAcl':
        return this.tree.setAcl(transaction.path, transaction.acl, transaction.version).stat;
      case 'createSession':
        this.sessions.set(sessionId, new Session(sessionId, transaction.password, transaction.timeout));
        return null;
      case 'closeSession':
        for (const path of transaction.paths) this.tree.delete(path, zxid);
        this.sessions.delete(sessionId);
        return null;
      case 'multi':
        return transaction.transactions.map((each) => this.#apply(header, each));
      case 'check':
      case 'error':
        return null;
    }
  }
}
