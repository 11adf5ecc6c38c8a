import { ChildrenWatch, DataWatch, type StopReason, type ZooKeeperClient } from '../../../index.js';
import type { SeededRandom } from '../../../testing/seeded-random.js';
import type { PromiseWatchdog } from './promise-watchdog.js';
import type { WatchAudit } from './watch-audit.js';

/** The client that an audited watch is made on. */
export interface WatchHost {
  readonly client: ZooKeeperClient;
  /** How often its session was lost up to now. */
  readonly losses: number;
  readonly watchdog: PromiseWatchdog;
}

/** A watch of any kind that is held to the contract. */
export interface Audited {
  readonly audit: WatchAudit;
  stop(): void;
}

/** Thrown on purpose. */
class ChaosError extends Error {}

type Manner = 'quick' | 'slow' | 'throws' | 'ends';

/** What a function does after it was told: returns, takes its time, throws, or has had enough. */
class Behaviour {
  readonly manner: Manner;
  readonly #random: SeededRandom;
  readonly #audit: WatchAudit;
  thrown = 0;

  constructor(random: SeededRandom, audit: WatchAudit) {
    this.manner = random.pick<Manner>(['quick', 'quick', 'slow', 'slow', 'throws', 'ends']);
    this.#random = random;
    this.#audit = audit;
  }

  act(): unknown {
    if (this.manner === 'slow') return this.#slowly(this.#random.between(0, 20));
    this.#audit.ends();
    if (this.manner === 'throws' && this.#random.chance(0.2)) {
      this.thrown += 1;
      throw new ChaosError();
    }
    if (this.manner !== 'ends' || !this.#random.chance(0.02)) return undefined;
    this.#audit.over('returns false');
    return false;
  }

  async #slowly(ms: number): Promise<unknown> {
    await new Promise((resolve) => setTimeout(resolve, ms));
    this.#audit.ends();
    if (!this.#random.chance(0.01)) return undefined;
    this.#audit.over('resolves to false');
    return false;
  }
}

/** @param path as the client names it */
export function auditDataWatch(host: WatchHost, audit: WatchAudit, path: string, random: SeededRandom): Audited {
  const behaviour = new Behaviour(random, audit);
  const abort = new AbortController();
  const watch = new DataWatch(
    host.client,
    path,
    (data, stat, event) => {
      audit.begins(data === null ? null : data.toString(), event, stat);
      return behaviour.act();
    },
    { signal: abort.signal },
  );
  return hold(host, audit, watch, behaviour, abort, { waits: true, survives: true }, random);
}

/** @param path as the client names it */
export function auditChildrenWatch(host: WatchHost, audit: WatchAudit, path: string, random: SeededRandom): Audited {
  const behaviour = new Behaviour(random, audit);
  const abort = new AbortController();
  const [waits, survives, sendEvent] = [random.chance(0.6), random.chance(0.7), random.chance(0.5)];
  const options = { allowSessionLost: survives, sendEvent, waitForNode: waits, signal: abort.signal };
  const watch = new ChildrenWatch(
    host.client,
    path,
    (children: string[] | null, event) => {
      audit.begins(children === null ? null : children.join(), sendEvent ? event : undefined);
      return behaviour.act();
    },
    options,
  );
  return hold(host, audit, watch, behaviour, abort, { waits, survives }, random);
}

/** Listens to all that the watch says of itself. */
function hold(
  host: WatchHost,
  audit: WatchAudit,
  watch: DataWatch | ChildrenWatch<boolean>,
  behaviour: Behaviour,
  abort: AbortController,
  { waits, survives }: { waits: boolean; survives: boolean },
  random: SeededRandom,
): Audited {
  const { client, watchdog } = host;
  const lossesBefore = host.losses;
  const started = `starts in ${client.state}, ${waits ? 'waits for the znode' : 'does not wait'}, ${
    survives ? 'outlives the session' : 'ends with the session'
  }, ${behaviour.manner}`;
  audit.log.add(started);
  watchdog.track(`ready of ${audit.name}`, watch.ready, Number.POSITIVE_INFINITY);
  watch.on('error', (error) => {
    if (error instanceof ChaosError && behaviour.thrown > 0) behaviour.thrown -= 1;
    else audit.violation(`reported an error that its function did not throw: ${String(error)}`);
  });
  const isExpected = (reason: StopReason): boolean => {
    if (reason === 'client-closed') return client.state === 'closed';
    if (reason === 'session-lost') return !survives && host.losses > lossesBefore;
    if (reason === 'no-node') return !waits && audit.trail.mayHaveBeen(null);
    return audit.isOver;
  };
  watch.on('stop', (reason) => {
    if (!isExpected(reason)) audit.violation(`stopped with ${reason}`);
    audit.over(`stopped: ${reason}`);
  });
  return {
    audit,
    stop() {
      audit.over('is stopped by the run');
      if (random.chance(0.5)) watch.stop();
      else abort.abort();
    },
  };
}
