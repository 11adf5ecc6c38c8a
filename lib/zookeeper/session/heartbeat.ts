import { SESSION } from '../../core/limits.js';

/** The effects of a heartbeat. */
export interface HeartbeatActions {
  /** Asks the server for a sign of life. */
  ping(): void;
  /** The server has been silent for too long. Called once. */
  silent(): void;
}

/**
 * The clock of one open connection. Incoming traffic does not put off a ping: a client that only receives notifications
 * would lose its session otherwise.
 */
export class Heartbeat {
  readonly #actions: HeartbeatActions;
  readonly #pingAfter: number;
  readonly #silentAfter: number;
  #lastSent = performance.now();
  #lastHeard = performance.now();
  /** The first request since the server was last heard. Silence before it says nothing about the server. */
  #askedAt: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #verdict: NodeJS.Immediate | undefined;

  /** @param sessionTimeout as negotiated, in ms */
  constructor(sessionTimeout: number, actions: HeartbeatActions) {
    this.#actions = actions;
    this.#pingAfter = sessionTimeout * SESSION.pingAfter;
    this.#silentAfter = sessionTimeout * SESSION.silentAfter;
    this.#schedule();
  }

  /** The time of the server's last reply, by `performance.now()`. */
  get lastHeard(): number {
    return this.#lastHeard;
  }

  sent(): void {
    this.#lastSent = performance.now();
    this.#askedAt ??= this.#lastSent;
  }

  heard(): void {
    this.#lastHeard = performance.now();
    this.#askedAt = undefined;
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#verdict);
  }

  #schedule(): void {
    const next = Math.min(this.#lastSent + this.#pingAfter, this.#verdictAt);
    this.#timer = setTimeout(() => this.#tick(), Math.max(1, next - performance.now()));
  }

  #tick(): void {
    if (this.#isSilent()) {
      // After a blocked event loop the timer runs before the socket's pending bytes are read.
      this.#verdict = setImmediate(() => (this.#isSilent() ? this.#actions.silent() : this.#schedule()));
      return;
    }
    if (performance.now() >= this.#lastSent + this.#pingAfter) {
      this.#actions.ping();
      this.sent();
    }
    this.#schedule();
  }

  #isSilent(): boolean {
    return performance.now() >= this.#verdictAt;
  }

  /**
   * A blocked event loop sends no pings: the server then has its usual time to answer, counted from the first request.
   */
  get #verdictAt(): number {
    if (this.#askedAt === undefined) return Number.POSITIVE_INFINITY;
    return Math.max(this.#lastHeard + this.#silentAfter, this.#askedAt + this.#silentAfter - this.#pingAfter);
  }
}
