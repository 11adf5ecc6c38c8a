import { missedTime } from '../../core/deadline.js';
import { DEADLINE, SESSION } from '../../core/limits.js';
import { type AfterPoll, afterPoll } from '../../core/timers.js';

/** The effects of a heartbeat. */
export interface HeartbeatActions {
  /** Asks the server for a sign of life. */
  ping(): void;
  /** The server has been silent for too long. Called once. */
  silent(reason: string): void;
}

/**
 * The clock of one open connection. Incoming traffic does not put off a ping: a client that only receives notifications
 * would lose its session otherwise.
 *
 * A due ping goes out in the timer, before any judgement; the judgement follows the poll phase, which reads the
 * answers. Time in which the event loop could not run does not count against the server.
 */
export class Heartbeat {
  readonly #actions: HeartbeatActions;
  readonly #pingAfter: number;
  readonly #silentAfter: number;
  readonly #answerWithin: number;
  readonly #slice: number;
  #lastSent = performance.now();
  /** When the server was last heard, moved on by the time that was missed since. */
  #heardAt = performance.now();
  /** The first question since the last whole reply, moved on likewise. Silence before it says nothing of the server. */
  #askedAt: number | undefined;
  #tickedAt = performance.now();
  #delay = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Set from a timer until the poll phase has run. */
  #judgement: AfterPoll | undefined;

  /** @param sessionTimeout as negotiated, in ms */
  constructor(sessionTimeout: number, actions: HeartbeatActions) {
    this.#actions = actions;
    this.#pingAfter = sessionTimeout * SESSION.pingAfter;
    this.#silentAfter = sessionTimeout * SESSION.silentAfter;
    this.#answerWithin = sessionTimeout * SESSION.answerWithin;
    this.#slice = (this.#silentAfter - this.#pingAfter) / DEADLINE.slices;
    this.#schedule();
  }

  /** The time of the server's last reply, by `performance.now()`, moved on by the time that was missed since. */
  get lastHeard(): number {
    const now = performance.now();
    return Math.min(now, this.#heardAt + this.#missedBy(now));
  }

  /** A question was sent. */
  sent(): void {
    this.#lastSent = performance.now();
    this.#askedAt ??= this.#lastSent;
  }

  /** The server has replied. */
  heard(): void {
    this.#heardAt = performance.now();
    this.#askedAt = undefined;
  }

  /** A reply has begun. It may take its time, but not longer than any other answer. */
  receiving(): void {
    this.#heardAt = performance.now();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#judgement?.cancel();
  }

  #schedule(): void {
    const now = performance.now();
    const ping = this.#lastSent + this.#pingAfter - now;
    const next = this.#askedAt === undefined ? ping : Math.min(ping, this.#slice, this.#verdictAt(this.#askedAt) - now);
    this.#delay = Math.max(1, next);
    this.#tickedAt = now;
    this.#timer = setTimeout(() => this.#tick(), this.#delay);
  }

  #tick(): void {
    const now = performance.now();
    const missed = this.#missedBy(now);
    this.#heardAt = Math.min(now, this.#heardAt + missed);
    if (this.#askedAt !== undefined) this.#askedAt = Math.min(now, this.#askedAt + missed);
    if (now >= this.#lastSent + this.#pingAfter) {
      this.#actions.ping();
      this.sent();
    }
    this.#judgement ??= afterPoll(() => {
      this.#judgement = undefined;
      this.#judge(now);
    });
    // At once: timers that follow each other without a poll phase must not keep the pings back.
    this.#schedule();
  }

  /** The time since the last tick in which the loop could not run. */
  #missedBy(now: number): number {
    const passed = now - this.#tickedAt;
    // Without a poll phase nothing could be heard.
    if (this.#judgement) return passed;
    return missedTime(Math.min(this.#delay, this.#slice), passed - this.#delay);
  }

  /** @param now the time before the poll phase: what came in during it may not have been read */
  #judge(now: number): void {
    if (this.#askedAt === undefined || now < this.#verdictAt(this.#askedAt)) return;
    const isBegun = this.#heardAt > this.#askedAt;
    this.stop();
    this.#actions.silent(isBegun ? 'the server has begun a reply and does not end it' : 'the server has fallen silent');
  }

  /**
   * A blocked event loop sends no pings: the server then has its usual time to answer, counted from the first question.
   */
  #verdictAt(askedAt: number): number {
    const silent = Math.max(this.#heardAt + this.#silentAfter, askedAt + this.#silentAfter - this.#pingAfter);
    return Math.min(silent, askedAt + this.#answerWithin);
  }
}
