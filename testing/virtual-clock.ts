import { SeededRandom } from './seeded-random.js';

/** Taken before any clock is installed in its place. */
const realSetImmediate = setImmediate;

/** Resolves once every microtask has run. */
export const turn = (): Promise<void> => new Promise((resolve) => realSetImmediate(resolve));

/** The side that an event belongs to: a blocked event loop of the client delays the client's events only. */
type Side = 'client' | 'world';

/** The order in which an event loop runs what is due: timers, input, immediates. */
const Phase = { timer: 0, io: 1, immediate: 2 } as const;

/** An event in the future. */
export interface Scheduled {
  readonly cancel: () => void;
}

interface Entry {
  time: number;
  readonly due: number;
  /** Whether the turn of the event loop in which it runs had begun before the loop was blocked. */
  isOfBlockedTurn: boolean;
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

/** The beginning of virtual time, by `performance.now()` and by `Date.now()`. */
const START = 1_000;
const EPOCH = 1_700_000_000_000;
/** Node fires a timer up to so many ms early, measured by the finer clock of `performance.now()`. */
const EARLY = 0.9;

/** How a clock fires timers. */
export interface VirtualClockOptions {
  /** Up to how many ms a timer may fire early; default 0.9, as in Node. */
  readonly earlyBy?: number;
}

/**
 * The one virtual clock: keeps events in a heap and runs them one by one, by time and then in the order of scheduling.
 * While it is installed it replaces the timers, the clocks and the chance of the process.
 */
export class VirtualClock {
  readonly #random: SeededRandom;
  readonly #earlyBy: number;
  readonly #heap: Entry[] = [];
  #now = START;
  #sequence = 0;
  #timers = 0;
  #running: Entry | null = null;

  constructor(random: SeededRandom, { earlyBy = EARLY }: VirtualClockOptions = {}) {
    this.#random = random;
    this.#earlyBy = earlyBy;
  }

  get now(): number {
    return this.#now;
  }

  /** Whether the synchronous part of an event is running: a timer, input, an immediate. */
  get isRunning(): boolean {
    return this.#running !== null;
  }

  /** How many timers and immediates of the client are pending. */
  get pendingTimers(): number {
    return this.#timers;
  }

  /** Schedules an event outside of the client's process. */
  inWorld(delay: number, run: () => void): Scheduled {
    return this.#cancellable(this.#add(delay, 'world', Phase.io, run));
  }

  /** Schedules input of the client. */
  atClient(delay: number, run: () => void): Scheduled {
    return this.#cancellable(this.#add(delay, 'client', Phase.io, run));
  }

  /** Runs the next event; false when there is none. */
  step(): boolean {
    for (let entry = this.#pop(); entry; entry = this.#pop()) {
      if (!entry.run) continue;
      this.#now = Math.max(this.#now, entry.time);
      const { run } = entry;
      entry.run = null;
      this.#running = entry;
      try {
        run();
      } finally {
        this.#running = null;
      }
      return true;
    }
    return false;
  }

  /**
   * Lets so much time pass, one event at a time, with all microtasks between.
   *
   * @param afterEach runs after each event, and completes before the next one
   */
  async pass(ms: number, afterEach: () => void | Promise<void> = () => {}): Promise<void> {
    const end = this.#now + ms;
    await turn();
    await afterEach();
    while (this.#hasEventBy(end)) {
      this.step();
      await turn();
      await afterEach();
    }
    this.#now = end;
  }

  /**
   * Blocks the client's event loop: what is due meanwhile runs late, timers first and then input. Called by an event of
   * the client, it is that event which takes so long: the rest of its turn runs before the late timers.
   */
  block(ms: number): void {
    const [begin, end] = [this.#now, this.#now + ms];
    const phase = this.#running?.side === 'client' ? this.#running.phase : Number.POSITIVE_INFINITY;
    const entries = this.#heap.splice(0);
    for (const entry of entries) {
      if (entry.side === 'client' && entry.time < end) {
        entry.isOfBlockedTurn = entry.time <= begin && entry.phase >= phase;
        entry.time = end;
      }
      this.#push(entry);
    }
  }

  /**
   * Keeps the client's event loop busy in pieces of `piece` ms, one in each turn, entered in a phase of the loop.
   * Returns a function that ends it.
   */
  beBusy(piece: number, entered: keyof typeof Phase): () => void {
    let next: Entry | undefined;
    const enter = (): void => {
      this.block(piece);
      // In the turn after the piece, or in the next one: never in the turn that was blocked.
      next = this.#add(piece, 'client', Phase[entered], enter);
    };
    next = this.#add(0, 'client', Phase[entered], enter);
    return () => {
      if (next) next.run = null;
    };
  }

  /** Replaces the clock and the chance of the process. Returns a function that restores them. */
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

  /** As in Node: whole milliseconds, and at least one. */
  #timer(run: (...args: unknown[]) => void, delay: number | undefined, args: unknown[]): Handle {
    const whole = delay !== undefined && delay >= 1 && delay < 2 ** 31 ? Math.trunc(delay) : 1;
    return this.#handle(whole - this.#random.next() * this.#earlyBy, Phase.timer, run, args);
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

  #hasEventBy(time: number): boolean {
    while (this.#heap[0] && !this.#heap[0].run) this.#pop();
    const next = this.#heap[0];
    return next !== undefined && next.time <= time;
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
    const entry: Entry = { time, due: time, isOfBlockedTurn: false, phase, sequence: this.#sequence, side, run };
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
  if (one.isOfBlockedTurn !== other.isOfBlockedTurn) return one.isOfBlockedTurn;
  if (one.phase !== other.phase) return one.phase < other.phase;
  return one.due !== other.due ? one.due < other.due : one.sequence < other.sequence;
}

/** Runs with a clock of its own whose timers are exact, and with chance from the seed. */
export async function withVirtualClock(seed: number, run: (clock: VirtualClock) => Promise<void>): Promise<void> {
  const clock = new VirtualClock(new SeededRandom(seed), { earlyBy: 0 });
  const restore = clock.install();
  try {
    await run(clock);
  } finally {
    restore();
  }
}

/** Replaces a property; returns a function that restores it. */
function replace(target: object, name: string, value: unknown): () => void {
  const own = Object.getOwnPropertyDescriptor(target, name);
  Object.defineProperty(target, name, { value, configurable: true, writable: true });
  return () => {
    if (own) Object.defineProperty(target, name, own);
    else Reflect.deleteProperty(target, name);
  };
}
