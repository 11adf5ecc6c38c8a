import {
  ConnectionLossError,
  ReplyTooLargeError,
  SessionExpiredError,
  type ZooKeeperError,
} from '../../core/errors.js';
import { Fifo } from '../../core/fifo.js';
import { SESSION } from '../../core/limits.js';
import type { WireRequest } from '../../protocol/requests.js';
import { ServerCode } from '../../protocol/server-code.js';
import { serverError } from '../../protocol/server-error.js';
import { type Connection, REPLY_TOO_LARGE } from '../connection/connection.js';
import type { ArmingRead, SessionWatches } from './session-watches.js';

/** A request, and what its caller needs to know of it. */
export interface Submission<T> {
  readonly wire: WireRequest<T>;
  /** The znode as the caller names it. */
  readonly path: string;
  /** Whether sending it twice is harmless. */
  readonly isRead: boolean;
  /** The watch that it arms: registered as the reply is read, before anything that the server sent after it. */
  readonly arms?: ArmingRead;
}

interface Entry<T = unknown> {
  readonly submission: Submission<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: ZooKeeperError) => void;
  waitingSince: number;
}

/**
 * The requests of a session, first in, first out: those in flight over the connection, and those that wait for their
 * turn or for a connection. Each settles, whatever happens.
 */
export class RequestQueue {
  readonly #waiting = new Fifo<Entry>();
  readonly #inFlight = new Set<Entry>();
  readonly #watches: Pick<SessionWatches, 'begin' | 'end'>;
  #connection: Connection | null = null;
  #patience: number;
  #patienceTimer: NodeJS.Timeout | undefined;

  /**
   * @param patience how long a request waits for a connection, in ms
   * @param watches notified of reads that arm a watch
   */
  constructor(patience: number, watches: Pick<SessionWatches, 'begin' | 'end'>) {
    this.#patience = patience;
    this.#watches = watches;
  }

  set patience(ms: number) {
    this.#patience = ms;
  }

  submit<T>(submission: Submission<T>): Promise<T> {
    if (submission.arms) this.#watches.begin(submission.arms);
    return new Promise<T>((resolve, reject) => {
      const entry = { submission, resolve, reject, waitingSince: 0 } as Entry;
      if (this.#connection && this.#waiting.length === 0 && this.#inFlight.size < SESSION.requestsInFlight) {
        this.#send(this.#connection, entry);
      } else {
        this.#wait(entry);
      }
    });
  }

  /** From now on requests go over this connection, those that wait first. */
  attach(connection: Connection): void {
    clearTimeout(this.#patienceTimer);
    this.#patienceTimer = undefined;
    this.#connection = connection;
    this.#sendWaiting();
  }

  /** The connection has ended: the outcome of the requests in flight is unknown. */
  detach(cause: Error): void {
    if (!this.#connection) return;
    this.#connection = null;
    const lost = [...this.#inFlight];
    this.#inFlight.clear();
    for (const entry of lost) {
      const { wire, path, isRead } = entry.submission;
      const outcome = isRead ? '' : '; whether it was carried out is unknown';
      const message = `${wire.name} ${path}: the connection ended before the answer came${outcome}`;
      this.#fail(entry, new ConnectionLossError(message, { path, cause }));
    }
    const now = performance.now();
    for (const entry of this.#waiting.extract(() => true)) {
      this.#waiting.push(entry);
      entry.waitingSince = now;
    }
    this.#watchPatience(cause);
  }

  /** The session is gone: a write of it must not be carried out in the next session. */
  rejectWrites(): void {
    for (const entry of this.#waiting.extract(({ submission }) => !submission.isRead)) {
      const { wire, path } = entry.submission;
      const message = `${wire.name} ${path}: the session ended before the request was sent; nothing was carried out`;
      this.#fail(entry, new SessionExpiredError(message, { path }));
    }
  }

  /** Rejects the requests that wait, with an error made for each. */
  rejectWaiting(reason: (operation: string, path: string) => ZooKeeperError): void {
    clearTimeout(this.#patienceTimer);
    this.#patienceTimer = undefined;
    for (const entry of this.#waiting.extract(() => true)) this.#failFor(entry, reason);
  }

  /** Rejects all requests, those in flight too. */
  rejectAll(reason: (operation: string, path: string) => ZooKeeperError): void {
    this.#connection = null;
    const inFlight = [...this.#inFlight];
    this.#inFlight.clear();
    for (const entry of inFlight) this.#failFor(entry, reason);
    this.rejectWaiting(reason);
  }

  #wait(entry: Entry): void {
    entry.waitingSince = performance.now();
    this.#waiting.push(entry);
    this.#watchPatience();
  }

  #send(connection: Connection, entry: Entry): void {
    this.#inFlight.add(entry);
    connection.request(entry.submission.wire, (error, value, size) => {
      // After detach() the entry has been rejected already.
      if (!this.#inFlight.delete(entry)) return;
      if (error === REPLY_TOO_LARGE) this.#fail(entry, tooLarge(entry.submission, size));
      else this.#answer(entry, error, value);
      if (this.#waiting.length > 0) this.#sendWaiting();
    });
  }

  #sendWaiting(): void {
    while (this.#connection && this.#inFlight.size < SESSION.requestsInFlight) {
      const entry = this.#waiting.shift();
      if (!entry) return;
      this.#send(this.#connection, entry);
    }
  }

  /** One timer, for the request that has waited longest. */
  #watchPatience(cause?: Error): void {
    const oldest = this.#waiting.peek();
    if (this.#connection || this.#patienceTimer || !oldest) return;
    const remaining = oldest.waitingSince + this.#patience - performance.now();
    this.#patienceTimer = setTimeout(
      () => {
        this.#patienceTimer = undefined;
        this.#giveUpOldest(cause);
        this.#watchPatience(cause);
      },
      Math.max(1, remaining),
    );
  }

  #giveUpOldest(cause?: Error): void {
    const limit = performance.now() - this.#patience;
    for (let entry = this.#waiting.peek(); entry && entry.waitingSince <= limit; entry = this.#waiting.peek()) {
      this.#waiting.shift();
      const { wire, path } = entry.submission;
      const message = `${wire.name} ${path}: no server was reached within ${this.#patience} ms; nothing was sent`;
      this.#fail(entry, new ConnectionLossError(message, { path, ...(cause && { cause }) }));
    }
  }

  #answer(entry: Entry, error: number, value: unknown): void {
    const { wire, path, arms } = entry.submission;
    const isMissing = error === ServerCode.NO_NODE && 'ifNoNode' in wire;
    if (error !== 0 && !isMissing) return this.#fail(entry, serverError(error, wire.name, path));
    // `exists` of a missing znode arms a watch for its creation.
    if (arms) this.#watches.end(arms, isMissing ? 'exist' : arms.type);
    entry.resolve(isMissing ? wire.ifNoNode : value);
  }

  #fail(entry: Entry, error: ZooKeeperError): void {
    const { arms } = entry.submission;
    if (arms) this.#watches.end(arms, null);
    entry.reject(error);
  }

  #failFor(entry: Entry, reason: (operation: string, path: string) => ZooKeeperError): void {
    const { wire, path } = entry.submission;
    this.#fail(entry, reason(wire.name, path));
  }
}

function tooLarge({ wire, path, isRead }: Submission<unknown>, size: number | undefined): ReplyTooLargeError {
  const outcome = isRead ? 'raise it, or keep less in one znode' : 'the request was carried out';
  return new ReplyTooLargeError(`${wire.name} ${path}: the reply of ${size} bytes is above maxReplySize; ${outcome}`, {
    path,
  });
}
