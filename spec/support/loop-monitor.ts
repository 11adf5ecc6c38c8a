/** Measures how long the event loop stands still at most, without the time in which this process was not scheduled. */
export class LoopMonitor implements Disposable {
  /** In ms. */
  longest = 0;
  #isOver = false;
  #since = performance.now();
  #used = usedByProcess();

  constructor() {
    this.#next();
  }

  /** Forgets what was measured so far. */
  reset(): void {
    this.longest = 0;
    this.#since = performance.now();
    this.#used = usedByProcess();
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
  }

  #next(): void {
    setImmediate(() => {
      const [now, used] = [performance.now(), usedByProcess()];
      this.longest = Math.max(this.longest, Math.min(now - this.#since, used - this.#used));
      [this.#since, this.#used] = [now, used];
      if (!this.#isOver) this.#next();
    });
  }
}

/** Processor time, in ms. */
function usedByProcess(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
