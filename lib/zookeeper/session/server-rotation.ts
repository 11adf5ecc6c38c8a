import { SESSION } from '../../core/limits.js';
import { backoff } from '../../core/retry.js';
import type { Server } from '../connection/connection.js';

/** Chooses the server of the next attempt, its time and its duration. */
export class ServerRotation {
  readonly #servers: readonly Server[];
  #next = 0;
  #failures = 0;

  /** Starts at a random server, so that a fleet of clients spreads over the ensemble. */
  constructor(servers: readonly Server[]) {
    this.#servers = shuffle(servers);
  }

  /** The server for the next attempt. */
  next(): Server {
    const server = this.#servers[this.#next % this.#servers.length] as Server;
    this.#next += 1;
    return server;
  }

  /** Makes the last server the next one again. */
  stay(): void {
    this.#next -= 1;
  }

  /** An attempt has failed. */
  failed(): void {
    this.#failures += 1;
  }

  /** A connection was stable: all servers count as good again. */
  succeeded(): void {
    this.#failures = 0;
  }

  /** The pause before the next attempt, in ms: none until each server has failed once. */
  get delay(): number {
    const excess = this.#failures - this.#servers.length + 1;
    return excess <= 0 ? 0 : backoff(excess, SESSION.reconnect);
  }

  /** The time of the next attempt, in ms: short at first, to ask every server while the session lives, then longer. */
  attemptTimeout(sessionTimeout: number): number {
    const round = Math.min(SESSION.roundDoublings, Math.floor(this.#failures / this.#servers.length));
    const share = ((sessionTimeout * SESSION.round) / this.#servers.length) * 2 ** round;
    return Math.min(Math.max(share, SESSION.shortestAttempt), Math.max(sessionTimeout, SESSION.shortestAttempt));
  }
}

function shuffle<T>(items: readonly T[]): T[] {
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1));
    [shuffled[last], shuffled[other]] = [shuffled[other] as T, shuffled[last] as T];
  }
  return shuffled;
}
