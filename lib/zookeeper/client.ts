import { abortWith, onAbort } from '../core/abort.js';
import { atCaller } from '../core/at-caller.js';
import { withoutContext } from '../core/call-context.js';
import type {
  ClientState,
  CoordinationClient,
  StateChange,
  TreeListener,
  TreeRegistration,
} from '../core/coordination-client.js';
import { clientState } from '../core/diagnostics.js';
import type { AuthFailedError } from '../core/errors.js';
import { isServed } from '../core/is-served.js';
import { LastingTrouble } from '../core/lasting-trouble.js';
import { CLIENT } from '../core/limits.js';
import { guardLogger, type Logger } from '../core/logger.js';
import { validatePath } from '../core/paths.js';
import { withCause } from '../core/reason.js';
import { type CompleteRetryPolicy, completeRetryPolicy, RetryPauses, type RetryPolicy, retry } from '../core/retry.js';
import { warnOfShortDuration } from '../core/short-durations.js';
import { soon } from '../core/soon.js';
import { StateLines } from '../core/state-line.js';
import { reportThrown } from '../core/thrown.js';
import { validateFunction, validateOptions, validateSignal } from '../core/validation.js';
import { validateTreeListener, validateWatchedPath } from './arguments.js';
import { ChrootCheck } from './chroot-check.js';
import { CLIENT_EVENTS } from './client-events.js';
import { otherChroot, parseConnectString } from './connect-string.js';
import { type ConnectOptions, ConnectWaiters, toConnectOptions } from './connect-waiters.js';
import type { TlsError } from './connection/tls-error.js';
import { ZnodeOperations } from './operations.js';
import { completeClientOptions, toAuthInfo, type ZooKeeperClientOptions } from './options.js';
import { Chroot } from './session/chroot.js';
import { clientClosed } from './session/rejections.js';
import { Session } from './session/session.js';
import { SessionWatches } from './session/session-watches.js';

/**
 * A ZooKeeper client that outlives its connections and sessions: it finds another server when one fails or falls
 * silent, makes a new session when one expires, and arms every watch again, without any action of the user.
 *
 * Every promise that it returns settles. Reads are retried on connection loss, within the `retry` policy; writes never
 * are, because their outcome is unknown then.
 *
 * @example
 * ```ts
 * import { ZooKeeperClient } from 'zk-recipes';
 *
 * const client = new ZooKeeperClient('zk1:2181,zk2:2181,zk3:2181/my-service');
 * client.on('state', (state) => console.log(state));
 * await client.connect();
 * await client.create('/config', 'on', { makePath: true });
 * await client.close();
 * ```
 */
export class ZooKeeperClient extends ZnodeOperations implements CoordinationClient {
  /** Receives the client's reports. */
  readonly logger: Logger;
  /** @internal */
  protected readonly session: Session;
  /** @internal */
  protected readonly chroot: Chroot;
  /** @internal */
  protected readonly readPolicy: CompleteRetryPolicy;
  /** @internal */
  protected readonly maxRequestSize: number;
  /** @internal */
  protected readonly pauses = new RetryPauses();
  /** @internal */
  protected readonly closed: AbortSignal;
  readonly #log: Logger;
  readonly #trouble: LastingTrouble;
  readonly #lines = new StateLines();
  readonly #waiters = new ConnectWaiters();
  readonly #close: () => void;
  #closing: Promise<void> | undefined;
  readonly #letGoOfSignal: () => void;
  readonly #chrootCheck: ChrootCheck;

