import { noWork, turns } from '../lib/core/timers.js';
import { EventHeap, EventQueue, type TimedEvent } from './event-heap.js';
import { replaceProperty } from './replace-property.js';
import { SeededRandom } from './seeded-random.js';

/** Taken before any clock is installed in its place. */
const realSetImmediate = setImmediate;

/** Resolves once every microtask has run. */
export const turn = (): Promise<void> => new Promise((resolve) => realSetImmediate(resolve));

type Run = (...args: unknown[]) => void;
/** An event in the future. */
export interface Scheduled {
  readonly cancel: () => void;
}

/** The phases of an event loop, in their order: timers that are due, input that has arrived, immediates. */
type LoopPhase = 'begin' | 'timers' | 'poll' | 'check';

interface Handle extends Disposable {
  readonly entry: TimedEvent;
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
 * The one virtual clock: runs events one by one, by time. While it is installed it replaces the timers, the clocks and
 * the chance of the process.
 *
 * The client's events run as Node's event loop runs them: each turn takes the timers that are due as it begins, then
 * the input that had arrived when it began to poll, then the immediates that had been set by then. The world outside
 * of the client's process goes on by itself.
 */
export class VirtualClock {
  readonly #random: SeededRandom;
  readonly #earlyBy: number;
  readonly #world = new EventHeap<TimedEvent>();
  readonly #timers = new EventHeap<TimedEvent>();
  readonly #input = new EventHeap<TimedEvent>();
  readonly #immediates = new EventQueue<TimedEvent>();
  #phase: LoopPhase = 'begin';
  /** Timers that become due later wait for the next turn, as do those due while a timer blocks the loop. */
  #firesUpTo = 0;
  /** Until when the client's loop is blocked. */
  #blockedUntil = 0;
  /** Input that arrives later waits for the next turn. */
  #polledAt = 0;
  /** Immediates set later wait for the next turn. */
  #checksUpTo = 0;
  #now = START;
  #sequence = 0;
  #pendingTimers = 0;
  #isRunning = false;

  constructor(random: SeededRandom, { earlyBy = EARLY }: VirtualClockOptions = {}) {
    this.#random = random;
    this.#earlyBy = earlyBy;
  }

  get now(): number {
    return this.#now;
  }

  /** Whether the synchronous part of an event is running: a timer, input, an immediate. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** How many timers and immediates of the client are pending. */
  get pendingTimers(): number {
    return this.#pendingTimers;
  }

