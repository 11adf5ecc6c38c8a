import { Fifo } from './fifo.js';
import { SLICE } from './limits.js';
import { turns } from './timers.js';

/** A coming turn of the event loop, in which works that wait for it go on one after the other. */
interface Turn {
  hasBegun: boolean;
}

const waiting = new Fifo<() => void>();
let comingTurn: Turn | undefined;

/** Whether long work has used the present turn up: `await nextSlice()`. All of it shares one, as do works at once. */
export function isSliceOver(): boolean {
  return performance.now() - (turns.begun ?? beginTurn()) >= SLICE.most;
}

/** Resolves in a later turn of the event loop, for those that have waited longest first. */
export function nextSlice(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    comeUp();
  });
}

/** Whether long work waits for a turn. */
export function isWorkWaiting(): boolean {
  return waiting.length > 0;
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
  comingTurn ??= { hasBegun: false };
  const turn = comingTurn;
  turns.next(() => release(turn));
}

/** Lets the work go on that has waited longest, unless others have used the turn up. */
function release(turn: Turn): void {
  if (comingTurn === turn) comingTurn = undefined;
  if (!turn.hasBegun) beginTurn();
  turn.hasBegun = true;
  if (isSliceOver()) comeUp();
  else waiting.shift()?.();
}
