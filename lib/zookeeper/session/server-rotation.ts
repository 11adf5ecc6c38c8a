import { backoff } from '../../core/retry.js';
import type { Server } from '../connection/connection.js';

/** The pause after each server has failed once. Short, as it is what stands between a server's return and the watches'. */
const BACKOFF = { minDelay: 50, maxDelay: 500, factor: 2 };
/** The part of the session timeout in which all servers are tried once: what remains of it after a silence. */
const ROUND = 0.33;
/** An attempt that is cut shorter than this would never get through a busy server. */
const SHORTEST_ATTEMPT = 100;

/** Which server is tried next, when, and for how long. */
export class ServerRotation {
  readonly #servers: readonly Server[];
  #next = 0;
  #failures = 0;

  /** Starts at a server of its own choice, so that a fleet of clients spreads over the ensemble. */
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

  /** An attempt came to nothing. */
  failed(): void {
    this.#failures += 1;
  }

  /** A connection held: all servers count as good again. */
  succeeded(): void {
    this.#failures = 0;
  }

  /** How long to wait before the next attempt, in ms: not at all until each server has failed once. */
  get delay(): number {
    const excess = this.#failures - this.#servers.length + 1;
    return excess <= 0 ? 0 : backoff(excess, BACKOFF);
  }

  /** How long the next attempt may take, in ms: short at first, to get round while the session lives, then longer. */
  attemptTimeout(sessionTimeout: number): number {
    const round = Math.min(8, Math.floor(this.#failures / this.#servers.length));
    const share = ((sessionTimeout * ROUND) / this.#servers.length) * 2 ** round;
    return Math.min(Math.max(share, SHORTEST_ATTEMPT), Math.max(sessionTimeout, SHORTEST_ATTEMPT));
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
