import type { WatchedEvent } from '../../lib/core/coordination-client.js';
import type { StopReason } from '../../recipes/delivering/index.js';
import type { History } from './history.js';
import { libraryFrame } from './library-frames.js';
import { type Aspect, type Moment, printState, type WatchState } from './moment.js';
import type { Rule, Violation } from './rules.js';
import { ThrownErrors } from './thrown-errors.js';

/** The watch that an oracle follows. */
export interface WatchOracleOptions {
  /** As the client names it. */
  readonly path: string;
  readonly aspect: Aspect;
  readonly waitsForNode: boolean;
  readonly history: History;
  readonly onViolation: (violation: Violation) => void;
  /** Whether an error can come from a failed read; default: none can. */
  readonly isReadError?: (error: unknown) => boolean;
}

/** Checks everything that happens to one watch against the rules about calls, as it happens. */
export class WatchOracle {
  readonly #options: WatchOracleOptions;
  readonly #changeEvent: WatchedEvent['type'];
  readonly #errors: ThrownErrors;
  readonly #dueStops = new Set<StopReason>();
  #mustStop: StopReason | null = null;
  #isConstructed = false;
  #calls = 0;
  #isRunning = false;
  #ended: StopReason | null = null;
  #stopped: StopReason | null = null;
  #last: WatchState | null = null;
  /** The newest mark delivered: outlives a missing znode. */
  #newest: bigint | null = null;

  constructor(options: WatchOracleOptions) {
    this.#options = options;
    this.#changeEvent = options.aspect === 'data' ? 'NodeDataChanged' : 'NodeChildrenChanged';
    this.#errors = new ThrownErrors((message) => this.#violated('throw-reported-once', message));
  }

  get calls(): number {
    return this.#calls;
  }

  /** The state of the last call; null before the first call, and once the watch has announced that it is outdated. */
  get last(): WatchState | null {
    return this.#last;
  }

  /** Whether no call may begin any more. */
  get isOver(): boolean {
    return this.#ended !== null || this.#stopped !== null;
  }

  /** Whether a call is running, or the last call lacks the state that the server holds. */
  get isPending(): boolean {
    if (this.#isRunning) return true;
    const now = this.#options.history.latest();
    return !this.isOver && now !== undefined && !this.#agrees(now);
  }

  see(moment: Moment): void {
    switch (moment.what) {
      case 'constructed':
        this.#isConstructed = true;
        return;
      case 'called':
        return this.#called(moment);
      case 'settled':
        return this.#settled(moment);
      case 'reported':
        if (!this.#options.isReadError?.(moment.error)) this.#errors.reported(moment.error);
        return;
      case 'stop-due':
        this.#dueStops.add(moment.reason);
        if (moment.must) this.#mustStop = moment.reason;
        return;
      case 'ended':
        this.#dueStops.add(moment.reason);
        this.#ended ??= moment.reason;
        return;
      case 'stopped':
        return this.#stop(moment.reason);
      case 'outdated':
        this.#last = null;
        return;
      case 'set-back':
        this.#newest = null;
        return;
      case 'rest':
        return this.#rest(moment.isStopped);
    }
  }

  #called({ state, event, isInside }: Extract<Moment, { what: 'called' }>): void {
    const shown = printState(state);
    const reason = this.#stopped ?? this.#ended;
    if (reason) this.#violated('stop-is-final', `called with ${shown} after it stopped (${reason})`);
    if (this.#isRunning) this.#violated('one-at-a-time', `called with ${shown} while a call was running`);
    if (!this.#isConstructed) this.#violated('own-turn', `called with ${shown} inside its constructor`);
    const frame = isInside ? "the library's own work" : libraryFrame();
    if (frame) this.#violated('own-turn', `called with ${shown} inside ${frame}`);
    this.#checkEvent(state, event);
    this.#checkOrder(state);
    const isFirst = this.#calls === 0;
    this.#calls += 1;
    this.#isRunning = true;
    this.#last = state;
    this.#options.history.judge(state, isFirst, this.#options.onViolation);
  }

  #checkEvent(state: WatchState, event: WatchedEvent | null | undefined): void {
    if (!event) return;
    if (this.#calls === 0) return this.#violated('first-call', `the first call has the event ${event.type}`);
    const { path } = this.#options;
    if (event.path !== path) this.#violated('event-agrees', `called with an event of ${event.path}, not of ${path}`);
    const due =
      state.contents === null ? 'NodeDeleted' : this.#last?.contents === null ? 'NodeCreated' : this.#changeEvent;
    if (event.type === due) return;
    const change = `${printState(this.#last)} -> ${printState(state)}`;
    this.#violated('event-agrees', `called with ${event.type} for ${change}, which is ${due}`);
  }

  #checkOrder(state: WatchState): void {
    const shown = printState(state);
    if (state.contents === null) {
      if (this.#last?.contents === null) this.#violated('order', 'called twice in a row without a znode');
      return;
    }
    const { mark } = state;
    if (mark === null) return;
    if (this.#newest !== null && mark < this.#newest)
      this.#violated('order', `called with ${shown} after ${this.#newest}`);
    if (mark === this.#newest) this.#violated('order', `called twice with ${shown}`);
    this.#newest = mark;
  }

  #settled(moment: Extract<Moment, { what: 'settled' }>): void {
    this.#isRunning = false;
    if (moment.how === 'threw') this.#errors.thrown(moment.error);
    if (moment.how !== 'false') return;
    this.#dueStops.add('returned-false');
    this.#ended ??= 'returned-false';
  }

  #stop(reason: StopReason): void {
    if (this.#stopped) this.#violated('stop-has-cause', `stopped twice: ${this.#stopped}, ${reason}`);
    this.#stopped = reason;
    const { waitsForNode, history } = this.#options;
    const isMissing = reason === 'no-node' && !waitsForNode && history.mayHaveBeenMissing();
    if (isMissing || this.#dueStops.has(reason)) return;
    this.#violated('stop-has-cause', `stopped with ${reason}, which did not occur`);
  }

  #rest(isStopped: boolean): void {
    this.#errors.checkAllReported();
    if (this.#ended && !isStopped) this.#violated('stop-is-final', `goes on after ${this.#ended}`);
    if (isStopped && !this.#stopped) this.#violated('stop-has-cause', 'has stopped without a stop event');
    if (isStopped || this.isOver) return;
    if (this.#mustStop) return this.#violated('stop-has-cause', `goes on after ${this.#mustStop}`);
    if (this.#isRunning) return this.#violated('last-change', 'a call does not settle');
    const now = this.#options.history.latest();
    if (!now) return;
    if (now.contents === null && !this.#options.waitsForNode)
      return this.#violated('stop-has-cause', 'waits for a znode that is missing');
    if (this.#agrees(now)) return;
    if (this.#calls === 0)
      return this.#violated('first-call', `was never called, and the server holds ${printState(now)}`);
    this.#violated(
      'last-change',
      `was last called with ${printState(this.#last)}, and the server holds ${printState(now)}`,
    );
  }

  #agrees(now: WatchState): boolean {
    const last = this.#last;
    if (!last || last.contents !== now.contents) return false;
    return last.mark === null || now.mark === null || last.mark === now.mark;
  }

  #violated(rule: Rule, message: string): void {
    this.#options.onViolation({ rule, message });
  }
}
