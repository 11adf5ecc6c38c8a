import { ChildrenWatch, DataWatch, type Stat, type StopReason, type ZooKeeperClient } from '../../../index.js';
import type { SeededRandom } from '../../../testing/seeded-random.js';
import { NO_ZNODE } from '../../oracle/moment.js';
import type { PromiseWatchdog } from './promise-watchdog.js';
import type { WatchAudit } from './watch-audit.js';

/** The client of an audited watch. */
export interface WatchHost {
  readonly client: ZooKeeperClient;
  /** How often its session was lost so far. */
  readonly losses: number;
  readonly watchdog: PromiseWatchdog;
}

/** A watch of any kind that is held to the contract. */
export interface Audited {
  readonly audit: WatchAudit;
  /** Ends it on behalf of the run. */
  stop(): void;
  sessionLost(): void;
  /** Everything is at rest. */
  checkAtRest(): void;
}

/** Makes the audit of a watch that is about to be made. */
export type MakeAudit = (waitsForNode: boolean) => WatchAudit;

/** Thrown on purpose. */
class ChaosError extends Error {}

type Manner = 'quick' | 'slow' | 'throws' | 'ends';

/** How a function ends: returns at once, takes its time, throws, or stops its watch. */
class Behaviour {
  readonly manner: Manner;
  readonly #random: SeededRandom;

  constructor(random: SeededRandom) {
    this.manner = random.pick<Manner>(['quick', 'quick', 'slow', 'slow', 'throws', 'ends']);
    this.#random = random;
  }

  act(audit: WatchAudit): unknown {
    if (this.manner === 'slow') return this.#slowly(audit, this.#random.between(0, 20));
    if (this.manner === 'throws' && this.#random.chance(0.2)) {
      const error = new ChaosError();
      audit.see({ what: 'settled', how: 'threw', error });
      throw error;
    }
    return this.#settle(audit, this.manner === 'ends' && this.#random.chance(0.02));
  }

  async #slowly(audit: WatchAudit, ms: number): Promise<unknown> {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return this.#settle(audit, this.#random.chance(0.01));
  }

  #settle(audit: WatchAudit, isEnd: boolean): unknown {
    audit.see({ what: 'settled', how: isEnd ? 'false' : 'value' });
    return isEnd ? false : undefined;
  }
}

/** @param path as the client names it */
export function auditDataWatch(host: WatchHost, makeAudit: MakeAudit, path: string, random: SeededRandom): Audited {
  const behaviour = new Behaviour(random);
  const audit = makeAudit(true);
  const abort = new AbortController();
  const recreation = new RecreationCheck(audit);
  const watch = new DataWatch(
    host.client,
    path,
    (data, stat, event) => {
      recreation.delivered(stat);
      audit.called(stat && data ? { mark: stat.mzxid, contents: data.toString() } : NO_ZNODE, event);
      return behaviour.act(audit);
    },
    { signal: abort.signal },
  );
  return new AuditedWatch({ host, audit, watch, behaviour, abort, survives: true, random });
}

/** @param path as the client names it */
export function auditChildrenWatch(host: WatchHost, makeAudit: MakeAudit, path: string, random: SeededRandom): Audited {
  const behaviour = new Behaviour(random);
  const [waitForNode, allowSessionLost, sendEvent] = [random.chance(0.6), random.chance(0.7), random.chance(0.5)];
  const audit = makeAudit(waitForNode);
  const abort = new AbortController();
  const watch = new ChildrenWatch(
    host.client,
    path,
    (children: string[] | null, event) => {
      const state = children ? { mark: null, contents: children.join() } : NO_ZNODE;
      audit.called(state, sendEvent ? event : undefined);
      return behaviour.act(audit);
    },
    { waitForNode, allowSessionLost, sendEvent, signal: abort.signal },
  );
  return new AuditedWatch({ host, audit, watch, behaviour, abort, survives: allowSessionLost, random });
}

/** A znode that was delivered as missing and returns must have been created since. */
class RecreationCheck {
  readonly #audit: WatchAudit;
  #newest: Stat | null = null;
  #isMissing = false;

  constructor(audit: WatchAudit) {
    this.#audit = audit;
  }

  delivered(stat: Stat | null): void {
    if (stat && this.#isMissing && this.#newest && stat.czxid <= this.#newest.mzxid) {
      const created = `a znode of czxid ${stat.czxid}`;
      this.#audit.violation(`called with ${created} after no znode and mzxid ${this.#newest.mzxid}`, 'real-state');
    }
    this.#isMissing = stat === null;
    this.#newest = stat ?? this.#newest;
  }
}

interface AuditedWatchOptions {
  readonly host: WatchHost;
  readonly audit: WatchAudit;
  readonly watch: DataWatch | ChildrenWatch<boolean>;
  readonly behaviour: Behaviour;
  readonly abort: AbortController;
  readonly survives: boolean;
  readonly random: SeededRandom;
}

/** Feeds the audit with everything that a watch reports of itself. */
class AuditedWatch implements Audited {
  readonly audit: WatchAudit;
  readonly #options: AuditedWatchOptions;
  readonly #lossesBefore: number;

  constructor(options: AuditedWatchOptions) {
    const { host, audit, watch, behaviour, survives } = options;
    this.audit = audit;
    this.#options = options;
    this.#lossesBefore = host.losses;
    const [waits, outlives] = [audit.waitsForNode ? '' : 'not ', survives ? '' : 'not '];
    audit.log.add(
      `made in ${host.client.state}; ${waits}waiting, ${outlives}outliving its session, ${behaviour.manner}`,
    );
    audit.see({ what: 'constructed' });
    host.watchdog.track(`ready of ${audit.name}`, watch.ready, Number.POSITIVE_INFINITY).then(
      () => {
        if (audit.oracle.calls === 0) audit.violation('is ready before its first call', 'first-call');
      },
      () => {},
    );
    if (audit.hasErrorListener) watch.on('error', (error) => audit.see({ what: 'reported', error }));
    watch.on('stop', (reason) => this.#stopped(reason));
  }

  stop(): void {
    const { random, watch, abort } = this.#options;
    const isStop = random.chance(0.5);
    if (isStop) watch.stop();
    else abort.abort();
    this.audit.see({ what: 'ended', reason: isStop ? 'stopped' : 'aborted' });
  }

  sessionLost(): void {
    if (!this.#options.survives) this.audit.see({ what: 'stop-due', reason: 'session-lost', must: true });
  }

  checkAtRest(): void {
    this.audit.see({ what: 'rest', isStopped: this.#options.watch.stopped });
  }

  #stopped(reason: StopReason): void {
    const { host } = this.#options;
    const isClosed = reason === 'client-closed' && host.client.state === 'closed';
    const isLost = reason === 'session-lost' && !this.#options.survives && host.losses > this.#lossesBefore;
    if (isClosed || isLost) this.audit.see({ what: 'stop-due', reason });
    this.audit.see({ what: 'stopped', reason });
  }
}
