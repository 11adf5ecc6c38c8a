import type { Answer } from '../../../lib/embedded/requests/answer.js';
import type { PrepareWrite } from '../../../lib/embedded/requests/prepared-write.js';
import type { Database } from '../../../lib/embedded/tree/database.js';
import type { Txn, TxnHeader } from '../../../lib/embedded/tree/txn.js';
import type { JuteReader } from '../../../lib/protocol/jute.js';
import type { SeededRandom } from '../../../testing/seeded-random.js';
import type { VirtualClock } from '../../../testing/virtual-clock.js';

/** A transaction as the leader has ordered it. */
export interface Committed {
  readonly header: TxnHeader;
  readonly transaction: Txn;
}

/** A session, as the leader has it. */
export interface EnsembleSession {
  readonly id: bigint;
  readonly timeout: number;
  deadline: number;
  /** The connection that may change the tree on its behalf. */
  owner: object | null;
}

/** A planted fault of the servers, which the oracle must detect. No ZooKeeper server has it. */
export type Defect = 'none' | 'loses-events' | 'shows-the-past';

/** The leader of the ensemble, as its servers see it. */
export interface Leader {
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  readonly defect: Defect;
  /** Whether servers grant sessions without a transaction (`localSessionsEnabled`). */
  readonly hasLocalSessions: boolean;
  readonly truth: Database;
  readonly log: readonly Committed[];
  readonly sessions: ReadonlyMap<bigint, EnsembleSession>;
  createSession(timeout: number): EnsembleSession;
  endSession(id: bigint): void;
  touch(id: bigint): void;
  write(sessionId: bigint, prepare: PrepareWrite, reader: JuteReader): Answer;
}
