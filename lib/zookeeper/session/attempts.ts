import type { ServerName } from '../../core/coordination-client.js';
import { Deadline } from '../../core/deadline.js';
import { DEADLINE, SESSION } from '../../core/limits.js';
import { soon } from '../../core/soon.js';
import type { ConnectionEnd } from '../connection/connection.js';
import { AddressBook, type Target } from './address-book.js';
import type { Link } from './link.js';
import { type Outcome, ServerRotation } from './server-rotation.js';
import type { SessionOptions } from './session-options.js';
import type { Tenure } from './tenure.js';
import { Verdict } from './verdict.js';

/** A wait, or a deadline, that can be given up. */
export interface Cancellable {
  cancel(): void;
}

/** Decides when the next attempt to connect begins, at which address of which server, and how long it may take. */
export class Attempts {
  readonly #tenure: Pick<Tenure, 'timeout' | 'remaining'>;
  readonly #book: AddressBook;
  readonly #rotation: ServerRotation;
  #servers: readonly ServerName[];
  readonly #verdict = new Verdict();
  /** Attempts to get a new session since the last one was lost. */
  #forNew = 0;
  /** Attempts since a connection was open. */
  #unopened = 0;
  /** By `performance.now()`. */
  #roundBegun = 0;
  /** Set while an attempt waits for the first address. */
  #onAddress: (() => void) | undefined;

  constructor(
    { servers, resolver, isSecure }: Pick<SessionOptions, 'servers' | 'resolver' | 'isSecure'>,
    tenure: Pick<Tenure, 'timeout' | 'remaining'>,
  ) {
    this.#tenure = tenure;
    this.#servers = servers;
    this.#rotation = new ServerRotation(isSecure);
    this.#book = new AddressBook(servers, resolver, () => this.#addressesChanged());
    this.#rotation.update(this.#book.targets);
  }

  /** Whether as many attempts to get a new session were made as there are addresses. */
  get hasAskedAll(): boolean {
    return this.#forNew >= this.#rotation.size;
  }

