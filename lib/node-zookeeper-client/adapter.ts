import { type InspectOptions, inspect } from 'node:util';
import type { ClientState, CoordinationClient, ServerName, StateChange } from '../core/coordination-client.js';
import { clientState } from '../core/diagnostics.js';
import { ClientClosedError, SessionExpiredError } from '../core/errors.js';
import { LastingTrouble } from '../core/lasting-trouble.js';
import { consoleLogger, guardLogger, type Logger } from '../core/logger.js';
import { kindOf, reasonOf } from '../core/reason.js';
import { soon } from '../core/soon.js';
import { StateLines } from '../core/state-line.js';
import { reportThrown } from '../core/thrown.js';
import { toHex } from '../core/to-hex.js';
import { AdapterOperations } from './adapter-operations.js';
import { ClientLife } from './client-life.js';
import { type AdapterOptions, completeOptions } from './options.js';
import { RequestList } from './request-list.js';
import { WatchTable } from './watch-table.js';

/**
 * A {@link CoordinationClient} on a client of node-zookeeper-client, made by {@link fromNodeZooKeeperClient}. Every
 * promise that it returns settles, at the latest after three session timeouts.
 */
export class NodeZooKeeperClientAdapter extends AdapterOperations implements CoordinationClient {
  /** Receives the reports of the adapter and of its watches. */
  readonly logger: Logger;
  readonly #trouble: LastingTrouble;
  readonly #lines = new StateLines();
  /** @internal */
  protected readonly maxRequestSize: number;
  /** @internal */
  protected readonly requests = new RequestList(() => this.life.connected);
  /** @internal */
  protected readonly watches = new WatchTable(
    () => this.life.wrapped,
    (error, path) => this.#threw(error, `a watcher of ${path}`, path),
  );
  /** @internal */
  protected readonly life = new ClientLife({
    changed: (state, cause) => this.#changed(state, cause),
    ticked: () => this.requests.tick(),
    makingFailed: (error) => this.#makingFailed(error),
  });

  /** @internal */
  constructor(source: unknown, options?: AdapterOptions) {
    super();
    const { logger = consoleLogger, maxRequestSize } = completeOptions(options);
    this.logger = logger;
    this.#trouble = new LastingTrouble(guardLogger(logger));
    this.maxRequestSize = maxRequestSize;
    this.life.start(source);
    this.#warnOfRetries(this.life.wrapped?.retries ?? 0);
  }

  /** The present state. */
  get state(): ClientState {
    return this.life.state;
  }

  /** The session's id; `null` while there is no session. */
  get sessionId(): bigint | null {
    const { state, wrapped } = this.life;
    return state === 'connected' || state === 'suspended' ? (wrapped?.sessionId ?? null) : null;
  }

  /** The session timeout in ms, as negotiated; as asked for until there is a session. */
  get sessionTimeout(): number {
    return this.life.wrapped?.sessionTimeout ?? 0;
  }

  /** The server that the client is connected to; `null` without a connection. */
  get server(): ServerName | null {
    return this.state === 'connected' ? (this.life.wrapped?.server ?? null) : null;
  }

  /**
   * Ends the adapter: the state is `closed` at once, no watcher is called any more, and pending requests are rejected
   * with {@link ClientClosedError}. A client object that was handed in is yours and stays as it is; one that the
   * function made is closed, which takes at most 2,000 ms. Allowed at any time and more than once.
   */
  close(): Promise<void> {
    return this.life.close();
  }

  /** The same as {@link NodeZooKeeperClientAdapter.close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The state and the session, for a log. */
  toJSON(): object {
    const { state, sessionId, sessionTimeout } = this;
    return { state, sessionId: sessionId === null ? null : toHex(sessionId), sessionTimeout };
  }

  /** @internal */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    return `NodeZooKeeperClientAdapter ${inspect(this.toJSON(), options)}`;
  }

  /** @internal */
  protected override get knownEvents(): readonly string[] {
    return ['state'];
  }

  /** @internal */
  protected override reportListenerError(error: unknown): void {
    this.#threw(error, 'a listener of the client');
  }

  /** Runs inside the package's code: nothing may be thrown, and no code of the user may run. */
  #changed(state: ClientState, cause: Error | null): void {
    if (state === 'suspended') this.requests.connectionLost();
    if (state === 'lost') {
      this.requests.end((name, path) => {
        const reason = cause?.message ?? 'the session has ended';
        return new SessionExpiredError(`${name} ${path}: ${reason}`, { path });
      });
    }
    if (state === 'closed') {
      this.requests.end((name, path) => new ClientClosedError(`${name} ${path}: the client was closed`, { path }));
    }
    if (state !== 'connected' && state !== 'connecting') this.watches.loseAll(state === 'closed');
    const change: StateChange = { server: this.server, sessionId: this.sessionId, cause };
    this.#lines.report(this.#trouble, state, change);
    soon(() => {
      this.emit('state', state, change);
      if (clientState.hasSubscribers) clientState.publish({ client: this, state, ...change });
      if (state === 'connected') this.requests.flush();
    });
    if (state === 'closed') this.#trouble.end();
  }

  #warnOfRetries(retries: number): void {
    if (retries <= 0) return;
    const advice = 'it repeats writes whose outcome is unknown, after they were rejected here: leave it at 0';
    guardLogger(this.logger).warn({ retries }, `the client object has the option retries: ${advice}`);
  }

  #makingFailed(error: unknown): void {
    const message = `no new client could be made for the next session: ${reasonOf(error)}`;
    this.#trouble.report(`making ${kindOf(error)}`, { level: 'error', details: { err: error }, message });
  }

  #threw(error: unknown, place: string, path?: string): void {
    reportThrown(this.#trouble, error, place, path);
  }
}
