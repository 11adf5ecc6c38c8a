type Outcome = { readonly error?: unknown };

/**
 * A promise that is made when it is asked for, for most watches' is not. Its rejection is nobody's unhandled one: what
 * it tells is reported elsewhere too.
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
      if (this.#outcome) this.#settle?.(this.#outcome);
    }
    return this.#promise;
  }

  resolve(): void {
    this.#end({});
  }

  reject(error: unknown): void {
    this.#end({ error });
  }

  #end(outcome: Outcome): void {
    if (this.#outcome) return;
    this.#outcome = outcome;
    this.#settle?.(outcome);
  }
}
