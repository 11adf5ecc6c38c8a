/** A ping after this part of the session timeout in which nothing was sent. */
const PING_AFTER = 0.3;
/** A silence of this part is the end: a little under the two thirds by which `suspended` is promised. */
const SILENT_AFTER = 0.63;

/** What a heartbeat does. */
export interface HeartbeatActions {
  /** Makes the server say something. */
  ping(): void;
  /** The server has been silent for too long. Called once. */
  silent(): void;
}

/**
 * The clock of one open connection. Pings by what was sent, not by what came in: a client that is only notified
 * would lose its session otherwise.
 */
export class Heartbeat {
  readonly #actions: HeartbeatActions;
  readonly #pingAfter: number;
  readonly #silentAfter: number;
  #lastSent = performance.now();
  #lastHeard = performance.now();
  /** When the server was first asked something since it was last heard: its silence before that is our own. */
  #askedAt: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #verdict: NodeJS.Immediate | undefined;

  /** @param sessionTimeout as negotiated, in ms */
  constructor(sessionTimeout: number, actions: HeartbeatActions) {
    this.#actions = actions;
    this.#pingAfter = sessionTimeout * PING_AFTER;
    this.#silentAfter = sessionTimeout * SILENT_AFTER;
    this.#schedule();
  }

  /** When the server last said something, by `performance.now()`. */
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
      // After a blocked event loop the timer runs before what has come in meanwhile is read.
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

  /** An event loop that was blocked could not ask: the server then gets the time to answer that it always has. */
  get #verdictAt(): number {
    if (this.#askedAt === undefined) return Number.POSITIVE_INFINITY;
    return Math.max(this.#lastHeard + this.#silentAfter, this.#askedAt + this.#silentAfter - this.#pingAfter);
  }
}
