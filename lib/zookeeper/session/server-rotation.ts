import { SESSION } from '../../core/limits.js';
import { backoff } from '../../core/retry.js';
import { keyOf, type Target } from './address-book.js';
import { insertAnywhere } from './shuffle.js';

/**
 * How an attempt ended.
 *
 * - `failed`: by an error, a refusal or a hang-up, at once.
 * - `ended`: by the handshake's success; but the connection ended soon.
 * - `unnamed`: at once, because the name has no address.
 * - `unreached`: no TCP connection within its time.
 * - `unanswered`: a TCP connection, and no answer to the handshake within its time.
 */
export type Outcome = 'failed' | 'ended' | 'unnamed' | 'unreached' | 'unanswered';

/** The durations of an attempt, in ms. */
export interface AttemptTimes {
  /** Until there is a TCP connection. */
  readonly reach: number;
  /** Until the handshake is answered. Infinity: as long as the session lives. */
  readonly answer: number;
}

/** Chooses the server of the next attempt, its time and its duration. */
export class ServerRotation {
  readonly #shortest: (typeof SESSION.shortest)[keyof typeof SESSION.shortest];
  #order: Target[] = [];
  /** The place after the last target chosen. */
  #next = 0;
  #last: Target | undefined;
  #stays = false;
  /** Attempts that failed or ended at once. One that timed out has been a pause by itself. */
  #failures = 0;
  #rounds = 0;
  /** The outcomes of the present round, and those of the round before. */
  #outcomes = new Map<string, Outcome>();
  #previous: ReadonlyMap<string, Outcome> = new Map();
  /** The server that fell silent last: it has the least chance to answer. */
  #silent: string | undefined;

  /** @param isSecure whether attempts are made over TLS */
  constructor(isSecure = false) {
    this.#shortest = SESSION.shortest[isSecure ? 'tls' : 'plain'];
  }

  /** How many servers there are to choose from. */
  get size(): number {
    return this.#order.length;
  }

  /** Whether the next attempt begins a round. */
  get isBetweenRounds(): boolean {
    return !this.#stays && (this.#outcomes.size === 0 || this.#isRoundOver);
  }

