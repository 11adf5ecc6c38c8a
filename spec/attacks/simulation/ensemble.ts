import type { Answer } from '../../../lib/embedded/requests/answer.js';
import type { PrepareWrite } from '../../../lib/embedded/requests/prepared-write.js';
import { Database, type Outcome } from '../../../lib/embedded/tree/database.js';
import type { Txn } from '../../../lib/embedded/tree/txn.js';
import type { JuteReader } from '../../../lib/protocol/jute.js';
import type { WireRequest } from '../../../lib/protocol/requests.js';
import type { SeededRandom as Random } from '../../../testing/seeded-random.js';
import type { VirtualClock } from '../../../testing/virtual-clock.js';
import { History } from './history.js';
import type { Committed, Defect, EnsembleSession, Leader } from './leader.js';
import { readFrame } from './read-frame.js';
import { SimulatedServer } from './simulated-server.js';

const TICK = 200;

/**
 * Several servers, and the state that they agree on: the order of the transactions, and the sessions. Requests are
 * dispatched and prepared by the embedded server's code; here each server applies the transactions at its own time.
 */
export class Ensemble implements Leader {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly defect: Defect;
  /** Whether servers grant sessions without a transaction (`localSessionsEnabled`). */
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

  /** Orders a transaction. Each server applies it some time later. */
  commit(sessionId: bigint, transaction: Txn): Outcome {
    const header = { zxid: this.truth.lastZxid + 1n, time: Date.now(), sessionId };
    const outcome = this.truth.apply(header, transaction);
    this.log.push({ header, transaction });
    this.history.committed(header, transaction, this.truth, this.clock.now);
    for (const server of this.servers) server.learn();
    return outcome;
  }

  /** Prepares a write against the latest state and orders its transaction, as the leader does. */
  write(sessionId: bigint, prepare: PrepareWrite, reader: JuteReader): Answer {
    const { txn, answer } = prepare(reader, this.truth.tree, { sessionId, identities: [] });
    return answer(this.commit(sessionId, txn));
  }

  /** Performs a write of a client in another process. Returns the server's error number. */
  changeFromOutside(wire: WireRequest<unknown>, sessionId = 0n): number {
    const { request, reader } = readFrame(wire.frame);
    if (request.type !== 'write') throw new Error(`${wire.name} is not a write`);
    return this.write(sessionId, request.prepare, reader).error;
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

  /** Expires sessions while a majority of servers is up. Without one, all timeouts start again. */
  #tick(): void {
    const hasQuorum = this.servers.filter(({ isUp }) => isUp).length * 2 > this.servers.length;
    for (const session of this.sessions.values()) {
      if (!hasQuorum) session.deadline = this.clock.now + session.timeout;
      else if (session.deadline <= this.clock.now) this.endSession(session.id);
    }
    this.clock.inWorld(TICK, () => this.#tick());
  }
}
