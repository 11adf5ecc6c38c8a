import {
  ConnectionLossError,
  ReplyTooLargeError,
  SessionExpiredError,
  type ZooKeeperError,
} from '../../core/errors.js';
import { Fifo } from '../../core/fifo.js';
import { SESSION } from '../../core/limits.js';
import { ServerCode } from '../../protocol/server-code.js';
import { serverError, serverErrorOf } from '../../protocol/server-error.js';
import { type Connection, REPLY_TOO_LARGE } from '../connection/connection.js';
import { calledOperation, type OperationExperience } from './optional-operations.js';
import { RequestClock } from './request-clock.js';
import type { RequestCounts } from './session-counts.js';
import type { SessionWatches } from './session-watches.js';
import type { Submission } from './submission.js';

interface Entry<T = unknown> {
  readonly submission: Submission<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: ZooKeeperError) => void;
  waitingSince: number;
  /** As {@link microseconds} counts. */
  readonly submittedAt: number;
}

/** Counts from 0 again after some time: a small integer, unlike a fraction, costs no allocation. */
function microseconds(time: number): number {
  return (time * 1_000) | 0;
}

/** Errors of calls that have had their time: another attempt would come too late. */
const spent = new WeakSet<object>();

/** Whether the call has had its time, over all its attempts. */
export function isSpent(error: unknown): boolean {
  return typeof error === 'object' && error !== null && spent.has(error);
}

/**
 * The requests of a session, first in, first out: those in flight over the connection, and those that wait for their
 * turn or for a connection. Each settles, whatever happens.
 */
export class RequestQueue {
  readonly #waiting = new Fifo<Entry>();
  readonly #inFlight = new Set<Entry>();
  readonly #watches: Pick<SessionWatches, 'begin' | 'send' | 'end'>;
  readonly #clock: RequestClock;
  readonly #onUnanswered: (reason: string) => void;
  readonly #counts: RequestCounts;
  #connection: Connection | null = null;
  #experience: OperationExperience | undefined;
  /** Set while nothing more is sent over the connection: called once all is answered. */
  #onDrained: (() => void) | undefined;
  /** The reason that the last connection ended for. */
  #cause: Error | undefined;

  /**
   * @param sessionTimeout how long a request waits for a connection, in ms; longer for an answer
   * @param watches notified of reads that arm a watch
   * @param onUnanswered ends the connection, over which a request was not answered in time
   * @param counts of the requests that have settled
   */
  constructor(
    sessionTimeout: number,
    watches: Pick<SessionWatches, 'begin' | 'send' | 'end'>,
    onUnanswered: (reason: string) => void,
    counts: RequestCounts,
  ) {
    this.#clock = new RequestClock(sessionTimeout, () => this.#judge());
    this.#watches = watches;
    this.#onUnanswered = onUnanswered;
    this.#counts = counts;
  }

  set sessionTimeout(ms: number) {
    this.#clock.sessionTimeout = ms;
  }

