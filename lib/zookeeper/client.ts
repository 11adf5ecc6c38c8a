import { onAbort } from '../core/abort.js';
import type {
  Acl,
  ChildrenAndStat,
  ClientState,
  CoordinationClient,
  CreateOptions,
  DataAndStat,
  Stat,
  Watcher,
} from '../core/coordination-client.js';
import { clientState } from '../core/diagnostics.js';
import { GuardedEmitter } from '../core/guarded-emitter.js';
import { guardLogger, type Logger } from '../core/logger.js';
import { parentOf, validatePath } from '../core/paths.js';
import { completeRetryPolicy, type RetryPolicy, retry } from '../core/retry.js';
import { validateFunction, validateOptions, validateSignal } from '../core/validation.js';
import {
  createRequest,
  deleteRequest,
  existsRequest,
  getAclRequest,
  getChildrenRequest,
  getDataRequest,
  setAclRequest,
  setDataRequest,
  syncRequest,
  type WireRequest,
} from '../protocol/requests.js';
import { toAcl, toCreation, toData, toVersion, validateSize, validateWatchedPath } from './arguments.js';
import { createWithParents, deleteTree, ensurePath, type TreeOperations } from './branches.js';
import { Chroot } from './chroot.js';
import { parseConnectString } from './connect-string.js';
import { type ConnectOptions, ConnectWaiters, toConnectOptions } from './connect-waiters.js';
import {
  type CompleteClientOptions,
  completeClientOptions,
  toAuthInfo,
  type ZooKeeperClientOptions,
} from './options.js';
import type { Submission } from './session/request-queue.js';
import { ServerWatches } from './session/server-watches.js';
import { Session } from './session/session.js';
import { type ServerWatchKind, type WatchKind, WatchTable } from './session/watch-table.js';
import { Transaction } from './transaction.js';

/** How long `close()` waits for a server to end the session, in ms. */
const CLOSE_DEADLINE = 2_000;

/** Who may do what with a znode. */
export interface AclAndStat {
  /** The access control list. */
  acl: Acl[];
  /** All else about the znode; `stat.aversion` is the version of the list. */
  stat: Stat;
}

/** The events of a {@link ZooKeeperClient}. */
export interface ZooKeeperClientEvents {
  /**
   * The state has changed. At `connected` every watch stands on the server and requests go through; at `lost` the
   * session's ephemeral znodes are gone, or will be within its timeout; at `closed` no watch will be called any more.
   */
  state: (state: ClientState) => void;
}

