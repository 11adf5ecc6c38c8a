import { closeSync, openSync, readSync } from 'node:fs';

/** Measures how long the event loop stands still at most, without the time in which its thread was not scheduled. */
export class LoopMonitor implements Disposable {
  /** In ms. */
  longest = 0;
  readonly #used = new ThreadClock();
  #isOver = false;
  #since = performance.now();
  #usedSince = this.#used.now();

  constructor() {
    this.#next();
  }

  /** Forgets what was measured so far. */
  reset(): void {
    this.longest = 0;
    this.#since = performance.now();
    this.#usedSince = this.#used.now();
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#used[Symbol.dispose]();
  }

  #next(): void {
    setImmediate(() => {
      if (this.#isOver) return;
      const [now, used] = [performance.now(), this.#used.now()];
      this.longest = Math.max(this.longest, Math.min(now - this.#since, used - this.#usedSince));
      [this.#since, this.#usedSince] = [now, used];
      this.#next();
    });
  }
}

/** The processor time of the present thread, in ms: of the whole process where the system does not tell it. */
class ThreadClock implements Disposable {
  readonly #buffer = Buffer.alloc(100);
  readonly #file: number | null;

  constructor() {
    try {
      this.#file = openSync('/proc/thread-self/schedstat', 'r');
    } catch {
      this.#file = null;
    }
  }

  now(): number {
    if (this.#file !== null) {
      const length = readSync(this.#file, this.#buffer, 0, this.#buffer.length, 0);
      return Number.parseInt(this.#buffer.toString('latin1', 0, length), 10) / 1_000_000;
    }
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  }

  [Symbol.dispose](): void {
    if (this.#file !== null) closeSync(this.#file);
  }
}
