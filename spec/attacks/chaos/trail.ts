import type { Chronicle, Log } from './chronicle.js';
import { type Key, type PathHistory, print } from './path-history.js';
import type { WatchAudit } from './watch-audit.js';

/** What a trail needs of the client. */
export interface Connectivity {
  /** Since when it has been connected; null while it is not. */
  readonly connectedSince: number | null;
  readonly log: Log;
}

interface Told {
  readonly audit: WatchAudit;
  readonly key: Key;
  readonly at: number;
  readonly connectedSince: number | null;
  readonly calmSince: number;
  readonly isFirst: boolean;
}

/**
 * All that the watches of one client were told of one path, in order, against its history: each state must have been the
 * path's after the one that the same watch was told before, and not before the one that any was told.
 */
export class Trail {
  readonly history: PathHistory;
  readonly client: Connectivity;
  readonly chronicle: Chronicle;
  readonly #queue: Told[] = [];
  readonly #letGo: () => void;
  #floor = 0;

  constructor(history: PathHistory, client: Connectivity, chronicle: Chronicle) {
    this.history = history;
    this.client = client;
    this.chronicle = chronicle;
    this.#letGo = history.onSettled(() => this.#verify());
  }

  told(audit: WatchAudit, key: Key, isFirst: boolean): void {
    const { connectedSince } = this.client;
    const { calmSince } = this.chronicle;
    this.#queue.push({ audit, key, at: performance.now(), connectedSince, calmSince, isFirst });
    this.#verify();
  }

  /** Whether the path may have had this state since the last that was told. */
  mayHaveBeen(key: Key): boolean {
    return this.history.isOpen || this.history.find(key, this.#floor) !== undefined;
  }

  /** Every watch has the history's last state. */
  caughtUp(): void {
    this.#floor = this.history.last.index;
  }

  close(): void {
    this.#letGo();
  }

  #verify(): void {
    for (let told = this.#queue[0]; told; told = this.#queue[0]) {
      const { audit, key, isFirst } = told;
      const from = Math.max(this.#floor, isFirst ? 0 : audit.floor + 1);
      const index = this.history.find(key, from);
      if (index === undefined && this.history.isOpen) return;
      this.#queue.shift();
      if (index === undefined) {
        const when = this.history.find(key, 0) === undefined ? 'ever' : 'after what was told before';
        audit.violation(`was told ${print(key)}, which was not so ${when}`);
        continue;
      }
      this.#measure(told);
      audit.floor = index;
      this.#floor = Math.max(this.#floor, index);
    }
  }

  /** The oldest change that this call was the first to show. */
  #measure({ audit, key, at, connectedSince, calmSince, isFirst }: Told): void {
    const upTo = this.history.findLast(key, at) ?? audit.covered;
    const oldest = this.history.between(audit.covered, upTo).find(({ ackedAt }) => ackedAt !== null && ackedAt < at);
    audit.covered = Math.max(audit.covered, upTo);
    if (isFirst || audit.isPatient || connectedSince === null || !oldest || oldest.ackedAt === null) return;
    const { ackedAt } = oldest;
    const steadySince = Math.max(connectedSince, this.chronicle.blockedUntil);
    const when = `${audit.name} at ${this.chronicle.seconds.toFixed(1)} s`;
    const { calm, connected, returned, recovered } = this.chronicle;
    if (steadySince > ackedAt) returned.note(at - steadySince, when);
    if (steadySince <= ackedAt) connected.note(at - ackedAt, when);
    if (calmSince > at) return;
    const wellSince = Math.max(steadySince, calmSince);
    if (wellSince > ackedAt) recovered.note(at - wellSince, when);
    else calm.note(at - ackedAt, when);
  }
}
