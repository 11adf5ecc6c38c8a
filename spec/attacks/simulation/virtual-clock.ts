import type { Random } from './random.js';

/** Whose event it is: a blocked event loop of the client holds up its own only. */
export type Side = 'client' | 'world';

/** The order in which an event loop gets to what is due: timers, what has come in, immediates. */
const Phase = { timer: 0, io: 1, immediate: 2 } as const;

/** What will happen at a time. */
export interface Scheduled {
  readonly cancel: () => void;
}

interface Entry {
  time: number;
  readonly due: number;
  readonly phase: number;
  readonly sequence: number;
  readonly side: Side;
  run: (() => void) | null;
}

interface Handle extends Disposable {
  readonly entry: Entry;
  ref(): Handle;
  unref(): Handle;
  hasRef(): boolean;
}

/** Where the virtual time begins, by `performance.now()` and by `Date.now()`. */
const START = 1_000;
const EPOCH = 1_700_000_000_000;

/**
 * A time of its own: what happens is kept in a heap and taken out one by one, by time and then in the order of
 * scheduling. While it is installed it stands in for the timers, the clocks and the chance of the process.
 */
export class VirtualClock {
  readonly #random: Random;
  readonly #heap: Entry[] = [];
  #now = START;
  #sequence = 0;
  #timers = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  get now(): number {
    return this.#now;
  }

  /** How many timers and immediates of the client wait. */
  get pendingTimers(): number {
    return this.#timers;
  }

  /** Schedules what happens outside of the client's process. */
  inWorld(delay: number, run: () => void): Scheduled {
    return this.#cancellable(this.#add(delay, 'world', Phase.io, run));
  }

  /** Schedules what comes in at the client. */
  atClient(delay: number, run: () => void): Scheduled {
    return this.#cancellable(this.#add(delay, 'client', Phase.io, run));
  }

  /** Takes the next event; false when there is none. */
  step(): boolean {
    for (let entry = this.#pop(); entry; entry = this.#pop()) {
      if (!entry.run) continue;
      this.#now = Math.max(this.#now, entry.time);
      const { run } = entry;
      entry.run = null;
      run();
      return true;
    }
    return false;
  }

  /** Keeps the client's event loop busy: what was due meanwhile comes late, timers first and then what came in. */
  block(ms: number): void {
    const end = this.#now + ms;
    const entries = this.#heap.splice(0);
    for (const entry of entries) {
      if (entry.side === 'client' && entry.time < end) entry.time = end;
      this.#push(entry);
    }
  }

  /** Takes the place of the process's own clock and chance. Returns what puts them back. */
  install(): () => void {
    const stand = {
      setTimeout: (run: (...args: unknown[]) => void, delay?: number, ...args: unknown[]) =>
        this.#timer(run, delay, args),
      clearTimeout: (handle: unknown) => this.#clear(handle),
      setImmediate: (run: (...args: unknown[]) => void, ...args: unknown[]) => this.#immediate(run, args),
      clearImmediate: (handle: unknown) => this.#clear(handle),
    };
    const restores = [
      ...Object.entries(stand).map(([name, value]) => replace(globalThis, name, value)),
      replace(performance, 'now', () => this.#now),
      replace(Date, 'now', () => EPOCH + Math.floor(this.#now)),
      replace(Math, 'random', () => this.#random.next()),
    ];
    return () => {
      for (const restore of restores) restore();
    };
  }

  /** As Node's: whole milliseconds, at least one, and by the finer clock up to one too early. */
  #timer(run: (...args: unknown[]) => void, delay: number | undefined, args: unknown[]): Handle {
    const whole = delay !== undefined && delay >= 1 && delay < 2 ** 31 ? Math.trunc(delay) : 1;
    return this.#handle(whole - this.#random.next() * 0.9, Phase.timer, run, args);
  }

  #immediate(run: (...args: unknown[]) => void, args: unknown[]): Handle {
    return this.#handle(0, Phase.immediate, run, args);
  }

  #handle(delay: number, phase: number, run: (...args: unknown[]) => void, args: unknown[]): Handle {
    this.#timers += 1;
    const entry = this.#add(delay, 'client', phase, () => {
      this.#timers -= 1;
      run(...args);
    });
    const handle: Handle = {
      entry,
      ref: () => handle,
      unref: () => handle,
      hasRef: () => true,
      [Symbol.dispose]: () => this.#clear(handle),
    };
    return handle;
  }

  #clear(handle: unknown): void {
    const entry = (handle as Partial<Handle> | null | undefined)?.entry;
    if (!entry?.run) return;
    entry.run = null;
    this.#timers -= 1;
  }

  #cancellable(entry: Entry): Scheduled {
    return {
      cancel: () => {
        entry.run = null;
      },
    };
  }

  #add(delay: number, side: Side, phase: number, run: () => void): Entry {
    const time = this.#now + Math.max(0, delay);
    this.#sequence += 1;
    const entry: Entry = { time, due: time, phase, sequence: this.#sequence, side, run };
    this.#push(entry);
    return entry;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.length;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above] as Entry;
      if (!isBefore(entry, parent)) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = entry;
  }

  #pop(): Entry | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || first === last) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      const right = heap[child + 1];
      if (right && isBefore(right, heap[child] as Entry)) child += 1;
      const least = heap[child];
      if (!least || !isBefore(least, last)) break;
      heap[index] = least;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}

function isBefore(one: Entry, other: Entry): boolean {
  if (one.time !== other.time) return one.time < other.time;
  if (one.phase !== other.phase) return one.phase < other.phase;
  return one.due !== other.due ? one.due < other.due : one.sequence < other.sequence;
}

/** Puts another value under the name; returns what undoes it. */
function replace(target: object, name: string, value: unknown): () => void {
  const own = Object.getOwnPropertyDescriptor(target, name);
  Object.defineProperty(target, name, { value, configurable: true, writable: true });
  return () => {
    if (own) Object.defineProperty(target, name, own);
    else Reflect.deleteProperty(target, name);
  };
}
