interface Outcome {
  readonly error?: unknown;
}

/**
 * The promise behind `ready`, created on demand: most watches are never asked for it. Its rejection is never an
 * unhandled one, as the watch reports the error in another way too.
 */
export class Readiness {
  #outcome: Outcome | undefined;
  #promise: Promise<void> | undefined;
  #settle: ((outcome: Outcome) => void) | undefined;

  get promise(): Promise<void> {
    if (!this.#promise) {
      this.#promise = new Promise((resolve, reject) => {
        this.#settle = (outcome) => ('error' in outcome ? reject(outcome.error) : resolve());
      });
      this.#promise.catch(() => {});
      this.#settlePromise();
    }
    return this.#promise;
  }

  get isRejected(): boolean {
    return this.#outcome !== undefined && 'error' in this.#outcome;
  }

  resolve(): void {
    this.#end({});
  }

  reject(error: unknown): void {
    this.#end({ error });
  }

  /** The first outcome counts. */
  #end(outcome: Outcome): void {
    if (this.#outcome) return;
    this.#outcome = outcome;
    this.#settlePromise();
  }

  #settlePromise(): void {
    if (!this.#outcome) return;
    this.#settle?.(this.#outcome);
    this.#settle = undefined;
  }
}

/**
 * What a watch keeps of its readiness. A promise that has resolved is kept only by those who hold it, and for them
 * `ready` stays the same: the promises of a hundred thousand watches would only take memory.
 */
export type KeptReadiness = Readiness | WeakRef<Promise<void>>;

/** Shared by all watches that became ready before anybody asked for `ready`. */
const READY = new Readiness();
READY.resolve();

/** The promise behind what is kept. */
export function promiseOf(kept: KeptReadiness): Promise<void> {
  return kept instanceof Readiness ? kept.promise : (kept.deref() ?? READY.promise);
}

/** Resolves, unless it was rejected before. Returns what is to be kept. */
export function resolveReadiness(kept: KeptReadiness | undefined): KeptReadiness {
  if (!(kept instanceof Readiness)) return kept ?? READY;
  kept.resolve();
  return kept === READY || kept.isRejected ? kept : new WeakRef(kept.promise);
}
