/** The faults that may cost a client its session. A harmless fault may not, as long as it is alone. */
export class Trouble {
  #active = 0;
  #harmful = 0;
  #last = Number.NEGATIVE_INFINITY;

  /** A fault begins. Returns a function that ends it. */
  begin(isHarmless: boolean): () => void {
    this.#active += 1;
    if (!isHarmless) this.#harmful += 1;
    this.#note();
    return () => {
      this.#note();
      this.#active -= 1;
      if (!isHarmless) this.#harmful -= 1;
    };
  }

  /** Whether a session may have been lost to faults since then, by `performance.now()`. */
  since(time: number): boolean {
    return this.#isTroubled || this.#last >= time;
  }

  get #isTroubled(): boolean {
    return this.#harmful > 0 || this.#active > 1;
  }

  #note(): void {
    if (this.#isTroubled) this.#last = performance.now();
  }
}
