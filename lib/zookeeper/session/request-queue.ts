import { ConnectionLossError, SessionExpiredError, serverError, type ZooKeeperError } from '../../core/errors.js';
import { Fifo } from '../../core/fifo.js';
import type { WireRequest } from '../../protocol/requests.js';
import { ServerCode } from '../../protocol/server-code.js';
import type { Connection } from '../connection/connection.js';

/** How many requests may be on the way: node-zookeeper-client's queues grow quadratic from some thousands on. */
const WINDOW = 1_000;

/** A request and what its caller needs to know of it. */
export interface Submission<T> {
  readonly wire: WireRequest<T>;
  /** The znode as the caller names it. */
  readonly path: string;
  /** Whether sending it twice is harmless. */
  readonly isRead: boolean;
  /** Called with the answer as it comes in, before anything that comes after it: the place to arm a watch. */
  answered?(value: T): void;
  /** Called when it is taken over. */
  begins?(): void;
  /** Called when it is over, answered or not, once for each `begins()`. */
  ended?(): void;
}

class Entry<T = unknown> {
  readonly submission: Submission<T>;
  readonly #resolve: (value: T) => void;
  readonly #reject: (error: ZooKeeperError) => void;
  waitingSince = 0;

  constructor(submission: Submission<T>, resolve: (value: T) => void, reject: (error: ZooKeeperError) => void) {
    this.submission = submission;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  answer(error: number, value: T | undefined): void {
    const { wire, path } = this.submission;
    if (error === 0) this.#succeed(value as T);
    else if (error === ServerCode.NO_NODE && 'ifNoNode' in wire) this.#succeed(wire.ifNoNode as T);
    else this.fail(serverError(error, wire.name, path));
  }

  fail(error: ZooKeeperError): void {
    this.submission.ended?.();
    this.#reject(error);
  }

  #succeed(value: T): void {
    this.submission.answered?.(value);
    this.submission.ended?.();
    this.#resolve(value);
  }
}

/**
 * The requests of a session, first in, first out: those on the way over the connection, and those that wait for their
 * turn or for a connection. Each is settled, whatever comes.
 */
export class RequestQueue {
  readonly #waiting = new Fifo<Entry>();
  readonly #onTheWay = new Set<Entry>();
  #connection: Connection | null = null;
  #patience: number;
  #patienceTimer: NodeJS.Timeout | undefined;

  /** @param patience how long a request waits for a connection, in ms */
  constructor(patience: number) {
    this.#patience = patience;
  }

  set patience(ms: number) {
    this.#patience = ms;
  }

  submit<T>(submission: Submission<T>): Promise<T> {
    submission.begins?.();
    return new Promise<T>((resolve, reject) => {
      const entry = new Entry(submission, resolve, reject) as Entry;
      if (this.#connection && this.#waiting.length === 0 && this.#onTheWay.size < WINDOW) {
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

  /** The connection is gone: nobody knows what became of the requests that were on the way. */
  detach(cause: Error): void {
    if (!this.#connection) return;
    this.#connection = null;
    const lost = [...this.#onTheWay];
    this.#onTheWay.clear();
    for (const entry of lost) {
      const { wire, path, isRead } = entry.submission;
      const outcome = isRead ? '' : '; whether it was carried out is unknown';
      const message = `${wire.name} ${path}: the connection ended before the answer came${outcome}`;
      entry.fail(new ConnectionLossError(message, { path, cause }));
    }
    const now = performance.now();
    for (const entry of this.#waiting.extract(() => true)) {
      this.#waiting.push(entry);
      entry.waitingSince = now;
    }
    this.#watchPatience(cause);
  }

  /** The session is gone: a write that was meant for it must not be carried out in the next one. */
  rejectWrites(): void {
    for (const entry of this.#waiting.extract(({ submission }) => !submission.isRead)) {
      const { wire, path } = entry.submission;
      const message = `${wire.name} ${path}: the session ended before the request was sent; nothing was carried out`;
      entry.fail(new SessionExpiredError(message, { path }));
    }
  }

  /** Rejects what waits, with an error made for each. */
  rejectWaiting(reason: (operation: string, path: string) => ZooKeeperError): void {
    clearTimeout(this.#patienceTimer);
    this.#patienceTimer = undefined;
    for (const entry of this.#waiting.extract(() => true)) failFor(entry, reason);
  }

  /** Rejects all, what is on the way too. */
  rejectAll(reason: (operation: string, path: string) => ZooKeeperError): void {
    this.#connection = null;
    const onTheWay = [...this.#onTheWay];
    this.#onTheWay.clear();
    for (const entry of onTheWay) failFor(entry, reason);
    this.rejectWaiting(reason);
  }

  #wait(entry: Entry): void {
    entry.waitingSince = performance.now();
    this.#waiting.push(entry);
    this.#watchPatience();
  }

  #send(connection: Connection, entry: Entry): void {
    this.#onTheWay.add(entry);
    connection.request(entry.submission.wire, (error, value) => {
      // A reply that comes in after detach() has been answered already.
      if (!this.#onTheWay.delete(entry)) return;
      entry.answer(error, value);
      if (this.#waiting.length > 0) this.#sendWaiting();
    });
  }

  #sendWaiting(): void {
    while (this.#connection && this.#onTheWay.size < WINDOW) {
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
      entry.fail(new ConnectionLossError(message, { path, ...(cause && { cause }) }));
    }
  }
}

function failFor(entry: Entry, reason: (operation: string, path: string) => ZooKeeperError): void {
  const { wire, path } = entry.submission;
  entry.fail(reason(wire.name, path));
}
