import { HTTP } from '../limits.js';

/**
 * The positions of requests that the ensemble has not come to. One that does not come is none of this ensemble's, which
 * was restored from a backup: that cannot be known at once, and the client asks several times meanwhile.
 */
export class PositionsAhead {
  readonly #awaitedFrom = new Map<bigint, number>();

  /** Whether a position, which the ensemble has not come to, has been awaited for too long. */
  isForeign(position: bigint): boolean {
    const now = performance.now();
    const from = this.#awaitedFrom.get(position) ?? now;
    if (this.#awaitedFrom.size >= HTTP.positionsAhead) this.#awaitedFrom.clear();
    this.#awaitedFrom.set(position, from);
    return now - from >= HTTP.behindFor;
  }

  /** The ensemble has come to it. */
  came(position: bigint): void {
    this.#awaitedFrom.delete(position);
  }

  /** How new the ensemble is was not known: the time does not count. */
  forget(): void {
    this.#awaitedFrom.clear();
  }
}
