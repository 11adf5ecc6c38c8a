import { setTimeout as pause } from 'node:timers/promises';
import { PatientChildrenWatch, ZooKeeperError } from '../../../index.js';
import type { SeededRandom } from '../../../testing/seeded-random.js';
import type { Audited, WatchHost } from './audited-watch.js';
import type { WatchAudit } from './watch-audit.js';

/** While there is no znode to watch. */
const LOOK_AGAIN_AFTER = 50;

/** What workers do: share the work among those who have settled, and begin again when they change. */
export class PatientLoop implements Audited {
  readonly audit: WatchAudit;
  readonly #host: WatchHost;
  readonly #watch: PatientChildrenWatch;
  readonly #abort = new AbortController();

  /** @param path as the client names it */
  constructor(host: WatchHost, audit: WatchAudit, path: string, random: SeededRandom) {
    this.audit = audit;
    this.#host = host;
    this.#watch = new PatientChildrenWatch(host.client, path, { timeBoundary: random.whole(20, 300) });
    host.watchdog.track(`the loop of ${audit.name}`, this.#run(), Number.POSITIVE_INFINITY);
  }

  stop(): void {
    this.audit.over('is stopped by the run');
    this.#abort.abort();
  }

  async #run(): Promise<void> {
    while (!this.audit.isOver) {
      try {
        await this.#round();
      } catch (error) {
        if (!this.#isExpected(error)) this.audit.violation(`failed: ${String(error)}`);
        await pause(LOOK_AGAIN_AFTER);
      }
    }
  }

  async #round(): Promise<void> {
    const { audit } = this;
    const startedAt = performance.now();
    const { children, changed } = await this.#watch.start({ signal: this.#abort.signal });
    const took = performance.now() - startedAt;
    if (took < this.#watch.timeBoundary - 2) audit.violation(`settled after ${took} ms`);
    audit.begins(children.join(), undefined);
    audit.ends();
    const settled = audit.trail.history.last.index;
    const event = await changed;
    audit.log.add(`changed: ${event?.type ?? 'null'}`);
    audit.awaits();
    const isFirstKnown = audit.trail.history.last.index > Math.min(audit.floor, settled);
    if (!isFirstKnown && !audit.trail.history.isOpen) audit.violation('changed, and nothing had changed');
  }

  #isExpected(error: unknown): boolean {
    const { audit } = this;
    if (this.#abort.signal.aborted) return true;
    const code = error instanceof ZooKeeperError ? error.code : '';
    if (code === 'CLIENT_CLOSED' && this.#host.client.state === 'closed') {
      audit.over('the client is closed');
      return true;
    }
    if (code !== 'NO_NODE' || !audit.trail.mayHaveBeen(null)) return false;
    if (audit.last === null) return true;
    audit.begins(null, undefined);
    audit.ends();
    return true;
  }
}
