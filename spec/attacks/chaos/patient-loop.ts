import { setTimeout as pause } from 'node:timers/promises';
import { PatientChildrenWatch, ZooKeeperError } from '../../../index.js';
import type { SeededRandom } from '../../../testing/seeded-random.js';
import { NO_ZNODE } from '../../oracle/moment.js';
import type { Audited, WatchHost } from './audited-watch.js';
import type { WatchAudit } from './watch-audit.js';

/** Pause while there is no znode to watch, in ms. */
const LOOK_AGAIN_AFTER = 50;

/** Waits for the children to settle, again and again, as workers do that share work among the members of a group. */
export class PatientLoop implements Audited {
  readonly audit: WatchAudit;
  readonly #host: WatchHost;
  readonly #watch: PatientChildrenWatch;
  readonly #abort = new AbortController();

  /** @param path as the client names it */
  constructor(host: WatchHost, audit: WatchAudit, path: string, random: SeededRandom) {
    this.audit = audit;
    audit.see({ what: 'constructed' });
    this.#host = host;
    this.#watch = new PatientChildrenWatch(host.client, path, { timeBoundary: random.whole(20, 300) });
    host.watchdog.track(`the loop of ${audit.name}`, this.#run(), Number.POSITIVE_INFINITY);
  }

  stop(): void {
    this.#abort.abort();
    this.audit.see({ what: 'ended', reason: 'aborted' });
  }

  sessionLost(): void {}

  checkAtRest(): void {
    if (!this.audit.isOver) this.audit.see({ what: 'rest', isStopped: false });
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
    audit.called({ mark: null, contents: children.join() }, undefined);
    audit.see({ what: 'settled', how: 'value' });
    const settled = audit.trail.history.last.index;
    const event = await changed;
    audit.log.add(`changed: ${event?.type ?? 'null'}`);
    audit.see({ what: 'outdated' });
    const isFirstKnown = audit.trail.history.last.index > Math.min(audit.floor, settled);
    if (!isFirstKnown && !audit.trail.history.isOpen) audit.violation('changed, and nothing had changed');
  }

  #isExpected(error: unknown): boolean {
    const { audit } = this;
    if (this.#abort.signal.aborted) return true;
    const code = error instanceof ZooKeeperError ? error.code : '';
    if (code === 'CLIENT_CLOSED' && this.#host.client.state === 'closed') {
      audit.see({ what: 'ended', reason: 'client-closed' });
      return true;
    }
    if (code !== 'NO_NODE' || !audit.mayHaveBeenMissing()) return false;
    if (audit.oracle.last?.contents === null) return true;
    audit.called(NO_ZNODE, undefined);
    audit.see({ what: 'settled', how: 'value' });
    return true;
  }
}
