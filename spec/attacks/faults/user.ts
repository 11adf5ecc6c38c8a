import type { WatchedEvent } from '../../../index.js';
import { Recorder } from '../../../testing/recorder.js';
import { type Aspect, type Moment, NO_ZNODE, type WatchState } from '../../oracle/moment.js';
import type { Violation } from '../../oracle/rules.js';
import { WatchOracle } from '../../oracle/watch-oracle.js';
import { RecordedHistory } from './recorded-history.js';

/** How long a function takes, in ms: longer than a server takes to report the next change. */
const TAKES = 50;
const WITHIN = { within: 20_000 };

/** A call of a watch's function, or the settling of a promise. */
export interface Call {
  /** The data, or the names of the children; empty for a watch that reports the event alone. */
  readonly state: string;
  readonly event: WatchedEvent['type'] | null;
  /** By `performance.now()`. */
  readonly at: number;
}

/** The znode that a user watches, and how often it changes. */
export interface UserOptions {
  readonly path: string;
  readonly aspect: Aspect;
  /** The state before any change; `null`: there is no znode, and the watch waits for it. */
  readonly initial: string | null;
  readonly calls: number;
  /** Otherwise the client's logger receives the errors. */
  readonly hasErrorListener: boolean;
}

/** One user of one watch: records the calls, takes a while for each, throws in the last, and feeds the oracle. */
export class User {
  readonly calls = new Recorder<Call>();
  readonly violations: Violation[] = [];
  readonly path: string;
  readonly hasErrorListener: boolean;
  readonly #settled = new Recorder<void>();
  readonly #history: RecordedHistory;
  readonly #oracle: WatchOracle;
  readonly #lastCall: number;

  constructor({ path, aspect, initial, calls, hasErrorListener }: UserOptions) {
    this.path = path;
    this.hasErrorListener = hasErrorListener;
    this.#lastCall = calls;
    this.#history = new RecordedHistory(stateOf(initial));
    this.#oracle = new WatchOracle({
      ...{ path, aspect, history: this.#history, waitsForNode: aspect === 'data' || initial === null },
      onViolation: (violation) => this.violations.push(violation),
    });
  }

  see(moment: Moment): void {
    this.#oracle.see(moment);
  }

  /** A write is about to be sent that leads to this state. */
  writing(contents: string): void {
    this.#history.writing(stateOf(contents));
  }

  record(state: string, event: WatchedEvent | null): void {
    this.calls.record({ state, event: event?.type ?? null, at: performance.now() });
  }

  /** The watch's function. */
  called(state: WatchState, event: WatchedEvent | null): Promise<void> {
    this.see({ what: 'called', state, event });
    this.record(String(state.contents), event);
    return this.#settle(this.calls.items.length === this.#lastCall);
  }

  /** Resolves once every call has settled, and the watch has reported the error of the last one. */
  async untilIdle(): Promise<void> {
    if (this.#settled.items.length === 0) return;
    const isIdle = () => this.#settled.items.length === this.calls.items.length;
    await this.#settled.until(isIdle, { ...WITHIN, describe: `the calls of ${this.path} settled` });
    await new Promise(setImmediate);
  }

  async #settle(isLast: boolean): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, TAKES));
    const error = new Error(`thrown in the last call of ${this.path}`);
    this.see(isLast ? { what: 'settled', how: 'threw', error } : { what: 'settled', how: 'value' });
    this.#settled.record();
    if (isLast) throw error;
  }
}

const stateOf = (contents: string | null): WatchState => (contents === null ? NO_ZNODE : { mark: null, contents });
