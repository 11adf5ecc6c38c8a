import { afterAll } from 'vitest';
import './nothing-needed.js';

// The setup of the project `fakes`, evaluated for each file. Its specs share a context. A timer that outlives its spec,
// as the recheck of a watch that was not stopped, would fire in another spec and start the next one on the fake clock
// of that spec.

const { setTimeout: start, clearTimeout: clear } = globalThis;
const started = new Set<NodeJS.Timeout>();

globalThis.setTimeout = Object.assign((...args: Parameters<typeof start>) => {
  const timer = start(...args);
  started.add(timer);
  return timer;
}, start);

afterAll(() => {
  globalThis.setTimeout = start;
  for (const timer of started) clear(timer);
});
