import { SLICE } from './limits.js';
import { turns } from './timers.js';

/** Whether long work has used the present turn up: `await nextSlice()`. All of it shares one, as do works at once. */
export function isSliceOver(): boolean {
  return performance.now() - (turns.begun ?? beginTurn()) >= SLICE.most;
}

/** Resolves in a later turn of the event loop, for those that have waited longest first. */
export function nextSlice(): Promise<void> {
  return new Promise((resolve) => {
    turns.waiting.push(resolve);
    comeUp();
  });
}

/** Whether long work waits for a turn. */
export function isWorkWaiting(): boolean {
  return turns.waiting.length > 0;
}

/** While the end of the turn is waited for, the event loop does not: the time is spent on work. */
function beginTurn(): number {
  const begun = performance.now();
  turns.begun = begun;
  turns.next(() => {
    turns.begun = undefined;
  });
  return begun;
}

function comeUp(): void {
  turns.coming ??= { hasBegun: false };
  const turn = turns.coming;
  turns.next(() => release(turn));
}

/** Lets the work go on that has waited longest, unless others have used the turn up. */
function release(turn: NonNullable<typeof turns.coming>): void {
  if (turns.coming === turn) turns.coming = undefined;
  if (!turn.hasBegun) beginTurn();
  turn.hasBegun = true;
  if (isSliceOver()) comeUp();
  else turns.waiting.shift()?.();
}
