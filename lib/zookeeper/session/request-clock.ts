import { Deadline } from '../../core/deadline.js';
import { SESSION } from '../../core/limits.js';

/** A call of the user, over all requests and attempts that it takes. */
export interface Call {
  /** When its first request was submitted, by the clock of its queue. */
  since?: number;
  /** When its latest request was submitted. */
  triedAt?: number;
}

/**
 * The clock of a queue of requests: it stands still while the event loop cannot run, and wakes the queue when a request
 * may be overdue.
 */
export class RequestClock {
  /** As negotiated, in ms. */
  sessionTimeout: number;
  readonly #wake: () => void;
  #missed = 0;
  #deadline: Deadline | undefined;
  #dueAt = Number.POSITIVE_INFINITY;
  #answeredAt = Number.NEGATIVE_INFINITY;
  #sentAt = Number.NEGATIVE_INFINITY;

  /** @param wake called when the time of a call of `wakeAt()` has come */
  constructor(sessionTimeout: number, wake: () => void) {
    this.sessionTimeout = sessionTimeout;
    this.#wake = wake;
  }

  /** In ms; only differences mean something. */
  get now(): number {
    return this.at(performance.now());
  }

  /** A moment by this clock. @param time by `performance.now()` */
  at(time: number): number {
    return time - this.#missed - (this.#deadline?.missed ?? 0);
  }

  /** A request has been sent while no other was in flight. */
  sentFirst(): void {
    this.#sentAt = this.now;
  }

  /** A request was answered. @param time by `performance.now()` */
  answered(time: number): void {
    this.#answeredAt = this.at(time);
  }

  /** When a request that waits for a connection has waited for long enough. */
  endOfPatience(waitingSince: number): number {
    return waitingSince + this.sessionTimeout;
  }

  /** When the oldest request in flight must be answered: it is its turn since the answer to the one before. */
  get answerDue(): number {
    return Math.max(this.#sentAt, this.#answeredAt) + this.sessionTimeout * SESSION.answerWithin;
  }

  /** A request of the call is submitted. @param now by this clock */
  tried(call: Call, now: number): void {
    call.triedAt = now;
    call.since ??= now;
  }

  /** When a call must be settled: answers to others show that it is only queued, and a late attempt has some time. */
  settlementDue({ since = this.now, triedAt = since }: Call): number {
    const due = Math.max(since, this.#answeredAt) + this.sessionTimeout * SESSION.settleWithin;
    return Math.max(due, triedAt + this.sessionTimeout * SESSION.lateAttempt);
  }

  /** Whether another attempt of the call could not be answered in time. */
  isLastAttempt({ since = this.now }: Call): boolean {
    const lastStart = SESSION.settleWithin - SESSION.lateAttempt;
    return Math.max(since, this.#answeredAt) + this.sessionTimeout * lastStart <= this.now;
  }

  /** Wakes the queue at this time at the latest. */
  wakeAt(time: number): void {
    if (time >= this.#dueAt) return;
    this.stop();
    this.#dueAt = time;
    this.#deadline = new Deadline(time - this.now, () => {
      this.stop();
      // A moment noted after a pause of the loop, and before the pause was seen, must not lie in the future.
      this.#answeredAt = Math.min(this.#answeredAt, this.now);
      this.#sentAt = Math.min(this.#sentAt, this.now);
      this.#wake();
    });
  }

  /** No wake-up until the next `wakeAt()`. */
  stop(): void {
    this.#missed += this.#deadline?.missed ?? 0;
    this.#deadline?.cancel();
    this.#deadline = undefined;
    this.#dueAt = Number.POSITIVE_INFINITY;
  }
}
