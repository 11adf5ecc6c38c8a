import { SessionExpiredError } from '../../core/errors.js';
import { LastingTrouble, seconds } from '../../core/lasting-trouble.js';
import { SPEECH } from '../../core/limits.js';
import type { Logger } from '../../core/logger.js';
import { reasonOf } from '../../core/reason.js';
import { toHex } from '../../core/to-hex.js';
import { adviceOn } from './advice.js';
import type { Link } from './link.js';

/** Attempts to connect since a moment. */
interface Attempts {
  readonly since: number;
  readonly count: number;
}

/** A time without a connection that lasts. */
interface Unrest {
  readonly all: Attempts;
  /** Those since the last connection that was open. */
  readonly unserved: Attempts;
  /** Connections that were open, and ended before they were calm. */
  readonly lost: number;
}

/** The lines of the log about the connections of a session. */
export class SessionLog {
  readonly #log: Logger;
  readonly #trouble: LastingTrouble;
  #unrest: Unrest | undefined;
  #repeatAt = Number.NEGATIVE_INFINITY;
  #hadSession = false;

  /** @param log never throws */
  constructor(log: Logger) {
    this.#log = log;
    this.#trouble = new LastingTrouble(log);
  }

  /**
   * A connection has ended, or an attempt to make one. A single one is a matter of debugging, but not a client that
   * finds no server, or loses each connection soon.
   *
   * @returns the reason, with the server's name
   */
  ended(link: Link, cause: Error, sessionId: bigint | undefined): Error {
    const { server, openFor } = link;
    const err = new Error(`${server}: ${reasonOf(cause)}`, { cause });
    this.#log.debug({ err, ...(sessionId !== undefined && { sessionId: toHex(sessionId) }) }, 'connection ended');
    const now = performance.now();
    if (openFor >= SPEECH.calmAfter) this.#unrest = undefined;
    const { all, unserved, lost } = this.#afterEnd(link, now);
    const isFlapping = lost >= SPEECH.connectionsLost;
    const { since, count: attempts } = isFlapping ? all : unserved;
    const lastingMs = Math.round(now - since);
    this.#hadSession ||= sessionId !== undefined;
    const unconnectedAfter = this.#hadSession ? SPEECH.unconnectedAfter : SPEECH.neverConnectedAfter;
    if ((isFlapping || lastingMs >= unconnectedAfter) && now >= this.#repeatAt) {
      this.#repeatAt = now + SPEECH.repeatAfter;
      const said = isFlapping ? `no connection lasts: ${lost} of them ended soon` : 'no server gives a connection';
      const rounds = `in ${attempts} attempts in ${seconds(lastingMs)}`;
      const message = `${said}, ${rounds}; the last: ${err.message}${adviceOn(err)}`;
      this.#log.warn({ server, attempts, lost, lastingMs, cause: err.message }, message);
    }
    return err;
  }

  #afterEnd({ heartbeat }: Link, now: number): Unrest {
    const none: Attempts = { since: now, count: 0 };
    const { all, unserved, lost } = this.#unrest ?? { all: none, unserved: none, lost: 0 };
    const wasOpen = heartbeat !== undefined;
    this.#unrest = {
      all: oneMore(all),
      unserved: oneMore(wasOpen ? none : unserved),
      lost: wasOpen ? lost + 1 : lost,
    };
    return this.#unrest;
  }

  /** A try to find a server of the quorum has failed, while another server is read. */
  scouted({ server }: Link, cause: Error): void {
    this.#log.debug({ err: new Error(`${server}: ${reasonOf(cause)}`, { cause }) }, 'no server of a quorum');
  }

  /** The client has stopped to connect. */
  rest(): void {
    this.#unrest = undefined;
  }

  /** The client is closed. */
  end(): void {
    this.#trouble.end();
  }

  /**
   * @param reason `null` when a server has said so, which is the cause then
   * @returns the error for the loss of a session
   */
  lost(sessionId: bigint | undefined, reason: string | null, cause: Error | undefined): Error {
    const attempt = cause ? `the last attempt: ${cause.message}` : '';
    const because = reason === null ? (cause?.message ?? '') : [reason, attempt].filter(Boolean).join('; ');
    const session = sessionId === undefined ? 'the session' : `session ${toHex(sessionId)}`;
    return new SessionExpiredError(`${session} is gone: ${because}`, { ...(cause && { cause }) });
  }

  /** The ensemble was set back. */
  historyLost(server: string, lastZxid: bigint, zxid: bigint): void {
    const details = { lastZxid: toHex(lastZxid), zxid: toHex(zxid), server };
    const message =
      'no server knows the last transaction seen, as after a restore from a backup: continuing from the older history';
    this.#trouble.report('history-lost', { level: 'warn', details, message });
  }
}

function oneMore({ since, count }: Attempts): Attempts {
  return { since, count: count + 1 };
}
