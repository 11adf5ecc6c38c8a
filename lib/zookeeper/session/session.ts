import type { ClientState, ServerName } from '../../core/coordination-client.js';
import { Deadline } from '../../core/deadline.js';
import { SESSION } from '../../core/limits.js';
import { closeSessionRequest, syncRequest } from '../../protocol/requests.js';
import type { AuthInfo, ConnectionEnd, ConnectionHandlers, Handshake } from '../connection/connection.js';
import { ContradictoryZxidError } from '../connection/plausible-zxids.js';
import type { Target } from './address-book.js';
import { Attempts } from './attempts.js';
import { heededWhile, Link } from './link.js';
import { OptionalOperations } from './optional-operations.js';
import { leave, type Phase, type PhaseName } from './phase.js';
import { rearm } from './rearming.js';
import { clientClosed, notConnected, refusedBy } from './rejections.js';
import { RequestQueue, type Submission } from './request-queue.js';
import { SeenZxids } from './seen-zxids.js';
import { SessionLog } from './session-log.js';
import type { SessionOptions } from './session-options.js';
import type { SessionWatches } from './session-watches.js';
import { Tenure } from './tenure.js';
import { isRefusal } from './verdict.js';

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
  /** The reason that the last attempt, connection or session ended for. */
  lastError: Error | undefined;
  readonly seen = new SeenZxids();
  readonly tenure: Tenure;
  readonly watches: SessionWatches;
  readonly #options: SessionOptions;
  readonly #attempts: Attempts;
  readonly #log: SessionLog;
  readonly #queue: RequestQueue;
  readonly #optional = new OptionalOperations();
  readonly #auth: AuthInfo[];
  #phase: Phase = { name: 'latent', link: null };
  /** The state without a connection. */
  #standing: 'connecting' | 'suspended' | 'lost' | 'closed' = 'connecting';
  /** Set while `close()` waits for a server to end the session. */
  #closing: { readonly deadline: Deadline; readonly resolve: () => void } | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#log = new SessionLog(options.logger);
    this.watches = options.watches;
    this.tenure = new Tenure(options.sessionTimeout, () => this.#expireByClock());
    this.#auth = [...options.auth];
    this.#attempts = new Attempts(options, this.tenure);
    this.#queue = new RequestQueue(options.sessionTimeout, options.watches, (reason) =>
      this.#fail(this.#phase.link, reason),
    );
  }

  /** The server of the connection; `null` unless the client is connected. */
  get server(): ServerName | null {
    return this.state === 'connected' ? (this.#phase.link?.target ?? null) : null;
  }

  /** Begins to connect. */
  start(): void {
    this.#pause(false);
    this.#publish();
  }

  /** Gives up a `start()` that has not led to a session. May be followed by another `start()`. */
  stop(): void {
    this.tenure.end();
    this.#log.rest();
    this.watches.interrupted();
    this.#attempts.letGo();
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
    const longest = isProbe ? 0 : this.seen.remainingPatience(this.tenure.timeout);
    if (isProbe) this.#attempts.stay();
    const clock = this.#attempts.wait(longest, (target) => this.#open(target, isProbe));
    this.lastError = this.#attempts.obstacle ?? this.lastError;
    this.#enter({ name: 'pausing', link: null, clock });
  }

  #open(target: Target, isProbe: boolean): void {
    const link = new Link(target, isProbe);
    this.#enter({ name: 'opening', link, clock: this.#attempts.limit(link, (reason) => this.#fail(link, reason)) });
    if (target.address === null) return this.#ended(link, { kind: 'failed', cause: target.reason });
    const auth = [...this.#auth];
    const { connector, sessionTimeout, maxReplySize } = this.#options;
    const session = this.tenure.credentials;
    const lastZxid = isProbe ? 0n : this.seen.last;
    const { chroot } = this.watches;
    const options = { server: target, sessionTimeout, session, lastZxid, auth, chroot, maxReplySize };
    link.connection = connector(options, this.#handlersFor(link, auth.length));
  }

  /** Of an answer that an open connection owes. */
  #deadline(link: Link, reason: string): Deadline {
    const ms = this.#attempts.patience(SESSION.armWithin);
    return new Deadline(ms, () => this.#fail(link, `${reason} within ${Math.round(ms)} ms`));
  }

  /** @param credentials how many of them the connection opens with */
  #handlersFor(link: Link, credentials: number): ConnectionHandlers {
    return heededWhile(() => this.#phase.link === link, {
      reached: () => link.reached(this.tenure.credentials && this.tenure.timeout),
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
      this.#log.historyLost(link.server, lastZxid, link.zxid);
    }
    await this.#arm(link);
  }

  /** Arms the watches. Until all are armed, the next connection begins where this one did. */
  async #arm(link: Link): Promise<void> {
    this.#enter({ name: 'arming', link });
    this.seen.accepted();
    const isCurrent = (): boolean => this.#isIn('arming', link);
    const deadline = (reason: string): Deadline => this.#deadline(link, reason);
    const { watches } = this;
    const rearming = rearm({ link, watches, from: this.seen.rearmFrom, optional: this.#optional, isCurrent, deadline });
    const failure = rearming && (await rearming);
    if (!isCurrent()) return;
    if (failure !== null) return this.#fail(link, failure);
    this.#enter({ name: 'connected', link });
    link.armed();
    this.#standing = 'suspended';
    this.seen.rearmed();
    this.lastError = undefined;
    if (link.connection) this.#queue.attach(link.connection);
    watches.rearmed(this.#optional.remover(link, (submission) => this.submit(submission)));
    this.#publish();
  }

  #fail(link: Link | null, reason: string): void {
    if (!link || this.#phase.link !== link) return;
    link.isGivenUp = true;
    this.#ended(link, { kind: 'failed', cause: new Error(reason) });
  }

  /** Decides what follows the end of a connection, or of an attempt to make one. */
  #ended(link: Link, end: ConnectionEnd): void {
    const { kind, cause } = end;
    const hadSession = this.tenure.credentials !== null;
    this.lastError = this.#log.ended(link, cause, this.tenure.credentials?.id);
    this.#attempts.ended(link, end);
    if (cause instanceof ContradictoryZxidError && !link.isProbe) this.seen.correct(cause.sureZxid);
    if (link.heartbeat) this.#interrupted(link.heartbeat.lastHeard, this.lastError);
    if (kind === 'expired' && hadSession) this.#sessionLost('the server does not know the session');
    if (this.#closing && !this.tenure.credentials) return this.#closed();
    const isRefused = kind === 'refused' && !link.isProbe;
    if (isRefused) this.seen.refused();
    // Each server had its chance to give a new session.
    const isDisowned = this.#attempts.hasAskedAll && this.seen.isRefusedFor(this.tenure.timeout);
    this.#pause(isRefused && isDisowned);
    this.#publish();
    if (isRefusal(kind)) this.#options.onRefused(refusedBy(this.lastError, this.#auth), this.#attempts.areHopeless);
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
    if (this.#standing !== 'suspended') return;
    this.#standing = 'lost';
    this.lastError = this.#log.lost(sessionId, reason, this.lastError);
    this.#queue.rejectWrites();
  }

  #sendCloseSession(link: Link): void {
    this.#enter({ name: 'ending', link });
    void link.request(closeSessionRequest()).then(() => this.#closed());
  }

  /** Nothing of the session is left. */
  #closed(): void {
    this.#closing?.deadline.cancel();
    this.#attempts.letGo();
    this.tenure.end();
    this.#log.end();
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
