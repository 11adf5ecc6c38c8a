const NOW = Promise.resolve();

/**
 * Runs a function in a microtask. `queueMicrotask` does the same, but the fake timers of test runners replace it, and
 * whatever waits for it then waits for ever.
 */
export function soon(run: () => void): void {
  void NOW.then(run);
}