  /**
   * Makes a client; nothing is sent before {@link ZooKeeperClient.connect}.
   *
   * @param connectString `host:port,host:port/chroot`. The port defaults to 2181; an IPv6 address goes in brackets.
   * @throws {@link InvalidArgumentError} for a connect string or option that is not valid.
   */
  constructor(connectString: string, options?: ZooKeeperClientOptions) {
    super();
    const { servers, chroot } = parseConnectString(connectString);
    const complete = completeClientOptions(options);
    const closing = new AbortController();
    this.logger = complete.logger;
    this.chroot = new Chroot(chroot);
    this.readPolicy = complete.retry;
    this.maxRequestSize = complete.maxRequestSize;
    this.closed = closing.signal;
    this.#close = () => closing.abort();
    this.#log = guardLogger(complete.logger);
    this.#chrootCheck = new ChrootCheck(this.chroot, this.#log);
    warnOfShortDuration(this, this.#log, 'sessionTimeout', complete.sessionTimeout);
    this.#trouble = new LastingTrouble(this.#log);
    this.session = new Session({
      ...complete,
      logger: this.#log,
      counts: this.counts,
      servers,
      watches: new SessionWatches(
        this.chroot,
        (error, path) => this.#threw(error, `a watcher of ${path}`, path),
        complete.maxRequestSize,
      ),
      onState: (state) => this.#onState(state),
      onRefused: (error, isHopeless) => this.#onRefused(error, isHopeless),
    });
    this.#letGoOfSignal = onAbort(complete.signal, () => void this.close());
  }

  /**
   * Connects. When it fails, the client is `latent` again and may be connected later; its watches stay registered.
   * While the client is reconnecting by itself, this call waits for that, and a timeout ends the waiting alone.
   *
   * @param options.timeout in ms, 15,000 by default.
   * @returns the client, `connected`; or `read-only`, with the option `readOnly`.
   * @throws {@link ConnectTimeoutError} when no server gave a session in time; its cause is the error of the last
   * attempt.
   * @throws {@link AuthFailedError} when a server refused the credentials, demands some, or did not prove itself.
   * @throws {@link TlsError} when every server failed so in one round, or in two where one only hung up.
   * @throws {@link ClientClosedError} after `close()`.
   * @throws the signal's reason when it aborts.
   */
  async connect(options?: ConnectOptions): Promise<this> {
    const { timeout, signal } = toConnectOptions(options);
    warnOfShortDuration(this, this.#log, 'timeout of connect()', timeout);
    signal?.throwIfAborted();
    if (this.state === 'closed') throw clientClosed('connect()');
    if (isServed(this.state)) return this;
    if (this.state === 'latent') withoutContext(() => this.session.start());
    try {
      await this.#waiters.wait(timeout, signal, () => this.session.lastError);
    } catch (error) {
      return atCaller(error);
    } finally {
      if (this.#waiters.size === 0 && this.state === 'connecting') this.session.stop();
    }
    return this;
  }

  /**
   * Ends the session, so that its ephemeral znodes go at once, and releases every resource; the process can then exit
   * by itself. The state is `closed` at once, and no watcher is called any more. Allowed at any time and more than
   * once. Waiting requests are rejected with {@link ClientClosedError}; those in flight may still be answered.
   *
   * It waits at most 2,000 ms for a server. A session that could not be ended by then ends by its timeout.
   */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  /** The same as {@link ZooKeeperClient.close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Watches a znode, whether or not it exists, and all below it by a persistent recursive watch of the server, which
   * servers have since ZooKeeper 3.6. It is armed again over each connection; the server then reports the changes that
   * were missed of the znodes that the listener knows. `TreeWatch` follows a tree with far less code.
   *
   * @throws {@link InvalidPathError} for a path that is not valid; {@link InvalidArgumentError} for another listener;
   * {@link ClientClosedError} after `close()`.
   */
  watchTree(path: string, listener: TreeListener): TreeRegistration {
    validatePath(path);
    validateTreeListener(listener);
    const absolute = this.chroot.absolute(path);
    validateWatchedPath(absolute, this.maxRequestSize);
    if (this.state === 'closed') throw clientClosed('watchTree()', path);
    return withoutContext(() => this.session.watches.trees.watch(path, absolute, listener));
  }

  /**
   * Replaces the servers, for each later attempt to connect. A client whose server is not among them moves to one that
   * is, with its session, as soon as its requests in flight are answered.
   *
   * @param connectString as for the constructor, with the same chroot
   * @throws {@link InvalidArgumentError} for a connect string that is not valid, or has another chroot.
   * @throws {@link ClientClosedError} after `close()`.
   */
  setServers(connectString: string): void {
    const { servers, chroot } = parseConnectString(connectString);
    if (chroot !== this.chroot.path) throw otherChroot(this.chroot.path);
    if (this.state === 'closed') throw clientClosed('setServers()');
    withoutContext(() => this.session.setServers(servers));
  }

  /**
   * Adds credentials, for this connection and each later one. Requests made after this call are sent after them.
   * A server that refuses them ends the connection, which is logged as an error.
   */
  addAuth(scheme: string, auth: string): void {
    this.session.addAuth(toAuthInfo(scheme, auth, this.maxRequestSize));
  }

  /**
   * Calls the operation until it succeeds: again after a growing pause when it rejects with an error whose `retryable`
   * is true. A pause ends early when the client is connected again. Only for operations that may happen twice.
   *
   * @param policy overrides the client's own; 8 attempts in all by default.
   * @param options.signal ends it between two attempts.
   * @throws the last rejection of the operation; the signal's reason when it aborts.
   */
  async retry<T>(
    operation: () => Promise<T>,
    policy?: RetryPolicy,
    options?: { signal?: AbortSignal | undefined },
  ): Promise<T> {
    validateFunction('operation', operation);
    validateOptions('options', options, ['signal']);
    validateSignal('signal', options?.signal);
    const complete = completeRetryPolicy(policy, this.readPolicy);
    const signal = options?.signal;
    const attempt = async (): Promise<T> => {
      signal?.throwIfAborted();
      return operation();
    };
    // AbortSignal.any() would leave a part of each signal in one that lives on.
    const ending = new AbortController();
    const letGo = abortWith(ending, signal, this.closed);
    return retry(attempt, complete, ending.signal, this.pauses).finally(letGo);
  }

  /** @internal */
  protected override reportListenerError(error: unknown): void {
    this.#threw(error, 'a listener of the client');
  }

  /** @internal */
  protected override get knownEvents(): readonly string[] {
    return CLIENT_EVENTS;
  }

  #threw(error: unknown, place: string, path?: string): void {
    reportThrown(this.#trouble, error, place, path);
  }

  async #end(): Promise<void> {
    this.#letGoOfSignal?.();
    const ended = this.session.close(CLIENT.closeDeadline);
    this.#close();
    await ended;
  }

  #onState(state: ClientState): void {
    this.counts.entered(state);
    const isFailure = state === 'suspended' || state === 'lost' || state === 'latent';
    const change: StateChange = {
      server: this.server,
      sessionId: this.sessionId,
      cause: (isFailure && this.session.lastError) || null,
    };
    // Before the last line.
    if (state === 'closed') this.#trouble.end();
    this.#lines.report(this.#trouble, state, change);
    soon(() => {
      this.emit('state', state, change);
      if (clientState.hasSubscribers) clientState.publish({ client: this, state, ...change });
    });
    if (isServed(state)) {
      this.pauses.endAll();
      this.#waiters.resolve();
      this.#chrootCheck.run(this.session);
    }
    if (state === 'closed') this.#waiters.reject(() => clientClosed('connect()'));
  }

  #onRefused(error: AuthFailedError | TlsError, isHopeless: boolean): void {
    if (this.state !== 'connecting') {
      const line = { level: 'error', details: { code: error.code }, message: withCause(error) } as const;
      return this.#trouble.report(error.code, line);
    }
    if (!isHopeless) return;
    this.session.stop();
    this.#waiters.reject(() => error);
  }
}
