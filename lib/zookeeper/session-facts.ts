import { type InspectOptions, inspect } from 'node:util';
import type { ClientState, CoordinationClient, ServerName } from '../core/coordination-client.js';
import { GuardedEmitter } from '../core/guarded-emitter.js';
import { toHex } from '../core/to-hex.js';
import type { ZooKeeperClientEvents } from './client-events.js';
import { ClientCounts, type ClientMetrics } from './metrics.js';
import type { Session } from './session/session.js';

/** The facts that a client knows of its session, without asking a server. */
export abstract class SessionFacts extends GuardedEmitter<ZooKeeperClientEvents> {
  /** @internal */
  protected abstract readonly session: Session;
  /** @internal */
  protected readonly counts = new ClientCounts();

  /** The present state. */
  get state(): ClientState {
    return this.session.state;
  }

  /** The server that the client is connected to; `null` without a connection. */
  get server(): ServerName | null {
    const server = this.session.server;
    return server && { host: server.host, port: server.port };
  }

  /** The session's id; `null` while there is no session. */
  get sessionId(): bigint | null {
    return this.session.tenure.credentials?.id ?? null;
  }

  /**
   * A copy of the session's password; `null` while there is no session. With the session's id, another connection can
   * take the session over.
   */
  get sessionPassword(): Buffer | null {
    const password = this.session.tenure.credentials?.password;
    return password ? Buffer.from(password) : null;
  }

  /** The session timeout in ms, as negotiated; as asked for until there is a session. */
  get sessionTimeout(): number {
    return this.session.tenure.timeout;
  }

  /**
   * The newest transaction that a server has reported to this client; `0n` before the first. It falls only when
   * {@link ZooKeeperClient.epoch} changes.
   */
  get lastZxid(): bigint {
    return this.session.seen.last;
  }

  /**
   * Incremented when no server knew the last transaction seen, as after a restore from a backup, and the client had to
   * continue from an older history; when a server contradicted itself about the last transaction; and after `read-only`
   * if that server had shown a transaction that no quorum had. Otherwise reads never go back, not even over sessions.
   */
  get epoch(): number {
    return this.session.seen.epoch;
  }

  /**
   * The figures of this client, to be scraped: states, reconnections, watches and their calls, requests by operation
   * and outcome, latencies, the queue, bytes. A new object at each call; nothing is sent. Allowed in every state.
   *
   * @example
   * ```ts
   * import { ZooKeeperClient } from 'zk-recipes';
   *
   * const client = await new ZooKeeperClient('127.0.0.1:2181').connect();
   * await client.getData('/config');
   * const { state, reconnections, requests } = client.metrics();
   * console.log(state, reconnections, requests.getData?.succeeded, requests.getData?.latency.count);
   * ```
   */
  metrics(): ClientMetrics {
    return this.counts.toMetrics(this as unknown as CoordinationClient, this.session);
  }

  /** The state and the session, for a log. Shows neither the session's password nor any option. */
  toJSON(): object {
    const { state, sessionId, sessionTimeout } = this;
    return { state, sessionId: sessionId === null ? null : toHex(sessionId), sessionTimeout };
  }

  /** @internal */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    return `ZooKeeperClient ${inspect(this.toJSON(), options)}`;
  }
}
