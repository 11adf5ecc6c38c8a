import type { Violation } from '../../oracle/rules.js';
import type { Chronicle, Log } from './chronicle.js';
import { type Key, type PathHistory, print } from './path-history.js';

/** The connection of a client, as a trail sees it. */
export interface Connectivity {
  /** When it was last connected; null while it is not. */
  readonly connectedSince: number | null;
  readonly log: Log;
}

/** A watch that follows the history, and its position in it. */
export interface Follower {
  readonly name: string;
  /** Whether it delivers only children that have settled. */
  readonly isPatient: boolean;
  /** The index up to which it has delivered at least. */
  floor: number;
  /** The index up to which no change is awaited any more. */
  covered: number;
}

/** A state that a watch delivered. */
export interface Delivered {
  readonly follower: Follower;
  readonly key: Key;
  readonly isFirst: boolean;
  readonly onViolation: (violation: Violation) => void;
}

interface Queued extends Delivered {
  readonly at: number;
  readonly connectedSince: number | null;
  readonly calmSince: number;
}

/**
 * The states that all watches of one client delivered for one path, in order, against its history: each state must come
 * after the last one of the same watch, and not before the newest one of any watch.
 */
export class Trail {
  readonly history: PathHistory;
  readonly client: Connectivity;
  readonly chronicle: Chronicle;
  readonly #queue: Queued[] = [];
  readonly #unsubscribe: () => void;
  #floor = 0;

  constructor(history: PathHistory, client: Connectivity, chronicle: Chronicle) {
    this.history = history;
    this.client = client;
    this.chronicle = chronicle;
    this.#unsubscribe = history.onSettled(() => this.#verify());
  }

  delivered(delivered: Delivered): void {
    const { connectedSince } = this.client;
    const { calmSince } = this.chronicle;
    this.#queue.push({ ...delivered, at: performance.now(), connectedSince, calmSince });
    this.#verify();
  }

  /** Whether the path may have had this state since the newest one that was delivered. */
  mayHaveBeen(key: Key): boolean {
    return this.history.isOpen || this.history.find(key, this.#floor) !== undefined;
  }

  /** Every watch has the history's last state. */
  caughtUp(): void {
    this.#floor = this.history.last.index;
  }

  close(): void {
    this.#unsubscribe();
  }

  /** A state that is not found waits as long as a write of unknown outcome may still explain it. */
  #verify(): void {
    for (let delivered = this.#queue[0]; delivered; delivered = this.#queue[0]) {
      const { follower, key, isFirst, onViolation } = delivered;
      const from = Math.max(this.#floor, isFirst ? 0 : follower.floor + 1);
      const index = this.history.find(key, from);
      if (index === undefined && this.history.isOpen) return;
      this.#queue.shift();
      if (index === undefined) {
        const wasHeld = this.history.find(key, 0) !== undefined;
        if (wasHeld) onViolation({ rule: 'order', message: `called with ${print(key)} after a newer state` });
        else onViolation({ rule: 'real-state', message: `called with ${print(key)}, which no server ever held` });
        continue;
      }
      this.#measure(delivered);
      follower.floor = index;
      this.#floor = Math.max(this.#floor, index);
    }
  }

  /** Measures from the oldest change that this call was the first to show. */
  #measure({ follower, key, at, connectedSince, calmSince, isFirst }: Queued): void {
    const upTo = this.history.findLast(key, at) ?? follower.covered;
    const oldest = this.history.between(follower.covered, upTo).find(({ ackedAt }) => ackedAt !== null && ackedAt < at);
    follower.covered = Math.max(follower.covered, upTo);
    if (isFirst || follower.isPatient || connectedSince === null || !oldest || oldest.ackedAt === null) return;
    const { ackedAt } = oldest;
    const steadySince = Math.max(connectedSince, this.chronicle.blockedUntil);
    const when = `${follower.name} at ${this.chronicle.seconds.toFixed(1)} s`;
    const { calm, connected, returned, recovered } = this.chronicle;
    if (steadySince > ackedAt) returned.note(at - steadySince, when);
    if (steadySince <= ackedAt) connected.note(at - ackedAt, when);
    if (calmSince > at) return;
    const wellSince = Math.max(steadySince, calmSince);
    if (wellSince > ackedAt) recovered.note(at - wellSince, when);
    else calm.note(at - ackedAt, when);
  }
}
