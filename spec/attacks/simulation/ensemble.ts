import { type Answer, DONE, refusal } from '../../../lib/embedded/requests/answer.js';
import { answerMulti, prepareMulti } from '../../../lib/embedded/requests/multi-write.js';
import type { Requester } from '../../../lib/embedded/requests/preparation.js';
import { WRITES } from '../../../lib/embedded/requests/writes.js';
import { Database, type Outcome } from '../../../lib/embedded/tree/database.js';
import type { Transaction, TransactionHeader } from '../../../lib/embedded/tree/transaction.js';
import { JuteReader } from '../../../lib/protocol/jute.js';
import { OpCode, type Operation } from '../../../lib/protocol/op-code.js';
import type { WireRequest } from '../../../lib/protocol/requests.js';
import type { SeededRandom as Random } from '../../../testing/seeded-random.js';
import type { VirtualClock } from '../../../testing/virtual-clock.js';
import { History } from './history.js';
import { SimulatedServer } from './simulated-server.js';

/** A transaction as the leader has ordered it. */
export interface Committed {
  readonly header: TransactionHeader;
  readonly transaction: Transaction;
}

/** A session as the leader knows it. */
export interface EnsembleSession {
  readonly id: bigint;
  readonly timeout: number;
  deadline: number;
  /** The connection that may speak for it. */
  owner: object | null;
}

/** What servers do wrong, to see that it is noticed: no ZooKeeper server does. */
export type Defect = 'none' | 'loses-events' | 'shows-the-past';

const TICK = 200;
const NAMES = new Map(Object.entries(OpCode).map(([name, op]) => [op as number, name as Operation]));
/** Where a frame has its operation and its record. */
const OP_OFFSET = 8;
const RECORD_OFFSET = 12;

/** The operation of a request, and its record. */
export function readFrame(frame: Buffer): { op: Operation; reader: JuteReader } {
  const op = NAMES.get(frame.readInt32BE(OP_OFFSET));
  if (!op) throw new Error('the client asked for an operation that there is not');
  return { op, reader: new JuteReader(frame, RECORD_OFFSET) };
}

/**
 * Three servers and what they agree on: the order of the transactions, and the sessions. The logic is the embedded
 * server's own; what is added is that servers take the transactions at different times.
 */
export class Ensemble {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly defect: Defect;
  /** Whether a server gives sessions on its own, without a transaction (`localSessionsEnabled`). */
  readonly hasLocalSessions: boolean;
  readonly history = new History();
  readonly truth = new Database();
  readonly log: Committed[] = [];
  readonly sessions = new Map<bigint, EnsembleSession>();
  readonly servers: readonly SimulatedServer[];
  #lastSessionId = 0x1000n;

  constructor(clock: VirtualClock, random: Random, count: number, defect: Defect) {
    this.defect = defect;
    this.hasLocalSessions = random.chance(0.3);
    this.clock = clock;
    this.random = random;
    this.servers = Array.from({ length: count }, (_, index) => new SimulatedServer(this, index));
    this.#tick();
  }

  /** Orders a transaction; each server has it some time later. */
  commit(sessionId: bigint, transaction: Transaction): Outcome {
    const header = { zxid: this.truth.lastZxid + 1n, time: Date.now(), sessionId };
    const outcome = this.truth.apply(header, transaction);
    this.log.push({ header, transaction });
    this.history.committed(header, transaction, this.truth, this.clock.now);
    for (const server of this.servers) server.learn();
    return outcome;
  }

  /** Makes a change, if it is possible, on behalf of a session. */
  change(sessionId: bigint, op: Operation, reader: JuteReader): Answer {
    const requester: Requester = { sessionId, identities: [] };
    if (op === 'multi') return this.#changeTogether(requester, reader);
    const write = WRITES[op as keyof typeof WRITES];
    const prepared = write.prepare(reader, this.truth.tree, requester);
    if (typeof prepared === 'number') return this.#fail(requester, prepared);
    return write.answer(prepared, this.commit(sessionId, prepared));
  }

  /** Makes a change as a client of some other process would. Returns the server's error number. */
  changeFromOutside(wire: WireRequest<unknown>, sessionId = 0n): number {
    const { op, reader } = readFrame(wire.frame);
    return this.change(sessionId, op, reader).error;
  }

  createSession(timeout: number): EnsembleSession {
    this.#lastSessionId += 1n;
    const id = this.#lastSessionId;
    if (!this.hasLocalSessions) this.commit(id, { type: 'createSession', password: Buffer.alloc(16), timeout });
    const session = { id, timeout, deadline: this.clock.now + timeout, owner: null };
    this.sessions.set(id, session);
    return session;
  }

  endSession(id: bigint): void {
    if (!this.sessions.delete(id)) return;
    this.commit(id, { type: 'closeSession', paths: this.truth.tree.ephemeralsOf(id) });
  }

  touch(id: bigint): void {
    const session = this.sessions.get(id);
    if (session) session.deadline = this.clock.now + session.timeout;
  }

  /** Without a majority of servers no session expires; afterwards each has its timeout again. */
  #tick(): void {
    const hasQuorum = this.servers.filter(({ isUp }) => isUp).length * 2 > this.servers.length;
    for (const session of this.sessions.values()) {
      if (!hasQuorum) session.deadline = this.clock.now + session.timeout;
      else if (session.deadline <= this.clock.now) this.endSession(session.id);
    }
    this.clock.inWorld(TICK, () => this.#tick());
  }

  #changeTogether(requester: Requester, reader: JuteReader): Answer {
    const prepared = prepareMulti(reader, this.truth.tree, requester);
    if ('error' in prepared) {
      this.#fail(requester, prepared.error);
      return prepared.answer;
    }
    const { transactions } = prepared;
    return answerMulti(transactions, this.commit(requester.sessionId, { type: 'multi', transactions }) as Outcome[]);
  }

  /** A change that fails takes a zxid, too. */
  #fail({ sessionId }: Requester, error: number): Answer {
    this.commit(sessionId, { type: 'error', error });
    return error === 0 ? DONE : refusal(error);
  }
}