  get lengths(): { readonly waiting: number; readonly inFlight: number } {
    return { waiting: this.#waiting.length, inFlight: this.#inFlight.size };
  }

  submit<T>(submission: Submission<T>): Promise<T> {
    const { arms, call } = submission;
    if (arms) this.#watches.begin(arms);
    const now = performance.now();
    const waitingSince = this.#clock.at(now);
    if (call) this.#clock.tried(call, waitingSince);
    return new Promise<T>((resolve, reject) => {
      const entry = { submission, resolve, reject, waitingSince, submittedAt: microseconds(now) } as Entry;
      const connection = this.#waiting.length === 0 ? this.#free : null;
      if (connection) this.#send(connection, entry);
      else this.#waiting.push(entry);
      this.#clock.wakeAt(this.#dueTimeOf(entry));
    });
  }

  /** From now on requests go over this connection, those that wait first. */
  attach(connection: Connection, experience: OperationExperience): void {
    this.#connection = connection;
    this.#experience = experience;
    this.#onDrained = undefined;
    this.#cause = undefined;
    this.#sendWaiting();
    if (this.#inFlight.size > 0) this.#clock.wakeAt(this.#clock.answerDue);
  }

  /**
   * Sends nothing more over the connection, and calls back once all is answered; not if the connection ends first.
   *
   * @param onDrained undefined to send again
   */
  drain(onDrained: (() => void) | undefined): void {
    this.#onDrained = onDrained;
    if (!onDrained) this.#sendWaiting();
    else if (this.#inFlight.size === 0) onDrained();
  }

  /** The connection has ended: the outcome of the requests in flight is unknown. */
  detach(cause: Error): void {
    if (!this.#connection) return;
    this.#connection = null;
    this.#onDrained = undefined;
    this.#cause = cause;
    const { now } = this.#clock;
    const lost = [...this.#inFlight, ...this.#waiting.extract(({ submission }) => submission.isBound === true)];
    this.#inFlight.clear();
    for (const entry of lost) {
      const { wire, path, isRead } = entry.submission;
      const outcome = isRead ? '' : '; whether it was carried out is unknown';
      const message = `${wire.name} ${path}: the connection ended before the answer came${outcome}`;
      this.#connectionLost(entry, message);
    }
    for (const entry of this.#waiting.extract(() => true)) {
      this.#waiting.push(entry);
      entry.waitingSince = now;
    }
    this.#judge();
  }

  /** The session is gone: a write of it must not be carried out in the next session. */
  rejectWrites(): void {
    for (const entry of this.#waiting.extract(({ submission }) => !submission.isRead)) {
      const { wire, path } = entry.submission;
      const message = `${wire.name} ${path}: the session ended before the request was sent; nothing was carried out`;
      this.#lose(entry, new SessionExpiredError(message, { path }));
    }
  }

  /** Rejects the requests that wait, with an error made for each. */
  rejectWaiting(reason: (operation: string, path: string) => ZooKeeperError): void {
    this.#clock.stop();
    // The server is not left before it has answered the end of the session.
    this.#onDrained = undefined;
    for (const entry of this.#waiting.extract(() => true)) this.#failFor(entry, reason);
    // Those in flight are awaited as before.
    if (this.#inFlight.size > 0) this.#judge();
  }

  /** Rejects all requests, those in flight too. */
  rejectAll(reason: (operation: string, path: string) => ZooKeeperError): void {
    this.#connection = null;
    const inFlight = [...this.#inFlight];
    this.#inFlight.clear();
    for (const entry of inFlight) this.#failFor(entry, reason);
    this.rejectWaiting(reason);
  }

  #send(connection: Connection, entry: Entry): void {
    const { wire, optional = calledOperation(wire.name), arms, onSent } = entry.submission;
    if (optional && !this.#experience?.begin(optional)) return this.#fail(entry, lacking(entry.submission));
    if (this.#inFlight.size === 0) this.#clock.sentFirst();
    this.#inFlight.add(entry);
    onSent?.();
    if (arms) this.#watches.send(arms, wire.frame);
    connection.request(wire, (error, value, size) => {
      // After detach() the entry has been rejected already.
      if (!this.#inFlight.delete(entry)) return;
      const now = performance.now();
      this.#clock.answered(now);
      if (optional) this.#experience?.answered(optional, error);
      const failure = error === 0 ? null : failureOf(entry.submission, error, size);
      this.#counts.answered(wire.name, ((microseconds(now) - entry.submittedAt) | 0) / 1_000, failure?.code ?? null);
      if (failure) this.#reject(entry, failure);
      else this.#answer(entry, error, value);
      if (this.#onDrained && this.#inFlight.size === 0) this.#onDrained();
      else if (this.#waiting.length > 0) this.#sendWaiting();
    });
  }

  /** The connection, while one more request may be sent over it. */
  get #free(): Connection | null {
    return this.#onDrained || this.#inFlight.size >= SESSION.requestsInFlight ? null : this.#connection;
  }

  #sendWaiting(): void {
    for (let connection = this.#free; connection; connection = this.#free) {
      const entry = this.#waiting.shift();
      if (!entry) return;
      this.#send(connection, entry);
    }
  }

  /** Gives up what is overdue. The sockets have been read by now. */
  #judge(): void {
    const { now } = this.#clock;
    const isUnanswered = this.#inFlight.size > 0 && this.#clock.answerDue <= now;
    if (isUnanswered || [...this.#inFlight].some((entry) => this.#settlementDue(entry) <= now)) {
      // Ends in detach(), which judges those that wait.
      return this.#onUnanswered('the server has left a request unanswered');
    }
    let next = this.#inFlight.size > 0 ? this.#clock.answerDue : Number.POSITIVE_INFINITY;
    for (const entry of this.#inFlight) next = Math.min(next, this.#settlementDue(entry));
    const overdue = this.#waiting.extract((entry) => {
      entry.waitingSince = Math.min(entry.waitingSince, now);
      const due = this.#dueTimeOf(entry);
      if (due > now) next = Math.min(next, due);
      return due <= now;
    });
    for (const entry of overdue) {
      const { wire, path } = entry.submission;
      const isOver = this.#settlementDue(entry) <= now;
      const ms = Math.round(this.#clock.sessionTimeout * (isOver ? SESSION.settleWithin : 1));
      const outcome = isOver
        ? `no server answered within ${ms} ms`
        : `no server was reached within ${ms} ms; nothing was sent`;
      this.#connectionLost(entry, `${wire.name} ${path}: ${outcome}`);
    }
    if (next < Number.POSITIVE_INFINITY) this.#clock.wakeAt(next);
  }

  /** When the entry is to be judged. */
  #dueTimeOf(entry: Entry): number {
    const { waitingSince } = entry;
    const due = this.#connection ? this.#clock.answerDue : this.#clock.endOfPatience(waitingSince);
    return Math.min(due, this.#settlementDue(entry));
  }

  #settlementDue({ submission: { call } }: Entry): number {
    return call ? this.#clock.settlementDue(call) : Number.POSITIVE_INFINITY;
  }

  #connectionLost(entry: Entry, message: string): void {
    const { path } = entry.submission;
    const cause = this.#cause;
    this.#lose(entry, new ConnectionLossError(message, { path, ...(cause && { cause }) }));
  }

  /** Fails an entry that may be tried again, unless that would come too late. */
  #lose(entry: Entry, error: ZooKeeperError): void {
    const { call } = entry.submission;
    if (call && this.#clock.isLastAttempt(call)) spent.add(error);
    this.#fail(entry, error);
  }

  #answer(entry: Entry, error: number, value: unknown): void {
    const { wire, arms } = entry.submission;
    const isMissing = error !== 0;
    // `exists` of a missing znode arms a watch for its creation.
    if (arms) this.#watches.end(arms, isMissing ? 'exist' : arms.type);
    entry.resolve(isMissing ? wire.ifNoNode : value);
  }

  /** The request has failed without an answer. */
  #fail(entry: Entry, error: ZooKeeperError): void {
    this.#counts.failed(entry.submission.wire.name, error.code);
    this.#reject(entry, error);
  }

  #reject(entry: Entry, error: ZooKeeperError): void {
    const { arms } = entry.submission;
    if (arms) this.#watches.end(arms, null);
    entry.reject(error);
  }

  #failFor(entry: Entry, reason: (operation: string, path: string) => ZooKeeperError): void {
    const { wire, path } = entry.submission;
    this.#fail(entry, reason(wire.name, path));
  }
}

/** The error for an answer; `null` for one that means the same as a result. */
function failureOf(submission: Submission<unknown>, error: number, size: number | undefined): ZooKeeperError | null {
  const { wire, path } = submission;
  if (error === REPLY_TOO_LARGE) return tooLarge(submission, size);
  return error === ServerCode.NO_NODE && 'ifNoNode' in wire ? null : serverError(error, wire.name, path);
}

function lacking({ wire, path }: Submission<unknown>): ZooKeeperError {
  const message = `${wire.name} ${path}: UNIMPLEMENTED: the server is known to lack this operation; nothing was sent`;
  return serverErrorOf('UNIMPLEMENTED', message, { path, serverCode: ServerCode.UNIMPLEMENTED });
}

function tooLarge({ wire, path, isRead }: Submission<unknown>, size: number | undefined): ReplyTooLargeError {
  const outcome = isRead ? 'raise it, or keep less in one znode' : 'the request was carried out';
  return new ReplyTooLargeError(`${wire.name} ${path}: the reply of ${size} bytes is above maxReplySize; ${outcome}`, {
    path,
  });
}
