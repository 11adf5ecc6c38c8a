import { withoutContext } from '../../lib/core/call-context.js';
import type { CoordinationClient } from '../../lib/core/coordination-client.js';
import { codeOf, isRetryable } from '../../lib/core/errors.js';
import { soon } from '../../lib/core/soon.js';
import { Pace, PERMANENT_ERRORS } from '../observing/index.js';
import type { DirtySet } from './dirty-set.js';
import { DueQueue } from './due-queue.js';
import type { Due, Reading } from './reading.js';
import { type RoundHost, readRound } from './round.js';
import type { Scope } from './scope.js';
import { inSlices } from './slices.js';
import type { TreeModel } from './tree-model.js';
import type { TreeSource } from './tree-source.js';

/** The parts of a reader that rounds work on. */
export interface RoundParts {
  readonly client: CoordinationClient;
  readonly scope: Scope;
  readonly model: TreeModel;
  readonly dirty: DirtySet;
  readonly source: TreeSource;
}

/** The znodes that were dirty when a round began. */
export type Reported = Pick<ReadonlySet<string>, 'has' | 'size'>;

/** The owner of the rounds. All methods are called synchronously, and may stop them. */
export interface RoundsOwner {
  /** Whether a new state of the model could be used now. */
  mayRead(): boolean;
  /** A round begins: it will read all that is dirty. */
  roundBegins(): void;
  /**
   * All that was dirty at the beginning was read.
   *
   * @returns a function that is called once the rounds are idle
   */
  roundEnded(reported: Reported): Promise<() => void>;
  /** A round has failed for another reason than the connection, and will be tried again. */
  failed(error: unknown, pace: Pace): void;
  /** A znode may not be read. */
  unreadable(path: string, error: unknown): void;
  /** No round is in progress. */
  becameIdle(): void;
  ended(reason: 'client-closed' | 'error', error?: unknown): void;
}

/** Reads the dirty znodes in rounds, one at a time, and waits after a failure or without news. */
export class Rounds implements RoundHost {
  readonly model: TreeModel;
  readonly #parts: RoundParts;
  readonly #owner: RoundsOwner;
  #phase: 'idle' | 'reading' | 'over' = 'idle';
  /** Whether the last round did not reach its end: the owner has not heard of all that it has read. */
  #isUnfinished = false;
  #isScheduled = false;
  /** Whether readings of the present round count no more. */
  #isOutdated = false;
  /** Present after rounds without news. */
  #pace: Pace | undefined;

  constructor(parts: RoundParts, owner: RoundsOwner) {
    this.model = parts.model;
    this.#parts = parts;
    this.#owner = owner;
  }

  /** Whether no round is in progress, and the last one has reached its end. */
  get isIdle(): boolean {
    return this.#phase === 'idle' && !this.#isUnfinished;
  }

  get portion(): RoundHost['portion'] {
    return this.#parts.source.portion;
  }

  /** Begins a round in a microtask, if one is needed and possible then. */
  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    soon(() => {
      this.#isScheduled = false;
      this.#begin();
    });
  }

  /** A server has reported a change: a pause after a failure ends. */
  eventCame(): void {
    this.#pace?.eventCame();
  }

  /** Ends every pause. */
  resume(): void {
    this.#pace?.end();
    this.schedule();
  }

  /** The connection has ended: changes after the readings of the present round may stay unreported. */
  outdate(): void {
    this.#isOutdated = true;
  }

  stop(): void {
    this.#phase = 'over';
    this.#pace?.end();
  }

  read(dues: readonly Due[]): Promise<readonly Reading[]> {
    return this.#parts.source.read(dues);
  }

  isOutdated(): boolean {
    return this.#isOutdated || this.#isOver();
  }

  readonly deletedAt = (path: string): bigint | undefined => this.#parts.dirty.deletedAt(path);

  unreadable(path: string, error: unknown): void {
    this.#owner.unreadable(path, error);
  }

  orphan(path: string): void {
    this.#parts.dirty.addOrphan(path);
  }

  #begin(): void {
    const { client, source, dirty } = this.#parts;
    if (this.#phase !== 'idle' || (dirty.isEmpty && !this.#isUnfinished)) return;
    if (client.state === 'closed') return this.#owner.ended('client-closed');
    if (!source.isArmed || !this.#owner.mayRead()) return;
    if (this.#pace?.holdsBack(() => this.schedule())) return;
    this.#phase = 'reading';
    this.#isUnfinished = true;
    this.#isOutdated = false;
    void withoutContext(() => this.#round());
  }

  /** Never rejects. */
  async #round(): Promise<void> {
    const { dirty, scope } = this.#parts;
    this.#owner.roundBegins();
    const { isAll } = dirty;
    const queue = new DueQueue(isAll ? this.model.snapshot()[Symbol.iterator]() : undefined);
    let conclude: (() => void) | undefined;
    try {
      const due = await inSlices(dirty.take(scope));
      await inSlices(queue.fill(due));
      if (!this.isOutdated()) await readRound(this, queue);
      dirty.putBack(queue);
      if (!this.isOutdated()) conclude = await this.#completed(due);
    } catch (error) {
      dirty.putBack(queue);
      if (!this.#isOver()) this.#failed(error);
    }
    if (this.#isOver()) return;
    this.#phase = 'idle';
    conclude?.();
    this.#owner.becameIdle();
    this.schedule();
  }

  async #completed(reported: Reported): Promise<() => void> {
    const hasNews = this.model.hasNews;
    if (hasNews) this.#pace = undefined;
    else this.#pace?.succeeded();
    const conclude = await this.#owner.roundEnded(reported);
    this.#isUnfinished = false;
    if (!hasNews && reported.size > 0) this.#inPace().roundWithoutNews();
    return conclude;
  }

  #failed(error: unknown): void {
    const code = codeOf(error);
    if (this.#parts.client.state === 'closed' || code === 'CLIENT_CLOSED') return this.#owner.ended('client-closed');
    if (PERMANENT_ERRORS.has(code)) return this.#owner.ended('error', error);
    // Without a connection, the next round waits for its return.
    if (this.#parts.source.isArmed) this.#inPace().failed(() => this.schedule());
    if (!isRetryable(error)) this.#owner.failed(error, this.#inPace());
  }

  #inPace(): Pace {
    this.#pace ??= new Pace();
    return this.#pace;
  }

  /** A method, as the compiler does not see that a call can change the phase. */
  #isOver(): boolean {
    return this.#phase === 'over';
  }
}
