import type { WatchedEvent } from '../../../index.js';
import type { History } from '../../oracle/history.js';
import { type Aspect, type Moment, NO_ZNODE, printState, type WatchState } from '../../oracle/moment.js';
import type { Rule, Violation } from '../../oracle/rules.js';
import { WatchOracle } from '../../oracle/watch-oracle.js';
import { Log } from './chronicle.js';
import type { Follower, Trail } from './trail.js';

/** The watch that an audit follows. */
export interface WatchAuditOptions {
  readonly name: string;
  readonly trail: Trail;
  /** As the client names it. */
  readonly path: string;
  readonly aspect: Aspect;
  readonly waitsForNode: boolean;
  /** Whether it delivers only children that have settled. */
  readonly isPatient?: boolean;
  /** Otherwise the client's logger receives its errors. */
  readonly hasErrorListener: boolean;
}

/** Follows one watch: its log, its position in the history of its path, and the rules that its calls must keep. */
export class WatchAudit implements History, Follower {
  readonly name: string;
  readonly trail: Trail;
  readonly log: Log;
  readonly isPatient: boolean;
  readonly aspect: Aspect;
  readonly waitsForNode: boolean;
  readonly hasErrorListener: boolean;
  readonly oracle: WatchOracle;
  floor = -1;
  covered = -1;

  constructor(options: WatchAuditOptions) {
    const { name, trail, path, aspect, waitsForNode, isPatient = false, hasErrorListener } = options;
    this.hasErrorListener = hasErrorListener;
    this.name = name;
    this.trail = trail;
    this.log = new Log(name);
    this.isPatient = isPatient;
    this.aspect = aspect;
    this.waitsForNode = waitsForNode;
    const onViolation = (violation: Violation) => this.#violated(violation);
    this.oracle = new WatchOracle({ path, aspect, waitsForNode, history: this, onViolation });
  }

  get isOver(): boolean {
    return this.oracle.isOver;
  }

  violation(message: string, rule?: Rule): void {
    const { chronicle, history, client } = this.trail;
    const shown = `${this.name}: ${message}`;
    chronicle.violation(rule ? { rule, message: shown } : shown, history.log, client.log, this.log);
  }

  see(moment: Moment): void {
    if (moment.what === 'ended' || moment.what === 'stopped') this.log.add(`${moment.what}: ${moment.reason}`);
    this.oracle.see(moment);
  }

  /** @param event undefined for a watch that passes none */
  called(state: WatchState, event: WatchedEvent | null | undefined): void {
    this.trail.chronicle.calls += 1;
    this.log.add(`called with ${printState(state)}${event ? ` ${event.type}` : ''}`);
    this.see({ what: 'called', state, event });
  }

  judge({ contents }: WatchState, isFirst: boolean, onViolation: (violation: Violation) => void): void {
    this.trail.delivered({ follower: this, key: contents, isFirst, onViolation });
  }

  latest(): WatchState | undefined {
    const { truth } = this.trail.history;
    if (!truth) return undefined;
    if (truth.key === null) return NO_ZNODE;
    return { mark: this.aspect === 'data' && truth.stat ? truth.stat.mzxid : null, contents: truth.key };
  }

  mayHaveBeenMissing(): boolean {
    return this.trail.mayHaveBeen(null);
  }

  /** Everything is at rest: the watch has delivered all of its history. */
  caughtUp(): void {
    this.floor = this.trail.history.last.index;
    this.covered = this.floor;
  }

  #violated({ rule, message }: Violation): void {
    this.violation(message, rule);
  }
}
