import type { ClientState, ServerName } from '../../core/coordination-client.js';
import { Deadline } from '../../core/deadline.js';
import { isServed } from '../../core/is-served.js';
import { closeSessionRequest } from '../../protocol/requests.js';
import type { AuthInfo, ConnectionEnd, ConnectionHandlers, Handshake } from '../connection/connection.js';
import { ContradictoryZxidError } from '../connection/plausible-zxids.js';
import type { Target } from './address-book.js';
import { Attempts } from './attempts.js';
import { Ending } from './ending.js';
import { heededWhile, Link } from './link.js';
import { Opener } from './opener.js';
import { OptionalOperations } from './optional-operations.js';
import { leave, type Phase } from './phase.js';
import { rearm } from './rearming.js';
import { clientClosed, notConnected } from './rejections.js';
import { RequestQueue } from './request-queue.js';
import { Scout } from './scout.js';
import { SeenZxids } from './seen-zxids.js';
import { SessionLog } from './session-log.js';
import type { SessionOptions } from './session-options.js';
import type { SessionWatches } from './session-watches.js';
import type { Submission } from './submission.js';
import { Tenure } from './tenure.js';
import { isRefusal } from './verdict.js';
import { WatchRequests } from './watch-requests.js';

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
  readonly queue: RequestQueue;
  readonly #options: SessionOptions;
  readonly #attempts: Attempts;
  readonly #log: SessionLog;
  readonly #optional = new OptionalOperations();
  readonly #opener: Opener;
  #phase: Phase = { name: 'latent', link: null };
  /** The state without a connection. */
  #standing: 'connecting' | 'suspended' | 'lost' | 'closed' = 'connecting';
  /** Set while `close()` waits for a server to end the session. */
  #closing: Ending | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#log = new SessionLog(options.logger);
    this.watches = options.watches;
    this.tenure = new Tenure(options.sessionTimeout, () => this.#expireByClock());
    this.#opener = new Opener(options, this.tenure, this.seen);
    this.#attempts = new Attempts(options, this.tenure);
    const fail = (reason: string): void => this.#fail(this.#phase.link, reason);
    this.queue = new RequestQueue(options.sessionTimeout, options.watches, fail, options.counts.requests);
  }

  /** The server of the connection; `null` unless one serves the client. */
  get server(): ServerName | null {
    return isServed(this.state) ? (this.#phase.link?.target ?? null) : null;
  }

  /** Begins to connect. */
  start(): void {
    this.#pause(false);
    this.#publish();
  }

  /** Gives up a `start()` that has not led to a session. May be followed by another `start()`. */
  stop(): void {
    this.#log.rest();
    this.#attempts.letGo();
    this.#enter({ name: 'latent', link: null });
    this.#publish();
    this.queue.rejectAll((operation, path) => notConnected(operation, path, this.lastError));
  }

  /** Ends the session on the server, for at most so many ms. Resolves when nothing of it is left here. */
  async close(deadline: number): Promise<void> {
    this.#standing = 'closed';
    this.watches.close();
    this.queue.rejectWaiting(clientClosed);
    const ending = new Ending(deadline, () => this.#closed());
    this.#closing = ending;
    const link = this.#phase.link;
    if (!this.tenure.credentials) this.#closed();
    else if (link?.mayOnlyRead && (link.isReadOnly || !link.heartbeat)) this.#fail(link, 'it cannot end the session');
    else if (link?.heartbeat) this.#sendCloseSession(link);
    this.#publish();
    await ending.reached;
  }

  /** Sends a request in its turn. The promise settles, whatever happens. */
  submit<T>(submission: Submission<T>): Promise<T> {
    const { wire, path } = submission;
    if (this.state === 'closed') return Promise.reject(clientClosed(wire.name, path));
    if (this.state === 'latent') return Promise.reject(notConnected(wire.name, path, this.lastError));
    this.#phase.link?.heartbeat?.sent();
    return this.queue.submit(submission);
  }

  /** Replaces the servers. A server that is not among them is left once all requests in flight are answered. */
  setServers(servers: readonly ServerName[]): void {
    this.#attempts.setServers(servers, this.state !== 'latent');
    this.#scout?.serversChanged();
    const { link } = this.#phase;
    if (!link || this.#attempts.isListed(link.target)) return this.queue.drain(undefined);
    const leave = (): void => this.#fail(link, 'it is not among the servers any more');
    return isServed(this.state) ? this.queue.drain(leave) : leave();
  }

  /** Sends further credentials, now and over each later connection. */
  addAuth(auth: AuthInfo): void {
    this.#opener.addAuth(auth, this.#phase.link);
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
    const mayOnlyRead = this.#options.readOnly && !isProbe && !this.#closing && this.#attempts.isTurnToRead;
    const link = new Link(target, { isProbe, mayOnlyRead });
    this.#enter({ name: 'opening', link, clock: this.#attempts.limit(link, (reason) => this.#fail(link, reason)) });
    this.#opener.open(link, this.#handlersFor(link));
  }

  #handlersFor(link: Link): ConnectionHandlers {
    return heededWhile(() => this.#phase.link === link || this.#scout?.link === link, {
      reached: () => link.reached(link.mayOnlyRead ? null : this.tenure.credentials && this.tenure.timeout),
      opened: (handshake) => this.#opened(link, handshake),
      heard: (zxid) => {
        link.heard(zxid);
        if (link.isReadOnly) this.seen.doubt(zxid);
        else if (link.heartbeat || !link.mayOnlyRead) this.seen.note(zxid);
      },
      receiving: () => link.heartbeat?.receiving(),
      event: (event) => this.watches.fire(event),
      closed: (end) => (this.#phase.link === link ? this.#ended(link, end) : this.#tryEnded(link, end)),
    });
  }

  get #scout(): Scout | undefined {
    return this.#phase.name === 'read-only' ? this.#phase.scout : undefined;
  }

  #opened(link: Link, handshake: Handshake): void {
    link.isReadOnly = link.mayOnlyRead && handshake.isReadOnly === true;
    if (link.mayOnlyRead && !link.isReadOnly && this.tenure.credentials) {
      link.isToBeAskedAgain = true;
      return this.#fail(link, 'it has a quorum again, and is asked for the session');
    }
    if (this.#scout?.link === link) {
      this.#interrupted(this.#phase.link, new Error('a server of the quorum was found'));
      this.#scout.handOver();
    }
    if (!link.isReadOnly) {
      this.tenure.begin(handshake);
      this.seen.settle();
    }
    this.queue.sessionTimeout = handshake.sessionTimeout;
    this.watches.opened();
    link.opened(handshake.sessionTimeout, (reason) => this.#fail(link, reason));
    this.#opener.sendLateAuth(link);
    if (this.#closing) this.#sendCloseSession(link);
    else void this.#arm(link);
  }

  /** Arms the watches. Until all are armed, the next connection begins where this one did. */
  async #arm(link: Link): Promise<void> {
    this.#enter({ name: 'arming', link });
    const isCurrent = (): boolean => this.#phase.name === 'arming' && this.#phase.link === link;
    const ms = this.#attempts.patience;
    const deadline = (reason: string) =>
      new Deadline(ms, () => this.#fail(link, `${reason} within ${Math.round(ms)} ms`));
    const { watches, seen } = this;
    const rearming = rearm({ link, watches, seen, log: this.#log, optional: this.#optional, isCurrent, deadline });
    const failure = rearming && (await rearming);
    if (!isCurrent()) return;
    if (failure !== null) return this.#fail(link, failure);
    const open = (next: Link): void => this.#opener.open(next, this.#handlersFor(next));
    if (!link.isReadOnly) this.#enter({ name: 'connected', link });
    else this.#enter({ name: 'read-only', link, scout: new Scout(this.#attempts, this.tenure, open) });
    link.armed();
    this.#standing = 'suspended';
    this.seen.rearmed();
    this.lastError = undefined;
    if (link.connection) this.queue.attach(link.connection, this.#optional.of(link));
    watches.rearmed(new WatchRequests(seen, (submission) => this.submit(submission)));
    this.#publish();
  }

  /** The scout has not found a server of the quorum, or one that does not know the session. */
  #tryEnded(link: Link, { kind, cause }: ConnectionEnd): void {
    this.#log.scouted(link, cause);
    this.#scout?.failed();
    if (kind !== 'expired') return;
    this.#sessionLost('the server does not know the session');
    this.#fail(this.#phase.link, 'the session has expired in the ensemble');
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
    this.#interrupted(link, this.lastError);
    if (kind === 'expired' && hadSession) this.#sessionLost(null);
    if (this.#closing && !this.tenure.credentials) return this.#closed();
    const isRefused = kind === 'refused' && !link.isProbe;
    if (isRefused) this.seen.refused();
    // Each server had its chance to give a new session.
    const isDisowned = this.#attempts.hasAskedAll && this.seen.isRefusedFor(this.tenure.timeout);
    this.#pause(isRefused && isDisowned);
    this.#publish();
    if (isRefusal(kind)) this.#options.onRefused(this.#opener.refusal(this.lastError), this.#attempts.areHopeless);
  }

  /** A connection has ended; and the server's watches with it, if it was open. */
  #interrupted(link: Link | null, cause: Error): void {
    if (!link?.heartbeat) return;
    this.seen.interrupted(this.watches.interrupted());
    this.queue.detach(cause);
    // A server that only reads does not keep the session.
    if (!link.isReadOnly) this.tenure.interrupted(link.heartbeat.lastHeard);
  }

  /** No server could say so, but by now every server would. */
  #expireByClock(): void {
    this.#sessionLost('no server was reached within the session timeout');
    if (this.#closing) return this.#closed();
    this.#publish();
    // An attempt on its way would take over the session that has just been given up.
    this.#fail(this.#phase.link, 'it came too late for the session');
  }

  #sessionLost(reason: string | null): void {
    const sessionId = this.tenure.credentials?.id;
    this.tenure.end();
    if (this.#standing !== 'suspended') return;
    this.#standing = 'lost';
    this.lastError = this.#log.lost(sessionId, reason, this.lastError);
    this.queue.rejectWrites();
  }

  #sendCloseSession(link: Link): void {
    this.#enter({ name: 'ending', link });
    void link.request(closeSessionRequest()).then(() => this.#closed());
  }

  /** Nothing of the session is left. */
  #closed(): void {
    this.#attempts.letGo();
    this.tenure.end();
    this.#log.end();
    if (this.#phase.name !== 'closed') this.#enter({ name: 'closed', link: null });
    this.queue.rejectAll(clientClosed);
    this.#closing?.reach();
    this.#closing = undefined;
  }

  #enter(next: Phase): void {
    const phase = this.#phase;
    this.#phase = next;
    leave(phase, next);
  }

  /** Reports the state if it has changed. The last step of each event, for the user may then do anything. */
  #publish(): void {
    const { name } = this.#phase;
    const shown = name === 'latent' || name === 'connected' || name === 'read-only' ? name : this.#standing;
    const state = this.#standing === 'closed' ? 'closed' : shown;
    if (state === this.state) return;
    this.state = state;
    this.#options.onState(state);
  }
}
