import { Fifo } from './fifo.js';
import { SLICE } from './limits.js';
import { turns } from './timers.js';

/** A turn of the event loop, in which works that waited for it go on one after the other. */
interface Turn {
  begun: number | undefined;
}

const waiting = new Fifo<(begun: number) => void>();
let comingTurn: Turn | undefined;

function comeUp(): void {
  comingTurn ??= { begun: undefined };
  const turn = comingTurn;
  turns.next(() => release(turn));
}

/** Lets the work go on that has waited longest, unless others have used the turn up. */
function release(turn: Turn): void {
  if (comingTurn === turn) comingTurn = undefined;
  turn.begun ??= performance.now();
  if (performance.now() - turn.begun >= SLICE.most) comeUp();
  else waiting.shift()?.(turn.begun);
}

/** Divides long work into slices, between which the event loop turns. All works that wait for a turn share it. */
export class Slices {
  #begun = performance.now();

  /** Whether the present slice has lasted long enough: `await next()`. */
  get isOver(): boolean {
    return performance.now() - this.#begun >= SLICE.most;
  }

  /** Resolves in a later turn of the event loop. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      waiting.push((begun) => {
        this.#begun = begun;
        resolve();
      });
      comeUp();
    });
  }
}