  /** Schedules an event outside of the client's process. */
  inWorld(delay: number, run: () => void): Scheduled {
    return cancellable(this.#add(this.#world, delay, run));
  }

  /** Schedules input of the client: it waits in the socket until the client's loop polls. */
  atClient(delay: number, run: () => void): Scheduled {
    return cancellable(this.#add(this.#input, delay, run));
  }

  /** Runs the next event; false when there is none. */
  step(): boolean {
    const event = this.#next();
    if (!event) return false;
    this.#run(event);
    return true;
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
    while (this.#nextTime <= end) {
      this.step();
      await turn();
      await afterEach();
    }
    this.#now = Math.max(this.#now, end);
  }

  /** Blocks the client's event loop: as time passes the world goes on, and what is due at the client runs late. */
  block(ms: number): void {
    this.#blockedUntil = Math.max(this.#now, this.#blockedUntil) + ms;
  }

  /** Blocks the client's event loop from within it: the time has passed when this returns, as after a computation. */
  spin(ms: number): void {
    const end = Math.max(this.#now, this.#blockedUntil) + ms;
    while (this.#world.nextTime <= end) {
      const event = this.#world.take() as TimedEvent;
      this.#now = Math.max(this.#now, event.time);
      this.#run(event);
    }
    this.#now = end;
  }

  /** Keeps the client's loop busy, so many ms in each turn, entered in a phase. @returns a function that ends it */
  beBusy(piece: number, entered: 'timer' | 'io' | 'immediate'): () => void {
    let isOver = false;
    const enter = (run: () => void): void => {
      if (entered === 'immediate') this.#immediates.add(this.#event(0, run));
      else this.#add(entered === 'timer' ? this.#timers : this.#input, this.#blockedUntil - this.#now, run);
    };
    const spin = (): void => {
      if (isOver) return;
      this.block(piece);
      enter(spin);
    };
    enter(spin);
    return () => {
      isOver = true;
    };
  }

  /** Replaces the clock and the chance of the process. @returns a function that restores them */
  install(): () => void {
    const stand = {
      setTimeout: (run: Run, delay?: number, ...args: unknown[]) => this.#timer(run, delay, args),
      clearTimeout: (handle: unknown) => this.#clear(handle),
      setImmediate: (run: Run, ...args: unknown[]) => this.#immediate(run, args),
      clearImmediate: (handle: unknown) => this.#clear(handle),
    };
    const restores = [
      replaceProperty(turns, 'next', stand.setImmediate),
      replaceProperty(turns, 'work', noWork()),
      replaceProperty(turns, 'reading', noWork()),
      ...Object.entries(stand).map(([name, value]) => replaceProperty(globalThis, name, value)),
      replaceProperty(performance, 'now', () => this.#now),
      replaceProperty(Date, 'now', () => EPOCH + Math.floor(this.#now)),
      replaceProperty(Math, 'random', () => this.#random.next()),
    ];
    return () => {
      for (const restore of restores) restore();
    };
  }

  /** As in Node: whole milliseconds, and at least one. */
  #timer(run: Run, delay: number | undefined, args: unknown[]): Handle {
    const whole = delay !== undefined && delay >= 1 && delay < 2 ** 31 ? Math.trunc(delay) : 1;
    const at = whole - this.#random.next() * this.#earlyBy;
    return this.#handle(this.#add(this.#timers, at, this.#counted(run, args)));
  }

  #immediate(run: Run, args: unknown[]): Handle {
    const event = this.#event(0, this.#counted(run, args));
    this.#immediates.add(event);
    return this.#handle(event);
  }

  #counted(run: Run, args: unknown[]): () => void {
    this.#pendingTimers += 1;
    return () => {
      this.#pendingTimers -= 1;
      run(...args);
    };
  }

  #handle(entry: TimedEvent): Handle {
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
    this.#pendingTimers -= 1;
  }

  #event(delay: number, run: () => void): TimedEvent {
    this.#sequence += 1;
    return { time: this.#now + Math.max(0, delay), sequence: this.#sequence, run };
  }

  #add(heap: EventHeap<TimedEvent>, delay: number, run: () => void): TimedEvent {
    const event = this.#event(delay, run);
    heap.add(event);
    return event;
  }

  #run(event: TimedEvent): void {
    const { run } = event;
    const wasRunning = this.#isRunning;
    event.run = null;
    this.#isRunning = true;
    try {
      run?.();
    } finally {
      this.#isRunning = wasRunning;
    }
  }

  /** When the next event is due: now, or later. */
  get #nextTime(): number {
    const client = this.#immediates.first ? this.#now : Math.min(this.#timers.nextTime, this.#input.nextTime);
    return Math.min(this.#world.nextTime, Math.max(client, this.#blockedUntil));
  }

  #next(): TimedEvent | undefined {
    for (;;) {
      if (this.#world.nextTime <= this.#now) return this.#world.take();
      const event = this.#blockedUntil <= this.#now ? this.#nextOfTurn() : undefined;
      if (event) return event;
      const time = this.#nextTime;
      if (time === Number.POSITIVE_INFINITY) return undefined;
      this.#now = Math.max(this.#now, time);
    }
  }

  /** The next event of the client's turn; undefined at the turn's end. */
  #nextOfTurn(): TimedEvent | undefined {
    if (this.#phase === 'begin') {
      this.#phase = 'timers';
      this.#firesUpTo = this.#now;
    }
    if (this.#phase === 'timers') {
      if (this.#timers.nextTime <= this.#firesUpTo) return this.#timers.take();
      this.#phase = 'poll';
      this.#polledAt = this.#now;
    }
    if (this.#phase === 'poll') {
      if (this.#input.nextTime <= this.#polledAt) return this.#input.take();
      this.#phase = 'check';
      this.#checksUpTo = this.#sequence;
    }
    const immediate = this.#immediates.first;
    if (immediate && immediate.sequence <= this.#checksUpTo) return immediate;
    this.#phase = 'begin';
    return undefined;
  }
}

function cancellable(event: TimedEvent): Scheduled {
  return {
    cancel: () => {
      event.run = null;
    },
  };
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