  /** Whether each address was tried for the session, and is now to be tried for a server that only reads. */
  get isTurnToRead(): boolean {
    return Math.floor(this.#unopened / Math.max(1, this.#rotation.size)) % 2 === 1;
  }

  /** Whether the server is one of those that are tried. */
  isListed({ host, port }: ServerName): boolean {
    return this.#servers.some((server) => server.host === host && server.port === port);
  }

  /** Replaces the servers. @param isConnecting whether their names are looked up now */
  setServers(servers: readonly ServerName[], isConnecting: boolean): void {
    this.#servers = servers;
    this.#book.setServers(servers);
    this.#addressesChanged();
    if (isConnecting) this.#book.refresh();
  }

  /** The address for the nth try to find another server. */
  scouted(nth: number): Target | undefined {
    const { targets } = this.#book;
    if (nth % Math.max(1, targets.length) === 0) this.#book.refresh();
    return targets[nth % targets.length];
  }

  /** Whether the servers refuse this client, so that no further attempt is of use. */
  get areHopeless(): boolean {
    return this.#verdict.isHopeless(this.#servers, this.#book.targets);
  }

  /** The reason for which no attempt can be made now. */
  get obstacle(): Error | undefined {
    if (this.#rotation.size > 0) return undefined;
    return new Error(`resolving ${this.#book.asked.join(', ')}…`);
  }

  /**
   * Waits for the next attempt, at the addresses known by then; for the first address where none is known. Names are
   * looked up again before each round.
   *
   * @param longest how long to pause at most, in ms
   */
  wait(longest: number, begin: (target: Target) => void): Cancellable {
    if (this.#rotation.isBetweenRounds) {
      this.#roundBegun = performance.now();
      this.#book.refresh();
    }
    const delay = Math.min(this.#rotation.delay(this.#tenure.timeout, this.#tenure.remaining), longest);
    let isOver = false;
    const next = (): void => {
      if (isOver) return;
      const { remaining, timeout } = this.#tenure;
      // A busy event loop stretches attempts, of which a quick round is made.
      if (remaining !== null && performance.now() - this.#roundBegun > timeout * 2 * SESSION.quickRound) {
        this.#rotation.hurry();
      }
      const target = this.#rotation.next(remaining !== null);
      this.#onAddress = target ? undefined : next;
      if (target) begin(target);
    };
    let timer: NodeJS.Timeout | undefined;
    if (delay > 0) timer = setTimeout(next, delay);
    // No timer where there is no pause: the fake timers of a test would hold it, and the connection with it.
    else soon(next);
    return {
      cancel: () => {
        isOver = true;
        clearTimeout(timer);
        this.#onAddress = undefined;
      },
    };
  }

  /** The next attempt is made at the same address. */
  stay(): void {
    this.#rotation.stay();
  }

  /** Gives an attempt its time. An attempt without a deadline of its own ends with the session. */
  limit(link: Link, onDue: (reason: string) => void): Cancellable {
    const { reach, answer } = this.#rotation.times(this.#tenure.timeout, this.#tenure.remaining);
    const begun = performance.now();
    const deadline = (ms: number, isReached: boolean): Deadline | undefined => {
      if (ms === Number.POSITIVE_INFINITY) return undefined;
      const reason = isReached ? 'no answer' : 'no connection';
      return new Deadline(ms, () => onDue(`${reason} within ${Math.round(performance.now() - begun)} ms`));
    };
    let current = deadline(link.isReached ? answer : reach, link.isReached);
    link.onProgress = (step) => {
      // Credentials and a ping, which follow the answer, have as much time again: the session is granted by then.
      const passed = step === 'heard' ? 0 : performance.now() - begun - (current?.missed ?? 0);
      current?.cancel();
      // In a busy event loop too, there is time for the turns that an answer takes.
      current = deadline(Math.max(DEADLINE.slices, answer - passed), true);
    };
    return {
      cancel: () => {
        // Later than the answer, it would begin a deadline that nobody ends.
        link.onProgress = undefined;
        current?.cancel();
      },
    };
  }

  /** The time for an answer that an open connection owes, in ms: longer after rounds of failures. */
  get patience(): number {
    const { timeout } = this.#tenure;
    return Math.max(SESSION.armWithin * timeout, this.#rotation.times(timeout, null).answer);
  }

  /** An attempt has failed, or the connection that it led to has ended. */
  ended(link: Link, end: ConnectionEnd): void {
    this.#verdict.ended(link.target, end);
    const hadSession = this.#tenure.remaining !== null;
    const isExpired = end.kind === 'expired' && hadSession;
    const staysThere = isExpired || link.isToBeAskedAgain;
    this.#unopened = link.heartbeat || staysThere ? 0 : this.#unopened + 1;
    if (link.wasStable) this.#rotation.succeeded();
    else if (!staysThere) this.#rotation.failed(link.target, outcomeOf(link));
    if (link.heartbeat && link.isGivenUp) this.#rotation.fellSilent(link.target);
    // The server that reported the expiry is alive: it is asked for a new session.
    if (staysThere) this.#rotation.stay();
    if (hadSession) this.#forNew = 0;
    else if (!link.isProbe) this.#forNew += 1;
  }

  /** Waits for no look-up any more. */
  letGo(): void {
    this.#book.letGo();
    this.#verdict.clear();
  }

  #addressesChanged(): void {
    this.#rotation.update(this.#book.targets);
    if (this.#rotation.size > 0) this.#onAddress?.();
  }
}

function outcomeOf({ heartbeat, isGivenUp, isReached, target }: Link): Outcome {
  if (target.address === null) return 'unnamed';
  if (heartbeat) return 'ended';
  if (!isGivenUp) return 'failed';
  return isReached ? 'unanswered' : 'unreached';
}