/**
 * A ZooKeeper client that outlives its connections and sessions: it finds another server when one fails or falls
 * silent, makes a new session when one expires, and arms every watch again, without the user doing anything.
 *
 * Every promise that it hands out settles. Reads are tried again on connection loss, within the `retry` policy; writes
 * never are, for their outcome is unknown then.
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
export class ZooKeeperClient extends GuardedEmitter<ZooKeeperClientEvents> implements CoordinationClient {
  readonly #options: CompleteClientOptions;
  readonly #log: Logger;
  readonly #chroot: Chroot;
  readonly #session: Session;
  readonly #watches: WatchTable;
  readonly #serverWatches: ServerWatches;
  readonly #waiters = new ConnectWaiters();
  readonly #closed = new AbortController();
  #closing: Promise<void> | undefined;
  readonly #letGoOfSignal: () => void;
  #chrootChecked = false;

  /**
   * Makes a client; nothing is sent before {@link ZooKeeperClient.connect}.
   *
   * @param connectString `host:port,host:port/chroot`. The port defaults to 2181; an IPv6 address goes in brackets.
   * @throws {@link InvalidArgumentError} for a connect string or option that makes no sense.
   */
  constructor(connectString: string, options?: ZooKeeperClientOptions) {
    super();
    const { servers, chroot } = parseConnectString(connectString);
    this.#options = completeClientOptions(options);
    this.#log = guardLogger(this.#options.logger);
    this.#chroot = new Chroot(chroot);
    this.#watches = new WatchTable(this.#chroot.relative, (error, path) => {
      this.#log.error({ err: error, path }, `a watcher of ${path} threw`);
    });
    this.#session = new Session({
      ...this.#options,
      logger: this.#log,
      servers,
      watches: this.#watches,
      onState: (state) => this.#onState(state),
      onDisconnected: () => this.#serverWatches.disconnected(),
      onAuthFailed: (error) => {
        if (this.#session.state !== 'connecting') return this.#log.error({ err: error }, error.message);
        this.#session.stop();
        this.#waiters.reject(() => error);
      },
    });
    const session = this.#session;
    this.#serverWatches = new ServerWatches(this.#watches, {
      get isOpen() {
        return session.isOpen;
      },
      get isConnected() {
        return session.state === 'connected';
      },
      // The server may have fired it, or lost it with the connection, by then.
      send: (wire, path) => session.submit({ wire, path, isRead: false }).catch(() => {}),
    });
    this.#letGoOfSignal = onAbort(this.#options.signal, () => void this.close());
  }

  /** Where the client stands now. */
  get state(): ClientState {
    return this.#session.state;
  }

  /** The session's id; `null` while there is none. */
  get sessionId(): bigint | null {
    return this.#session.credentials?.id ?? null;
  }

  /** With the session's id, what another connection needs to take the session over. A copy; `null` while there is none. */
  get sessionPassword(): Buffer | null {
    const password = this.#session.credentials?.password;
    return password ? Buffer.from(password) : null;
  }

  /** The session timeout as negotiated, in ms; as asked for until there is a session. */
  get sessionTimeout(): number {
    return this.#session.sessionTimeout;
  }

  /** Where the client reports. */
  get logger(): Logger {
    return this.#options.logger;
  }

  /**
   * Grows when no server knew the last transaction that was seen, as after a restore from a backup, and the client had
   * to start over from what they have. Until then what it reads never goes back in time, over new sessions too.
   */
  get epoch(): number {
    return this.#session.epoch;
  }

  /**
   * Connects. When it fails the client is `latent` again and may be connected later; what was registered with it stays.
   * While the client is reconnecting by itself it waits for that, and a timeout ends the waiting alone.
   *
   * @param options.timeout in ms, 15,000 by default.
   * @returns the client, `connected`.
   * @throws {@link ConnectTimeoutError} when no server gave a session in time; the cause tells of the last attempt.
   * @throws {@link AuthFailedError} when a server refused the credentials.
   * @throws {@link ClientClosedError} after `close()`.
   * @throws the signal's reason when it aborts.
   */
  async connect(options?: ConnectOptions): Promise<this> {
    const { timeout, signal } = toConnectOptions(options);
    signal?.throwIfAborted();
    if (this.state === 'closed') throw this.#waiters.closedError();
    if (this.state === 'connected') return this;
    if (this.state === 'latent') this.#session.start();
    try {
      await this.#waiters.wait(timeout, signal, () => this.#session.lastError);
    } finally {
      if (this.#waiters.size === 0 && this.state === 'connecting') this.#session.stop();
    }
    return this;
  }

  /**
   * Ends the session, so that its ephemeral znodes go at once, and lets go of everything; the process can then exit by
   * itself. The state is `closed` at once, and no watch is called any more. Safe at any time and more than once.
   * Requests that wait are rejected with {@link ClientClosedError}; those on the way may still be answered.
   *
   * It waits at most 2,000 ms for a server. A session that could not be ended by then ends by its timeout.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** The same as {@link ZooKeeperClient.close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The znode's stat, or `null` when there is none. The watch is armed either way: for its creation, or for a change of its data and its deletion. */
  async exists(path: string, watcher?: Watcher): Promise<Stat | null> {
    const absolute = this.#absolute(path);
    const wire = existsRequest(absolute, watcher !== undefined);
    return this.#readAndArm(wire, path, absolute, watcher, 'data', (stat) => (stat ? 'data' : 'exist'));
  }

  /**
   * The znode's data and stat; null data reads as an empty Buffer. The watch is armed for a change of the data and for
   * deletion, in the same request.
   *
   * @throws {@link NoNodeError}; the watch is not armed then.
   */
  async getData(path: string, watcher?: Watcher): Promise<DataAndStat> {
    const absolute = this.#absolute(path);
    const wire = getDataRequest(absolute, watcher !== undefined);
    return this.#readAndArm(wire, path, absolute, watcher, 'data', () => 'data');
  }

  /**
   * The names of the children, in no order, and the znode's stat. The watch is armed for a created or deleted child and
   * for the znode's own deletion, in the same request.
   *
   * @throws {@link NoNodeError}; the watch is not armed then.
   */
  async getChildren(path: string, watcher?: Watcher): Promise<ChildrenAndStat> {
    const absolute = this.#absolute(path);
    const wire = getChildrenRequest(absolute, watcher !== undefined);
    return this.#readAndArm(wire, path, absolute, watcher, 'child', () => 'child');
  }

  /**
   * Takes a one-shot watcher back: it is not called any more, and not armed again after a reconnection. With the last
   * one on the path the server's watch goes, too.
   *
   * @throws {@link InvalidPathError} or {@link InvalidArgumentError} for bad input.
   */
  removeWatcher(path: string, watcher: Watcher): void {
    validateFunction('watcher', watcher);
    const absolute = this.#absolute(path);
    for (const kind of this.#watches.remove(absolute, watcher)) this.#serverWatches.remove(kind, absolute);
  }

  /**
   * Creates a znode.
   *
   * @param data a string is sent as UTF-8. Default: empty.
   * @returns the path created, which ends in ten digits more when the mode is sequential.
   * @throws {@link NodeExistsError}, {@link NoNodeError} when the parent is missing (see `makePath`),
   * {@link NoChildrenForEphemeralsError}, {@link ConnectionLossError} when the outcome is unknown.
   */
  async create(path: string, data: Buffer | string = '', options?: CreateOptions): Promise<string> {
    const { mode, acl, makePath } = toCreation(path, options);
    const wire = createRequest(this.#chroot.absoluteOf(path, mode), toData(data), acl, mode);
    validateSize(wire, path);
    const parent = makePath ? parentOf(path) : null;
    const create = () => this.#write(wire, path);
    const created = parent === null ? create() : createWithParents(this.#tree, parent, acl, create);
    return this.#chroot.relative(await created);
  }

  /**
   * Sets the data.
   *
   * @param version what the znode must have; -1, the default, is any.
   * @throws {@link NoNodeError}, {@link BadVersionError}, {@link ConnectionLossError} when the outcome is unknown.
   */
  async setData(path: string, data: Buffer | string, version = -1): Promise<Stat> {
    return this.#write(setDataRequest(this.#absolute(path), toData(data), toVersion(version)), path);
  }

  /**
   * Deletes a znode that has no children.
   *
   * @param version what the znode must have; -1, the default, is any.
   * @throws {@link NoNodeError}, {@link BadVersionError}, {@link NotEmptyError}, {@link ConnectionLossError} when the
   * outcome is unknown.
   */
  async delete(path: string, version = -1): Promise<void> {
    return this.#write(deleteRequest(this.#absolute(path), toVersion(version)), path);
  }

  /** The znode's access control list and stat. */
  async getAcl(path: string): Promise<AclAndStat> {
    return this.#read(getAclRequest(this.#absolute(path)), path);
  }

  /**
   * Sets the znode's access control list. No watch fires.
   *
   * @param version of the ACL (`stat.aversion`); -1, the default, is any.
   */
  async setAcl(path: string, acl: Acl[], version = -1): Promise<Stat> {
    return this.#write(setAclRequest(this.#absolute(path), toAcl(acl), toVersion(version)), path);
  }

  /**
   * Adds credentials, now and for each connection to come. Requests made after this call are sent after them.
   * A server that refuses them ends the connection, which is logged as an error.
   */
  addAuth(scheme: string, auth: string): void {
    this.#session.addAuth(toAuthInfo(scheme, auth));
  }

  /** Brings the server that the client is connected to up to the leader: what is read afterwards shows every earlier write. */
  async sync(path: string): Promise<void> {
    return this.#read(syncRequest(this.#absolute(path)), path);
  }

  /** Begins several writes that happen together or not at all. */
  transaction(): Transaction {
    return new Transaction(this.#chroot, (wire, path) => this.#write(wire, path));
  }

  /** Deletes a znode and all that is below it; nothing happens when there is none. Tried again on connection loss. */
  async deleteRecursive(path: string): Promise<void> {
    validatePath(path);
    await deleteTree(this.#tree, path);
  }

  /**
   * Creates the znode and its parents where they are missing, the chroot included. `ensurePath('/')` makes the chroot.
   * Tried again on connection loss.
   */
  async ensurePath(path: string): Promise<void> {
    validatePath(path);
    await ensurePath(this.#tree, path);
  }

  /**
   * Calls the operation until it succeeds, on connection loss and session expiry tried again after a growing pause.
   * Only for what may happen twice.
   *
   * @param policy fills in over the client's own; 8 attempts in all by default.
   * @param options.signal ends it between two attempts.
   * @throws what the operation rejected with last; the signal's reason when it aborts.
   */
  async retry<T>(operation: () => Promise<T>, policy?: RetryPolicy, options?: { signal?: AbortSignal }): Promise<T> {
    validateFunction('operation', operation);
    validateOptions('options', options, ['signal']);
    validateSignal('signal', options?.signal);
    const complete = completeRetryPolicy(policy, this.#options.retry);
    const signal = options?.signal;
    const attempt = async (): Promise<T> => {
      signal?.throwIfAborted();
      return operation();
    };
    const { signal: closed } = this.#closed;
    return retry(attempt, complete, signal ? AbortSignal.any([signal, closed]) : closed);
  }

  /** @internal */
  protected override reportListenerError(error: unknown): void {
    this.#log.error({ err: error }, "a listener of the client's threw");
  }

  get #tree(): TreeOperations {
    return {
      chroot: this.#chroot,
      read: (wire, path) => this.#read(wire, path),
      write: (wire, path) => this.#write(wire, path),
      retry: (operation) => retry(operation, this.#options.retry, this.#closed.signal),
    };
  }

  #absolute(path: string): string {
    validatePath(path);
    return this.#chroot.absolute(path);
  }

  /** @param kindOf what the answer says that the watch is armed for */
  #readAndArm<T>(
    wire: WireRequest<T>,
    path: string,
    absolute: string,
    watcher: Watcher | undefined,
    serverKind: ServerWatchKind,
    kindOf: (value: T) => WatchKind,
  ): Promise<T> {
    if (watcher === undefined) return this.#read(wire, path);
    validateFunction('watcher', watcher);
    validateWatchedPath(absolute);
    return this.#submitRead({
      wire,
      path,
      isRead: true,
      begins: () => this.#serverWatches.arming(serverKind, absolute),
      answered: (value) => this.#watches.add(kindOf(value), absolute, watcher),
      ended: () => this.#serverWatches.armed(serverKind, absolute),
    });
  }

  #read<T>(wire: WireRequest<T>, path: string): Promise<T> {
    return this.#submitRead({ wire, path, isRead: true });
  }

  #submitRead<T>(submission: Submission<T>): Promise<T> {
    validateSize(submission.wire, submission.path);
    return retry(() => this.#session.submit(submission), this.#options.retry, this.#closed.signal);
  }

  #write<T>(wire: WireRequest<T>, path: string): Promise<T> {
    validateSize(wire, path);
    return this.#session.submit({ wire, path, isRead: false });
  }

  async #close(): Promise<void> {
    this.#letGoOfSignal?.();
    const ended = this.#session.close(CLOSE_DEADLINE);
    this.#closed.abort();
    await ended;
  }

  #onState(state: ClientState): void {
    if (state === 'connected') this.#serverWatches.connected();
    queueMicrotask(() => {
      this.emit('state', state);
      if (clientState.hasSubscribers) clientState.publish({ client: this, state, sessionId: this.sessionId });
    });
    if (state === 'connected') {
      this.#waiters.resolve();
      this.#checkChroot();
    }
    if (state === 'closed') this.#waiters.reject(() => this.#waiters.closedError());
  }

  /** Under a chroot that is missing nothing can be created, and the server's answer does not say why. */
  #checkChroot(): void {
    const { path } = this.#chroot;
    if (path === '' || this.#chrootChecked) return;
    this.#chrootChecked = true;
    const wire = existsRequest(path, false);
    this.#session.submit({ wire, path: '/', isRead: true }).then(
      (stat) => {
        if (stat) return;
        this.#log.warn({ chroot: path }, `the chroot ${path} does not exist: ensurePath('/') creates it`);
      },
      () => {
        this.#chrootChecked = false;
      },
    );
  }
}
