import type { ClientState } from '../../core/coordination-client.js';
import { AuthFailedError, ClientClosedError, ConnectionLossError } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import { closeSessionRequest, setWatchesRequest, syncRequest } from '../../protocol/requests.js';
import type {
  AuthInfo,
  Connection,
  ConnectionEnd,
  ConnectionHandlers,
  Connector,
  Handshake,
  Server,
  SessionCredentials,
} from '../connection/connection.js';
import { Heartbeat } from './heartbeat.js';
import { RequestQueue, type Submission } from './request-queue.js';
import { History } from './seen-zxids.js';
import { ServerRotation } from './server-rotation.js';
import type { WatchTable } from './watch-table.js';

/** A connection that held for so long was a good one, in ms: its end is no failure to reach a server. */
const STABLE_AFTER = 1_000;

const HISTORY_LOST =
  'no server knows the last transaction that was seen, as after a restore from a backup: starting over from what they have';

/** What a session needs. */
export interface SessionOptions {
  readonly servers: readonly Server[];
  /** To ask for, in ms. */
  readonly sessionTimeout: number;
  readonly auth: readonly AuthInfo[];
  readonly watches: WatchTable;
  readonly logger: Logger;
  readonly connector: Connector;
  /** Called at each change of the state, in the middle of the session's work. */
  readonly onState: (state: ClientState) => void;
  /** Called when an open connection has ended, and the server's watches with it. */
  readonly onDisconnected: () => void;
  /** Called when a server refuses the credentials. */
  readonly onAuthFailed: (error: AuthFailedError) => void;
}

/** One attempt to connect, and the connection that came of it. */
interface Link {
  readonly server: Server;
  /** Opened without the last zxid, to learn whether that is what the server refused. */
  isProbe: boolean;
  /** How many of the credentials it opens with. */
  readonly credentials: number;
  /** That of the last answer. */
  zxid: bigint;
  connection?: Connection;
  heartbeat?: Heartbeat;
  openedAt?: number;
}

