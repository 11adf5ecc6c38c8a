/** An event at a time. */
export interface TimedEvent {
  readonly time: number;
  readonly sequence: number;
  /** Null once it has run or was cancelled. */
  run: (() => void) | null;
}

/** The events of one kind, by time and then in the order of scheduling. */
export class EventHeap<E extends TimedEvent> {
  readonly #heap: E[] = [];

  /** The next event that was not cancelled. */
  get first(): E | undefined {
    while (this.#heap[0] && !this.#heap[0].run) this.take();
    return this.#heap[0];
  }

  /** The time of the next event; Infinity when there is none. */
  get nextTime(): number {
    return this.first?.time ?? Number.POSITIVE_INFINITY;
  }

  add(event: E): void {
    const heap = this.#heap;
    let index = heap.length;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above] as E;
      if (!isBefore(event, parent)) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = event;
  }

  take(): E | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || first === last) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      const right = heap[child + 1];
      if (right && isBefore(right, heap[child] as E)) child += 1;
      const least = heap[child];
      if (!least || !isBefore(least, last)) break;
      heap[index] = least;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}

function isBefore(one: TimedEvent, other: TimedEvent): boolean {
  return one.time !== other.time ? one.time < other.time : one.sequence < other.sequence;
}

/** The events of one kind, in the order of scheduling. */
export class EventQueue<E extends TimedEvent> {
  #events: E[] = [];
  /** Those before it have run, or were cancelled. */
  #next = 0;

  /** The next event that has neither run nor was cancelled. */
  get first(): E | undefined {
    for (; this.#next < this.#events.length; this.#next += 1) {
      const event = this.#events[this.#next];
      if (event?.run) return event;
    }
    if (this.#next > 0) this.#events = [];
    this.#next = 0;
    return undefined;
  }

  add(event: E): void {
    this.#events.push(event);
  }
}
