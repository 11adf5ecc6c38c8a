import type { AfterPoll } from '../../core/timers.js';
import { afterPoll } from '../after-poll.js';

/** Node fires a timer with a longer delay at once. */
const LONGEST_DELAY = 2 ** 31 - 1;

/**
 * Finds the sessions whose timeout has passed. Deadlines are rounded up to a tick, as in ZooKeeper, so that touching a
 * session is cheap. There is at most one timer, and none while the queue is empty.
 */
export class ExpiryQueue {
  readonly #tickTime: number;
  readonly #expired: (ids: bigint[]) => void;
  readonly #ticks = new Map<number, Set<bigint>>();
  readonly #tickOf = new Map<bigint, number>();
  readonly #timeouts = new Map<bigint, number>();
  /** Identifies the clock: fake timers of a test replace it. */
  #clock = setTimeout;
  #timer: AfterPoll | undefined;
  /** The tick that the timer is for. */
  #awaited = Number.POSITIVE_INFINITY;
  #isStopped = false;

  /**
   * @param tickTime in ms
   * @param expired called once for each past tick with its sessions, which have left the queue by then
   */
  constructor(tickTime: number, expired: (ids: bigint[]) => void) {
    this.#tickTime = tickTime;
    this.#expired = expired;
  }

  /** Starts the session's timeout again. */
  touch(id: bigint, timeout: number): void {
    if (this.#clock !== setTimeout) this.#restart();
    const tick = Math.floor((performance.now() + timeout) / this.#tickTime) + 1;
    if (this.#tickOf.get(id) === tick) return;
    this.remove(id);
    this.#tickOf.set(id, tick);
    this.#timeouts.set(id, timeout);
    const ids = this.#ticks.get(tick);
    if (ids) ids.add(id);
    else this.#ticks.set(tick, new Set([id]));
    if (tick < this.#awaited) this.#await(tick);
  }

  remove(id: bigint): void {
    const tick = this.#tickOf.get(id);
    if (tick === undefined) return;
    this.#tickOf.delete(id);
    this.#timeouts.delete(id);
    const ids = this.#ticks.get(tick);
    ids?.delete(id);
    if (ids?.size === 0) this.#ticks.delete(tick);
    if (this.#tickOf.size === 0) this.#disarm();
  }

  /** Stops the clock: no session expires until {@link ExpiryQueue.resume}. */
  stop(): void {
    this.#isStopped = true;
    this.#disarm();
  }

  /** Starts the clock again. Overdue sessions expire before this returns. */
  resume(): void {
    this.#isStopped = false;
    this.#expire();
  }

  /** Starts every timeout again, by another clock than before, whose timer may never fire. */
  #restart(): void {
    this.#clock = setTimeout;
    const timeouts = [...this.#timeouts];
    for (const [id] of timeouts) this.remove(id);
    for (const [id, timeout] of timeouts) this.touch(id, timeout);
  }

  #await(tick: number): void {
    this.#disarm();
    if (this.#isStopped) return;
    this.#awaited = tick;
    const left = Math.max(tick * this.#tickTime - performance.now(), 0);
    this.#timer = afterPoll(Math.min(left, LONGEST_DELAY), (now) => this.#expire(now));
  }

  #disarm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#awaited = Number.POSITIVE_INFINITY;
  }

  #expire(time = performance.now()): void {
    if (this.#clock !== setTimeout) return this.#restart();
    this.#disarm();
    // A timer may fire a fraction of a millisecond early.
    const now = (time + 1) / this.#tickTime;
    const due = [...this.#ticks.keys()].filter((tick) => tick <= now).sort((a, b) => a - b);
    for (const tick of due) {
      const ids = [...(this.#ticks.get(tick) ?? [])];
      for (const id of ids) this.remove(id);
      this.#expired(ids);
    }
    if (this.#ticks.size > 0) this.#await(Math.min(...this.#ticks.keys()));
  }
}
