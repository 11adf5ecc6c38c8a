import { createHook } from 'node:async_hooks';
import { ENTER } from './instrument.js';

/** The entry of a function. */
export interface Entry {
  readonly file: string;
  /** The function's name within its file, with its line. */
  readonly name: string;
}

/** The start of a turn: of the event loop, or of one callback of the microtask queue or of `process.nextTick`. */
export interface Turn {
  /** The resource, as async_hooks names it, whose callback runs. */
  readonly resource: string;
  readonly isMicrotask: boolean;
}

/** The resources whose callbacks run before the event loop goes on. */
const MICROTASKS: ReadonlySet<string> = new Set(['PROMISE', 'Microtask', 'TickObject']);

/** Records the functions that are entered, and the turns in which they are. */
export class Recording {
  readonly steps: (Entry | Turn)[] = [];
  #isOn = false;

  constructor() {
    const resources = new Map<number, string>();
    createHook({
      init: (id, resource) => void resources.set(id, resource),
      before: (id) => this.#beginTurn(resources.get(id) ?? 'other'),
    }).enable();
    Object.assign(globalThis, {
      [ENTER]: (file: string, name: string) => {
        if (this.#isOn) this.steps.push({ file, name });
      },
    });
  }

  begin(): void {
    this.steps.length = 0;
    this.#isOn = true;
  }

  /** Ends the recording, and returns its steps. A turn in which nothing was entered is left out. */
  end(): (Entry | Turn)[] {
    if (!this.#isOn) throw new Error('the journey ends, and its beginning was not seen');
    this.#isOn = false;
    return this.steps.filter((step, index) => {
      const next = this.steps[index + 1];
      if (!('resource' in step)) return true;
      return next !== undefined && (!('resource' in next) || (!step.isMicrotask && next.isMicrotask));
    });
  }

  #beginTurn(resource: string): void {
    if (this.#isOn) this.steps.push({ resource, isMicrotask: MICROTASKS.has(resource) });
  }
}
