import type { RemoteState } from './parse-batch.js';

/** A state that is to be handed out. */
export interface PendingState {
  readonly kind: 'state';
  readonly state: RemoteState;
  /** Grows with each state. */
  readonly number: number;
  /** Whether it, or one that it replaced, came in a list that filters needed to count. */
  readonly isBacklog: boolean;
  /** Whether it counts however old it is: the ensemble was restored. */
  readonly isRestored: boolean;
}

/** A moment: everything up to its position comes before it. */
export interface Mark {
  readonly kind: 'mark';
  readonly position: bigint;
  /** Called once everything before it was handed out. */
  readonly onPassed: (() => void) | undefined;
}

/** The states that are to be handed out, in their order: one for each path, the newest. */
export class PendingStates {
  readonly #items = new Map<string | number, PendingState | Mark>();
  #nextNumber = 0;
  /** The key of the mark behind which nothing is. */
  #lastMark: number | undefined;

  /** The number of the next state. */
  get nextNumber(): number {
    return this.#nextNumber;
  }

  get isEmpty(): boolean {
    return this.#items.size === 0;
  }

  get(path: string): RemoteState | undefined {
    const item = this.#items.get(path);
    return item?.kind === 'state' ? item.state : undefined;
  }

  /** The states of znodes that exist. */
  *existing(): Generator<RemoteState> {
    for (const item of this.#items.values()) if (item.kind === 'state' && item.state.node) yield item.state;
  }

  add(state: RemoteState, isBacklog: boolean, isRestored: boolean): void {
    const known = this.#items.get(state.path);
    const wasBacklog = known?.kind === 'state' && known.isBacklog;
    this.#items.delete(state.path);
    this.#items.set(state.path, {
      kind: 'state',
      state,
      number: this.#nextNumber,
      isBacklog: isBacklog || wasBacklog,
      isRestored,
    });
    this.#nextNumber += 1;
    this.#lastMark = undefined;
  }

  /** Marks a moment. A mark directly before it that nobody waits for is replaced. */
  mark(position: bigint, onPassed?: () => void): void {
    if (this.#lastMark !== undefined) this.#items.delete(this.#lastMark);
    const key = this.#nextNumber;
    this.#nextNumber += 1;
    this.#items.set(key, { kind: 'mark', position, onPassed });
    this.#lastMark = onPassed ? undefined : key;
  }

  shift(): PendingState | Mark | undefined {
    for (const [key, item] of this.#items) {
      this.#items.delete(key);
      if (key === this.#lastMark) this.#lastMark = undefined;
      return item;
    }
    return undefined;
  }
}
