import { SLICE } from './limits.js';
import { type LongWork, turns } from './timers.js';

/** Whether long work has used the present turn up: `await nextSlice()`. All of it shares one, as do works at once. */
export function isSliceOver(work: LongWork = turns.work, now = performance.now()): boolean {
  return now - (work.begun ?? beginTurn(work)) >= SLICE.most;
}

/** Resolves in a later turn of the event loop, for those that have waited longest first. */
export function nextSlice(): Promise<void> {
  const { work } = turns;
  return new Promise((resolve) => {
    work.waiting.push(resolve);
    comeUp(work);
  });
}

/** Whether long work waits for a turn. */
export function isWorkWaiting(): boolean {
  return turns.work.waiting.length > 0;
}

/** While the end of the turn is waited for, the event loop does not: the time is spent on work. */
function beginTurn(work: LongWork): number {
  const begun = performance.now();
  work.begun = begun;
  turns.next(() => {
    work.begun = undefined;
  });
  return begun;
}

function comeUp(work: LongWork): void {
  work.coming ??= { hasBegun: false };
  const turn = work.coming;
  turns.next(() => release(work, turn));
}

/** Lets the work go on that has waited longest, unless others have used the turn up. */
function release(work: LongWork, turn: NonNullable<LongWork['coming']>): void {
  if (work.coming === turn) work.coming = undefined;
  if (!turn.hasBegun) beginTurn(work);
  turn.hasBegun = true;
  if (isSliceOver(work)) comeUp(work);
  else work.waiting.shift()?.();
}