  /** Replaces the servers. Those that stay keep their order; the others come in at random places. */
  update(targets: readonly Target[]): void {
    const fresh = new Map(targets.map((target) => [keyOf(target), target]));
    const next = this.#order[this.#next];
    this.#order = this.#order.flatMap((target) => fresh.get(keyOf(target)) ?? []);
    for (const target of this.#order) fresh.delete(keyOf(target));
    for (const target of fresh.values()) insertAnywhere(this.#order, target);
    this.#next = Math.max(0, next ? this.#placeOf(next) : 0);
    if (this.#last && this.#placeOf(this.#last) < 0) this.#stays = false;
  }

  #placeOf(target: Target): number {
    return this.#order.findIndex((each) => keyOf(each) === keyOf(target));
  }

  /**
   * The server for the next attempt; undefined when there is none.
   *
   * @param isSaving whether a session is to be saved: then the promising servers come first
   */
  next(isSaving: boolean): Target | undefined {
    if (this.#stays && this.#last) {
      this.#stays = false;
      return this.#last;
    }
    if (this.#isRoundOver) this.#beginRound();
    const untried = this.#inTurn.filter((target) => !this.#outcomes.has(keyOf(target)));
    if (isSaving) untried.sort((one, other) => this.#rank(one) - this.#rank(other));
    const [target] = untried;
    if (target) this.#next = (this.#order.indexOf(target) + 1) % this.#order.length;
    this.#last = target;
    return target;
  }

  /** Makes the last server the next one again. */
  stay(): void {
    this.#stays = true;
  }

  /** An attempt has failed, or the connection that it led to ended soon. */
  failed(target: Target, outcome: Outcome): void {
    if (!isTimeOut(outcome)) this.#failures += 1;
    this.#outcomes.set(keyOf(target), outcome);
  }

  /** Ends a first round that takes too long, if a server was slow in it: the next attempt is then a long one. */
  hurry(): void {
    if (this.#rounds === 0 && [...this.#outcomes.values()].includes('unanswered')) this.#beginRound();
  }

  /** A connection was stable: all servers count as good again. */
  succeeded(): void {
    this.#failures = 0;
    this.#rounds = 0;
    this.#outcomes.clear();
    this.#previous = new Map();
    this.#silent = undefined;
  }

  /** The server fell silent on an open connection. */
  fellSilent(target: Target): void {
    this.#silent = keyOf(target);
  }

  /**
   * The pause before the next attempt, in ms: none until as many attempts have failed at once as there are servers.
   *
   * While a session is to be saved there is none before a slow server either, whose attempt is a pause by itself.
   *
   * Clients that overload their servers, or one process, all time out and begin again together. When their attempts
   * cannot get longer, pauses of random length keep some of them out of the way of the others.
   *
   * @param remaining of the session that is to be saved, in ms; null when there is none
   */
  delay(sessionTimeout: number, remaining: number | null): number {
    if (remaining !== null && this.#awaitsSlow) return 0;
    const excess = this.#failures - this.#order.length + 1;
    if (excess > 0 && this.#failures > 0) return backoff(excess, SESSION.reconnect);
    if (remaining !== null || !this.#isRoundOver || ![...this.#outcomes.values()].every(isTimeOut)) return 0;
    const share = this.#share(sessionTimeout, null);
    return share > sessionTimeout ? Math.random() * Math.min(share, SESSION.longestPause) : 0;
  }

  /**
   * The times of an attempt at the server that was chosen last.
   *
   * Without a session a round over all servers takes a third of the session timeout, and each later one twice as long.
   * While a session is to be saved the first round is a quick one, which skips dead servers. When it has only timed
   * out, the servers are slow, and one that accepts connections gets the rest of the session. When servers have failed
   * as well, it leaves some of the rest to them, at most half: they may be back by then.
   *
   * @param remaining of the session that is to be saved, in ms; null when there is none
   */
  times(sessionTimeout: number, remaining: number | null): AttemptTimes {
    const reach = Math.min(this.#share(sessionTimeout, remaining), Math.max(sessionTimeout, this.#shortest.attempt));
    if (remaining === null || this.#lastOutcome !== 'unanswered') return { reach, answer: reach };
    const longest = Math.max(reach, sessionTimeout * SESSION.longAttempt);
    if (!this.#isOnlySlow) {
      const spare = remaining - sessionTimeout * SESSION.reserve;
      return { reach, answer: Math.max(reach, remaining / 2, Math.min(longest, spare)) };
    }
    const isAlone = this.#order.filter(({ address }) => address !== null).length === 1;
    return { reach, answer: !isAlone && remaining > longest ? longest : Number.POSITIVE_INFINITY };
  }

  /** The time for one server of the present round, in ms. */
  #share(sessionTimeout: number, remaining: number | null): number {
    const { round, quickRound } = SESSION;
    const { attempt, quickAttempt } = this.#shortest;
    const [part, shortest] = remaining === null ? [round, attempt] : [quickRound, quickAttempt];
    const doubled = 2 ** Math.min(SESSION.roundDoublings, this.#rounds);
    return Math.max(((sessionTimeout * part) / Math.max(1, this.#order.length)) * doubled, shortest);
  }

  /** How the attempt before ended, at the server that was chosen last. */
  get #lastOutcome(): Outcome | undefined {
    return this.#last && this.#previous.get(keyOf(this.#last));
  }

  /** Whether a server that was too slow in the round before is still to be tried in the present one. */
  get #awaitsSlow(): boolean {
    const [before, present] = this.#isRoundOver ? [this.#outcomes, undefined] : [this.#previous, this.#outcomes];
    return this.#order.map(keyOf).some((key) => before.get(key) === 'unanswered' && !present?.has(key));
  }

  /** Whether no server failed at once in the round before. A name without an address is none that may be back soon. */
  get #isOnlySlow(): boolean {
    return ![...this.#previous.values()].includes('failed');
  }

  /** Slow servers first; but after those that fail at once, where there are any: it costs no time to try them. */
  #rank(target: Target): number {
    const key = keyOf(target);
    const outcome = this.#previous.get(key);
    if (outcome === 'unanswered') return key === this.#silent ? 3 : 2;
    if (outcome === 'unreached') return 4;
    // It has answered a handshake a moment ago, or costs no time.
    if (outcome === 'ended' || outcome === 'unnamed') return 1;
    return this.#isOnlySlow ? 4 : 1;
  }

  get #isRoundOver(): boolean {
    return this.#order.every((target) => this.#outcomes.has(keyOf(target)));
  }

  /** The servers from the next one on. */
  get #inTurn(): Target[] {
    return [...this.#order.slice(this.#next), ...this.#order.slice(0, this.#next)];
  }

  #beginRound(): void {
    if (this.#outcomes.size === 0) return;
    // A server that answers handshakes needs no more time.
    if ([...this.#outcomes.values()].some((outcome) => outcome !== 'ended')) this.#rounds += 1;
    this.#previous = this.#outcomes;
    this.#outcomes = new Map();
  }
}

function isTimeOut(outcome: Outcome): boolean {
  return outcome === 'unreached' || outcome === 'unanswered';
}