/**
 * A session's life over many connections, and one session after another: connects, keeps the session alive, takes it
 * over to the next server when a connection ends, and makes a new one when it has expired.
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #rotation: ServerRotation;
  readonly #queue: RequestQueue;
  readonly #auth: AuthInfo[];
  #state: ClientState = 'latent';
  #credentials: SessionCredentials | null = null;
  #sessionTimeout: number;
  readonly #history = new History();
  #isAuthReported = false;
  /** Attempts to get a new session since the last one was lost. */
  #attemptsForNew = 0;
  #lastError: Error | undefined;
  #link: Link | null = null;
  #nextAttempt: NodeJS.Timeout | undefined;
  #attemptDeadline: NodeJS.Timeout | undefined;
  #expiry: NodeJS.Timeout | undefined;
  #ended: (() => void) | null = null;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#sessionTimeout = options.sessionTimeout;
    this.#auth = [...options.auth];
    this.#rotation = new ServerRotation(options.servers);
    this.#queue = new RequestQueue(options.sessionTimeout);
  }

  get state(): ClientState {
    return this.#state;
  }

  get credentials(): SessionCredentials | null {
    return this.#credentials;
  }

  /** Whether there is a connection that watches may stand on, be they all armed or not. */
  get isOpen(): boolean {
    return this.#link?.heartbeat !== undefined;
  }

  /** As negotiated, in ms; before that, as asked for. */
  get sessionTimeout(): number {
    return this.#sessionTimeout;
  }

  /** Grows when an older history had to be accepted. */
  get epoch(): number {
    return this.#history.epoch;
  }

  /** What the last attempt or connection failed of. */
  get lastError(): Error | undefined {
    return this.#lastError;
  }

  /** Begins to connect. */
  start(): void {
    this.#setState('connecting');
    this.#scheduleAttempt();
  }

  /** Gives up a `start()` that has not got anywhere. Can be started again. */
  stop(): void {
    this.#letGo();
    this.#credentials = null;
    this.#setState('latent');
    this.#queue.rejectAll((operation, path) => this.#notConnected(operation, path));
  }

  /** Ends the session on the server, for at most so many ms. Resolves when nothing is left of it here. */
  async close(deadline: number): Promise<void> {
    this.#setState('closed');
    this.#options.watches.close();
    this.#queue.rejectWaiting(clientClosed);
    if (this.#credentials) await this.#endSession(deadline);
    this.#letGo();
    this.#credentials = null;
    this.#queue.rejectAll(clientClosed);
  }

  /** Sends a request in its turn. The promise settles, whatever comes. */
  submit<T>(submission: Submission<T>): Promise<T> {
    const { wire, path } = submission;
    if (this.#state === 'closed') return Promise.reject(clientClosed(wire.name, path));
    if (this.#state === 'latent') return Promise.reject(this.#notConnected(wire.name, path));
    this.#link?.heartbeat?.sent();
    return this.#queue.submit(submission);
  }

  /** Sends further credentials, now and over each connection to come. */
  addAuth(auth: AuthInfo): void {
    this.#auth.push(auth);
    if (this.#link?.heartbeat) this.#link.connection?.addAuth(auth);
  }

  #scheduleAttempt(): void {
    // Patience that has run out is not to wait for a pause besides.
    const delay = Math.min(this.#rotation.delay, this.#history.remainingPatience(this.#sessionTimeout));
    this.#nextAttempt = setTimeout(() => this.#attempt(false), delay);
  }

  #attempt(isProbe: boolean): void {
    const server = this.#rotation.next();
    const link: Link = { server, isProbe, credentials: this.#auth.length, zxid: 0n };
    this.#link = link;
    const deadline = this.#rotation.attemptTimeout(this.#sessionTimeout);
    this.#attemptDeadline = setTimeout(() => {
      this.#fail(link, new Error(`no answer within ${Math.round(deadline)} ms`));
    }, deadline);
    link.connection = this.#options.connector(
      {
        server,
        sessionTimeout: this.#options.sessionTimeout,
        session: this.#credentials,
        lastZxid: isProbe ? 0n : this.#history.lastZxid,
        auth: [...this.#auth],
      },
      this.#handlersFor(link),
    );
  }

  #handlersFor(link: Link): ConnectionHandlers {
    const ifCurrent =
      <A extends unknown[]>(handle: (...args: A) => void) =>
      (...args: A) => {
        if (this.#link === link) handle(...args);
      };
    return {
      opened: ifCurrent((handshake) => this.#opened(link, handshake)),
      heard: ifCurrent((zxid) => this.#heard(link, zxid)),
      event: ifCurrent((event) => this.#options.watches.fire(event)),
      closed: ifCurrent((end) => this.#linkEnded(link, end)),
    };
  }

  #heard(link: Link, zxid: bigint): void {
    link.heartbeat?.heard();
    link.zxid = zxid;
    this.#history.seen(zxid);
  }

  #opened(link: Link, handshake: Handshake): void {
    clearTimeout(this.#attemptDeadline);
    clearTimeout(this.#expiry);
    this.#credentials = { id: handshake.id, password: handshake.password };
    this.#sessionTimeout = handshake.sessionTimeout;
    this.#queue.patience = handshake.sessionTimeout;
    link.openedAt = performance.now();
    link.heartbeat = new Heartbeat(handshake.sessionTimeout, {
      ping: () => link.connection?.ping(),
      silent: () => this.#fail(link, new Error('the server has fallen silent')),
    });
    for (const auth of this.#auth.slice(link.credentials)) link.connection?.addAuth(auth);
    if (this.#ended) this.#sendCloseSession(link);
    else if (link.isProbe) void this.#askProbe(link);
    else void this.#arm(link);
  }

  /** Arms the watches, and then is connected. Until all of them stand, the next connection begins where this one did. */
  async #arm(link: Link): Promise<void> {
    this.#history.accepted();
    this.#attemptsForNew = 0;
    const { rearmFrom } = this.#history;
    for (const paths of this.#options.watches.chunks()) {
      const error = await this.#request(link, setWatchesRequest(rearmFrom, paths));
      if (error !== 0) return this.#fail(link, new Error(`arming the watches failed with error ${error}`));
    }
    if (this.#link !== link || !link.connection || this.#ended) return;
    this.#history.rearmed();
    this.#lastError = undefined;
    this.#isAuthReported = false;
    this.#queue.attach(link.connection);
    this.#setState('connected');
  }

  /** A request of the session's own. Never resolves when the connection ends first: what waits for it is then over too. */
  #request(link: Link, wire: Parameters<Connection['request']>[0]): Promise<number> {
    link.heartbeat?.sent();
    return new Promise((resolve) => link.connection?.request(wire, resolve));
  }

  #fail(link: Link, cause: Error): void {
    if (this.#link !== link) return;
    link.connection?.destroy();
    this.#linkEnded(link, { kind: 'failed', cause });
  }

  #linkEnded(link: Link, { kind, cause }: ConnectionEnd): void {
    clearTimeout(this.#attemptDeadline);
    link.heartbeat?.stop();
    this.#link = null;
    const { host, port } = link.server;
    const hadSession = this.#credentials !== null;
    this.#lastError = new Error(`${host}:${port}: ${cause.message}`, { cause });
    if (link.openedAt !== undefined && performance.now() - link.openedAt >= STABLE_AFTER) this.#rotation.succeeded();
    else if (kind !== 'expired' || !hadSession) this.#rotation.failed();
    this.#options.logger.debug({ err: this.#lastError, sessionId: this.#credentials?.id }, 'connection ended');
    if (link.heartbeat) this.#connectionLost(link.heartbeat.lastHeard, this.#lastError);

    if (kind === 'expired') this.#sessionExpired('the server says so');
    if (kind === 'auth-failed') this.#authFailed(this.#lastError);
    if (this.#state === 'latent') return;
    if (this.#ended && !this.#credentials) return this.#ended();
    if (kind === 'expired' && hadSession) this.#rotation.stay();
    if (!hadSession && !link.isProbe) this.#attemptsForNew += 1;
    if (kind === 'refused' && !link.isProbe && this.#isDisowned()) return this.#probe();
    this.#scheduleAttempt();
  }

  #connectionLost(lastHeard: number, cause: Error): void {
    this.#history.interrupted();
    this.#options.onDisconnected();
    this.#queue.detach(cause);
    const remaining = lastHeard + this.#sessionTimeout - performance.now();
    if (this.#state === 'connected') this.#setState('suspended');
    clearTimeout(this.#expiry);
    this.#expiry = setTimeout(() => this.#expireByClock(), Math.max(0, remaining));
  }

  /** No server could say so, but by now every server would. */
  #expireByClock(): void {
    this.#sessionExpired('no server was reached within the session timeout');
    if (this.#ended) return this.#ended();
    // An attempt that is on its way would take over the session that has just been given up.
    const link = this.#link;
    if (link) this.#fail(link, new Error('it came too late for the session'));
  }

  #sessionExpired(reason: string): void {
    clearTimeout(this.#expiry);
    const sessionId = this.#credentials?.id;
    this.#credentials = null;
    this.#attemptsForNew = 0;
    if (this.#state !== 'suspended') return;
    this.#options.logger.warn({ sessionId, reason, err: this.#lastError }, 'session lost, making a new one');
    this.#queue.rejectWrites();
    this.#setState('lost');
  }

  /** Told once until the client is connected again: it is tried again and again. */
  #authFailed(cause: Error): void {
    if (this.#isAuthReported) return;
    this.#isAuthReported = this.#state !== 'connecting';
    const schemes = this.#auth.map(({ scheme }) => scheme).join(', ');
    const error = new AuthFailedError(`the server refused the credentials (${schemes})`, { cause });
    this.#options.onAuthFailed(error);
  }

  /** Whether servers have refused our last zxid for a session timeout, and each had its chance to give a new session. */
  #isDisowned(): boolean {
    const isLong = this.#history.refused(this.#sessionTimeout);
    return isLong && this.#attemptsForNew >= this.#options.servers.length;
  }

  /** No server takes our last zxid: it is time to ask this one what it has. */
  #probe(): void {
    this.#rotation.stay();
    this.#nextAttempt = setTimeout(() => this.#attempt(true), 0);
  }

  /**
   * The server does answer without our last zxid: what has the ensemble? A ping would tell what this one server has; a
   * sync is answered after all that the leader has committed, and not at all by a follower that has lost its leader.
   */
  async #askProbe(link: Link): Promise<void> {
    const deadline = this.#rotation.attemptTimeout(this.#sessionTimeout);
    this.#attemptDeadline = setTimeout(() => this.#fail(link, new Error('a sync was not answered')), deadline);
    const error = await this.#request(link, syncRequest('/'));
    if (this.#link !== link) return;
    clearTimeout(this.#attemptDeadline);
    if (error !== 0) return this.#fail(link, new Error(`a sync failed with error ${error}`));
    const { lastZxid } = this.#history;
    if (link.zxid < lastZxid) {
      this.#history.yieldTo(link.zxid);
      this.#options.logger.warn({ lastZxid, zxid: link.zxid, server: link.server }, HISTORY_LOST);
    }
    link.isProbe = false;
    await this.#arm(link);
  }

  #endSession(deadline: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#ended?.(), deadline);
      this.#ended = () => {
        clearTimeout(timer);
        this.#ended = null;
        resolve();
      };
      if (this.#link?.heartbeat) this.#sendCloseSession(this.#link);
    });
  }

  #sendCloseSession(link: Link): void {
    void this.#request(link, closeSessionRequest()).then(() => this.#ended?.());
  }

  #letGo(): void {
    clearTimeout(this.#nextAttempt);
    clearTimeout(this.#attemptDeadline);
    clearTimeout(this.#expiry);
    this.#link?.heartbeat?.stop();
    this.#link?.connection?.destroy();
    this.#link = null;
  }

  #notConnected(operation: string, path: string): ConnectionLossError {
    const cause = this.#lastError;
    const message = `${operation} ${path}: the client is not connected, call connect() first; nothing was sent`;
    return new ConnectionLossError(message, { path, ...(cause && { cause }) });
  }

  #setState(state: ClientState): void {
    if (this.#state === state || this.#state === 'closed') return;
    this.#state = state;
    this.#options.onState(state);
  }
}

function clientClosed(operation: string, path: string): ClientClosedError {
  return new ClientClosedError(`${operation} ${path}: the client is closed`, { path });
}
