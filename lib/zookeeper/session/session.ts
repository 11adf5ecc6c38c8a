import type { ClientState } from '../../core/coordination-client.js';
import { Deadline } from '../../core/deadline.js';
import { AuthFailedError } from '../../core/errors.js';
import { SESSION } from '../../core/limits.js';
import { closeSessionRequest, setWatchesRequest, syncRequest } from '../../protocol/requests.js';
import type { AuthInfo, ConnectionEnd, ConnectionHandlers, Handshake } from '../connection/connection.js';
import { heededWhile, Link } from './link.js';
import { Pause } from './pause.js';
import { leave, type Phase, type PhaseName } from './phase.js';
import { clientClosed, notConnected } from './rejections.js';
import { RequestQueue, type Submission } from './request-queue.js';
import { SeenZxids } from './seen-zxids.js';
import { ServerRotation } from './server-rotation.js';
import type { SessionOptions } from './session-options.js';
import type { SessionWatches } from './session-watches.js';
import { Tenure } from './tenure.js';

const HISTORY_LOST =
  'no server knows the last transaction seen, as after a restore from a backup: continuing from the older history';

/**
 * A session over many connections, and one session after another: connects, keeps the session alive, takes it over to
 * the next server when a connection ends, and makes a new one when it has expired.
 *
 * Its phase owns the connection and the timer of the moment; {@link leave} lets go of both. Callbacks run when the work
 * of an event is done, so that they may stop or close the session.
 */
