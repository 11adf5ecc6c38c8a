import { Database } from '../../../lib/embedded/tree/database.js';
import type { Committed, Leader } from './leader.js';
import type { LinkedServer, Manners, ServerLink } from './server-link.js';

/** A server's answer to new connections. */
export type Welcome = 'accepts' | 'refuses' | 'says-nothing';

/** One server of the ensemble: its own copy of the tree, its own watches, its own connections. */
export class SimulatedServer implements LinkedServer {
  readonly index: number;
  readonly ensemble: Leader;
  readonly database = new Database();
  readonly links = new Set<ServerLink>();
  isUp = true;
  welcome: Welcome = 'accepts';
  manners: Manners = 'serves';
  /** The longest delay of its answer to a handshake, in session timeouts. */
  handshakeShare = 0;
  /** The longest delay after which it applies a transaction, in ms. */
  lag = 5;
  #isPartitioned = false;
  #isFrozen = false;
  #applied = 0;
  #nextApplication = 0;

  constructor(ensemble: Leader, index: number) {
    this.ensemble = ensemble;
    this.index = index;
  }

  /** Whether it is cut off from the leader: it then neither applies transactions nor orders any. */
  get isPartitioned(): boolean {
    return this.#isPartitioned;
  }

  set isPartitioned(isPartitioned: boolean) {
    this.#isPartitioned = isPartitioned;
    if (!isPartitioned) this.#wake();
  }

  /** Whether it is stopped, as by SIGSTOP. */
  get isFrozen(): boolean {
    return this.#isFrozen;
  }

  set isFrozen(isFrozen: boolean) {
    this.#isFrozen = isFrozen;
    if (!isFrozen) this.#wake();
  }

  /** The leader has ordered a transaction. */
  learn(): void {
    const { clock, random, log } = this.ensemble;
    const count = log.length;
    this.#nextApplication = Math.max(this.#nextApplication, clock.now + random.next() * this.lag);
    clock.inWorld(this.#nextApplication - clock.now, () => {
      if (this.isUp && !this.#isPartitioned && !this.#isFrozen) this.#applyTo(count);
    });
  }

  /** Ends without notice: its connections are gone, its disk remains. */
  crash(): void {
    this.isUp = false;
    for (const link of [...this.links]) link.end();
  }

  restart(): void {
    this.isUp = true;
    this.#isPartitioned = false;
    this.#isFrozen = false;
    this.#wake();
  }

  /** Catches up a moment later. */
  #wake(): void {
    const { clock, random } = this.ensemble;
    clock.inWorld(random.between(0, 20), () => {
      if (!this.isUp || this.#isPartitioned || this.#isFrozen) return;
      this.#applyTo(this.ensemble.log.length);
      for (const link of [...this.links]) link.proceed();
    });
  }

  #applyTo(count: number): void {
    while (this.#applied < count) {
      const { header, transaction } = this.ensemble.log[this.#applied] as Committed;
      this.#applied += 1;
      this.database.apply(header, transaction);
      if (transaction.type === 'closeSession') this.#sessionEnded(header.sessionId);
    }
    for (const link of [...this.links]) link.proceed();
  }

  #sessionEnded(id: bigint): void {
    for (const link of [...this.links]) if (link.sessionId === id) link.sessionEnded();
  }
}