export class Session {
  /** As the client shows it. Not to be set from outside. */
  state: ClientState = 'latent';
  /** The reason that the last attempt or connection ended for. */
  lastError: Error | undefined;
  readonly seen = new SeenZxids();
  readonly tenure: Tenure;
  readonly watches: SessionWatches;
  readonly #options: SessionOptions;
  readonly #rotation: ServerRotation;
  readonly #queue: RequestQueue;
  readonly #auth: AuthInfo[];
  #phase: Phase = { name: 'latent', link: null };
  /** The state without a connection. */
  #standing: 'connecting' | 'suspended' | 'lost' | 'closed' = 'connecting';
  #isAuthReported = false;
  /** Attempts to get a new session since the last one was lost. */
  #attemptsForNew = 0;
  /** Set while `close()` waits for a server to end the session. */
  #closing: { readonly deadline: Deadline; readonly resolve: () => void } | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.watches = options.watches;
    this.tenure = new Tenure(options.sessionTimeout, () => this.#expireByClock());
    this.#auth = [...options.auth];
    this.#rotation = new ServerRotation(options.servers);
    this.#queue = new RequestQueue(options.sessionTimeout, options.watches, (reason) =>
      this.#fail(this.#phase.link, reason),
    );
  }

  /** Begins to connect. */
  start(): void {
    this.#pause(false);
    this.#publish();
  }

  /** Gives up a `start()` that has not led to a session. May be followed by another `start()`. */
  stop(): void {
    this.tenure.end();
    this.watches.interrupted();
    this.#enter({ name: 'latent', link: null });
    this.#publish();
    this.#queue.rejectAll((operation, path) => notConnected(operation, path, this.lastError));
  }

  /** Ends the session on the server, for at most so many ms. Resolves when nothing of it is left here. */
  async close(deadline: number): Promise<void> {
    this.#standing = 'closed';
    this.watches.close();
    this.#queue.rejectWaiting(clientClosed);
    const closed = new Promise<void>((resolve) => {
      this.#closing = { resolve, deadline: new Deadline(deadline, () => this.#closed()) };
    });
    const link = this.#phase.link;
    if (!this.tenure.credentials) this.#closed();
    else if (link?.heartbeat) this.#sendCloseSession(link);
    this.#publish();
    await closed;
  }

  /** Sends a request in its turn. The promise settles, whatever happens. */
  submit<T>(submission: Submission<T>): Promise<T> {
    const { wire, path } = submission;
    if (this.state === 'closed') return Promise.reject(clientClosed(wire.name, path));
    if (this.state === 'latent') return Promise.reject(notConnected(wire.name, path, this.lastError));
    this.#phase.link?.heartbeat?.sent();
    return this.#queue.submit(submission);
  }

  /** Sends further credentials, now and over each later connection. */
  addAuth(auth: AuthInfo): void {
    this.#auth.push(auth);
    this.#phase.link?.addAuth(auth);
  }

  /** Waits for the next attempt. A probe follows at once, at the same server. */
  #pause(isProbe: boolean): void {
    // A patience that has run out must not wait for a pause besides.
    const delay = isProbe ? 0 : Math.min(this.#rotation.delay, this.seen.remainingPatience(this.tenure.timeout));
    if (isProbe) this.#rotation.stay();
    this.#enter({ name: 'pausing', link: null, clock: new Pause(delay, () => this.#open(isProbe)) });
  }

  #open(isProbe: boolean): void {
    const link = new Link(this.#rotation.next(), isProbe);
    this.#enter({ name: 'opening', link, clock: this.#deadline(link, 'no answer') });
    const auth = [...this.#auth];
    const { connector, sessionTimeout } = this.#options;
    const session = this.tenure.credentials;
    const lastZxid = isProbe ? 0n : this.seen.last;
    const options = { server: link.server, sessionTimeout, session, lastZxid, auth };
    link.connection = connector(options, this.#handlersFor(link, auth.length));
  }

  /** @param part of the session timeout that it takes at least */
  #deadline(link: Link, reason: string, part = 0): Deadline {
    const { timeout } = this.tenure;
    const ms = Math.max(part * timeout, this.#rotation.attemptTimeout(timeout));
    return new Deadline(ms, () => this.#fail(link, `${reason} within ${Math.round(ms)} ms`));
  }

  /** @param credentials how many of them the connection opens with */
  #handlersFor(link: Link, credentials: number): ConnectionHandlers {
    return heededWhile(() => this.#phase.link === link, {
      opened: (handshake) => this.#opened(link, handshake, credentials),
      heard: (zxid) => {
        link.heard(zxid);
        this.seen.note(zxid);
      },
      receiving: () => link.heartbeat?.receiving(),
      event: (event) => this.watches.fire(event),
      closed: (end) => this.#ended(link, end),
    });
  }

  #opened(link: Link, handshake: Handshake, credentials: number): void {
    this.tenure.begin(handshake);
    this.#queue.sessionTimeout = handshake.sessionTimeout;
    this.watches.opened();
    link.opened(handshake.sessionTimeout, (reason) => this.#fail(link, reason));
    for (const auth of this.#auth.slice(credentials)) link.addAuth(auth);
    if (this.#closing) this.#sendCloseSession(link);
    else if (link.isProbe) void this.#probe(link);
    else void this.#arm(link);
  }

  /**
   * Learns what the ensemble has, from a server that answers without our last zxid. A ping would only say what this one
   * server has; a sync is answered after all that the leader has committed, and never by a follower without a leader.
   */
  async #probe(link: Link): Promise<void> {
    this.#enter({ name: 'probing', link });
    const error = await link.request(syncRequest('/'), this.#deadline(link, 'a sync was not answered'));
    if (!this.#isIn('probing', link)) return;
    if (error !== 0) return this.#fail(link, `a sync failed with error ${error}`);
    const lastZxid = this.seen.last;
    if (link.zxid < lastZxid) {
      this.seen.yieldTo(link.zxid);
      this.#options.logger.warn({ lastZxid, zxid: link.zxid, server: link.server }, HISTORY_LOST);
    }
    await this.#arm(link);
  }

  /** Arms the watches. Until all are armed, the next connection begins where this one did. */
  async #arm(link: Link): Promise<void> {
    this.#enter({ name: 'arming', link });
    this.seen.accepted();
    this.#attemptsForNew = 0;
    const { rearmFrom } = this.seen;
    for (const paths of this.watches.chunks()) {
      const deadline = this.#deadline(link, 'SetWatches was not answered', SESSION.armWithin);
      const error = await link.request(setWatchesRequest(rearmFrom, paths), deadline);
      if (!this.#isIn('arming', link)) return;
      if (error !== 0) return this.#fail(link, `arming the watches failed with error ${error}`);
    }
    this.#enter({ name: 'connected', link });
    link.armed();
    this.#standing = 'suspended';
    this.seen.rearmed();
    this.lastError = undefined;
    this.#isAuthReported = false;
    if (link.connection) this.#queue.attach(link.connection);
    // The server may have fired the watch by then, or lost it with the connection.
    this.watches.rearmed((wire, path) => void this.submit({ wire, path, isRead: false }).catch(() => {}));
    this.#publish();
  }

  #fail(link: Link | null, reason: string): void {
    if (link && this.#phase.link === link) this.#ended(link, { kind: 'failed', cause: new Error(reason) });
  }

  /** Decides what follows the end of a connection, or of an attempt to make one. */
  #ended(link: Link, { kind, cause }: ConnectionEnd): void {
    const { host, port } = link.server;
    const hadSession = this.tenure.credentials !== null;
    this.lastError = new Error(`${host}:${port}: ${cause.message}`, { cause });
    this.#options.logger.debug({ err: this.lastError, sessionId: this.tenure.credentials?.id }, 'connection ended');
    if (link.wasStable) this.#rotation.succeeded();
    else if (kind !== 'expired' || !hadSession) this.#rotation.failed();
    if (link.heartbeat) this.#interrupted(link.heartbeat.lastHeard, this.lastError);
    if (kind === 'expired') this.#sessionLost('the server does not know the session');
    if (this.#closing && !this.tenure.credentials) return this.#closed();
    if (kind === 'expired' && hadSession) this.#rotation.stay();
    if (!hadSession && !link.isProbe) this.#attemptsForNew += 1;
    const isRefused = kind === 'refused' && !link.isProbe;
    if (isRefused) this.seen.refused();
    this.#pause(isRefused && this.#isDisowned);
    this.#publish();
    if (kind === 'auth-failed') this.#authFailed(this.lastError);
  }

  /** An open connection has ended, and the server's watches with it. */
  #interrupted(lastHeard: number, cause: Error): void {
    this.seen.interrupted();
    this.watches.interrupted();
    this.#queue.detach(cause);
    this.tenure.interrupted(lastHeard);
  }

  /** No server could say so, but by now every server would. */
  #expireByClock(): void {
    this.#sessionLost('no server was reached within the session timeout');
    if (this.#closing) return this.#closed();
    this.#publish();
    // An attempt on its way would take over the session that has just been given up.
    this.#fail(this.#phase.link, 'it came too late for the session');
  }

  #sessionLost(reason: string): void {
    const sessionId = this.tenure.credentials?.id;
    this.tenure.end();
    this.#attemptsForNew = 0;
    if (this.#standing !== 'suspended') return;
    this.#standing = 'lost';
    this.#options.logger.warn({ sessionId, reason, err: this.lastError }, 'session lost, making a new one');
    this.#queue.rejectWrites();
  }

  /** Reported once until the client is connected again: every attempt would report it. */
  #authFailed(cause: Error): void {
    if (this.#isAuthReported) return;
    this.#isAuthReported = this.state !== 'connecting';
    const schemes = this.#auth.map(({ scheme }) => scheme).join(', ');
    this.#options.onAuthFailed(new AuthFailedError(`the server refused the credentials (${schemes})`, { cause }));
  }

  /**
   * Whether servers have refused our last zxid for a session timeout, and each had its chance to give a new session.
   */
  get #isDisowned(): boolean {
    return this.seen.isRefusedFor(this.tenure.timeout) && this.#attemptsForNew >= this.#options.servers.length;
  }

  #sendCloseSession(link: Link): void {
    this.#enter({ name: 'ending', link });
    void link.request(closeSessionRequest()).then(() => this.#closed());
  }

  /** Nothing of the session is left. */
  #closed(): void {
    this.#closing?.deadline.cancel();
    this.tenure.end();
    if (this.#phase.name !== 'closed') this.#enter({ name: 'closed', link: null });
    this.#queue.rejectAll(clientClosed);
    this.#closing?.resolve();
    this.#closing = undefined;
  }

  #isIn(name: PhaseName, link: Link): boolean {
    return this.#phase.name === name && this.#phase.link === link;
  }

  #enter(next: Phase): void {
    const phase = this.#phase;
    this.#phase = next;
    leave(phase, next);
  }

  /** Reports the state if it has changed. The last step of each event, for the user may then do anything. */
  #publish(): void {
    const { name } = this.#phase;
    const shown = name === 'latent' || name === 'connected' ? name : this.#standing;
    const state = this.#standing === 'closed' ? 'closed' : shown;
    if (state === this.state) return;
    this.state = state;
    this.#options.onState(state);
  }
}
