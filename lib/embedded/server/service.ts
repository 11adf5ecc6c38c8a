import type { Logger } from '../../core/logger.js';
import type { JuteReader } from '../../protocol/jute.js';
import type { ServerAuthentication } from '../authentication/server-authentication.js';
import type { Behaviour } from '../behaviour.js';
import { hex } from '../hex.js';
import type { Journal } from '../journal/journal.js';
import { EMBEDDED_LIMITS } from '../limits.js';
import { processHandshake } from '../requests/handshake.js';
import { processRequest } from '../requests/request-processor.js';
import { ExpiryQueue } from '../sessions/expiry-queue.js';
import type { ServerSession } from '../sessions/server-session.js';
import type { Database, Outcome } from '../tree/database.js';
import { writeSnapshot } from '../tree/snapshot.js';
import { encodeTxn, type Txn } from '../tree/txn.js';
import { ownershipOf, ttlOf } from '../tree/znode.js';
import { fourLetterWord } from './four-letter-words.js';
import { Outbox } from './outbox.js';
import type { ConnectionHost, ServerConnection } from './server-connection.js';
import { Statistics } from './statistics.js';
import { Sweep } from './sweep.js';

/** The settings of a service. All times are in ms. */
export interface ServiceOptions {
  readonly tickTime: number;
  readonly minSessionTimeout: number;
  readonly maxSessionTimeout: number;
  readonly containerCheckInterval: number;
  readonly logger: Logger;
  readonly authentication: ServerAuthentication;
  readonly behaviour: Behaviour;
}

/** The handshakes that come before a connection, if it is over TLS. */
export interface Front {
  /** Whether they are left unanswered. */
  setSilent(silent: boolean): void;
  /** Destroys the connections whose handshake is not done. */
  drop(): void;
}

const { handshakeTimeout } = EMBEDDED_LIMITS;

/** The server without its listener: database, sessions and connections. It survives a stop and a restart. */
export class Service implements ConnectionHost {
  readonly options: ServiceOptions;
  readonly database: Database;
  readonly connections = new Set<ServerConnection>();
  readonly statistics = new Statistics();
  readonly expiry: ExpiryQueue;
  readonly outbox: Outbox;
  /** `null` without TLS. */
  front: Front | null = null;
  readonly #journal: Journal | null;
  readonly #sweep: Sweep;
  readonly #handshakes: Sweep;
  #isRunning = false;
  #isFrozen = false;

  constructor(database: Database, journal: Journal | null, options: ServiceOptions) {
    this.database = database;
    this.#journal = journal;
    this.options = options;
    this.outbox = new Outbox(journal);
    this.expiry = new ExpiryQueue(options.tickTime, (ids) => {
      for (const id of ids) this.#timedOut(id);
      this.outbox.flush();
    });
    this.#sweep = new Sweep(options.containerCheckInterval, () => this.#deleteExpired());
    this.#handshakes = new Sweep(handshakeTimeout / 2, () => this.#cutSilentHandshakes());
  }

  get authentication(): ServerAuthentication {
    return this.options.authentication;
  }

  get behaviour(): Behaviour {
    return this.options.behaviour;
  }

  /** Starts the timeouts of all sessions. */
  resume(): void {
    this.#isRunning = true;
    for (const { id, timeout } of this.database.sessions.values()) this.expiry.touch(id, timeout);
    this.expiry.resume();
    if (this.database.tree.expiring.size > 0) this.#sweep.arm();
  }

  /** Destroys all connections and stops all timers until {@link Service.resume}. */
  suspend(): void {
    this.#isRunning = false;
    this.#isFrozen = false;
    this.expiry.stop();
    this.#sweep.stop();
    this.#handshakes.stop();
    this.dropConnections();
    this.front?.setSilent(false);
  }

  accept(connection: ServerConnection): void {
    this.connections.add(connection);
    if (this.#isFrozen) connection.setSilent(true);
    this.#handshakes.arm();
  }

  handshakeReceived(connection: ServerConnection, reader: JuteReader): void {
    this.statistics.received += 1;
    processHandshake(this, connection, reader);
  }

  requestReceived(connection: ServerConnection, reader: JuteReader): void {
    this.statistics.received += 1;
    const { session } = connection;
    if (session) this.expiry.touch(session.id, connection.sessionTimeout);
    processRequest(this, connection, reader);
  }

  fourLetterWord(word: number): string | null {
    return fourLetterWord(word, this);
  }

  ended(connection: ServerConnection, reason: string | null): void {
    this.connections.delete(connection);
    this.statistics.sent += connection.sent;
    this.database.watches.removeAll(connection);
    this.outbox.remove(connection);
    const { session, remote } = connection;
    if (session?.connection === connection) session.connection = null;
    if (reason === null) return;
    const details = session ? { remote, session: hex(session.id) } : { remote };
    this.options.logger.warn(details, `the embedded server ended the connection of ${remote}: ${reason}`);
  }

  /** Applies a checked transaction under the next zxid and queues it for the disk. */
  commit(sessionId: bigint, txn: Txn): Outcome {
    const header = { zxid: this.database.lastZxid + 1n, time: Date.now(), sessionId };
    this.#journal?.append(header.zxid, encodeTxn(header, txn));
    const outcome = this.database.apply(header, txn);
    if (this.#isRunning && this.database.tree.expiring.size > 0) this.#sweep.arm();
    if (this.#journal?.wantsSnapshot) this.#takeSnapshot(this.#journal);
    return outcome;
  }

  /** Ends a session and deletes its ephemerals. Its connection stays open for the reply. */
  endSession(session: ServerSession): void {
    this.expiry.remove(session.id);
    this.commit(session.id, { type: 'closeSession', paths: this.database.tree.ephemeralsOf(session.id) });
  }

  /** Ends a session as if it had timed out. */
  expireSession(session: ServerSession): void {
    this.endSession(session);
    session.connection?.destroy();
    this.outbox.flush();
  }

  dropConnections(): void {
    this.front?.drop();
    for (const connection of this.connections) connection.destroy();
  }

  freeze(session?: ServerSession): void {
    if (session) session.isFrozen = true;
    else if (this.#isRunning) {
      this.#isFrozen = true;
      this.expiry.stop();
    }
    this.#applySilence();
  }

  thaw(session?: ServerSession): void {
    if (session) session.isFrozen = false;
    else if (this.#isFrozen) {
      this.#isFrozen = false;
      this.expiry.resume();
    }
    this.#applySilence();
    this.outbox.flush();
  }

  #applySilence(): void {
    this.front?.setSilent(this.#isFrozen);
    for (const connection of this.connections) {
      connection.setSilent(this.#isFrozen || (connection.session?.isFrozen ?? false));
    }
  }

  #timedOut(id: bigint): void {
    const session = this.database.sessions.get(id);
    if (!session) return;
    this.options.logger.info({ session: hex(id) }, `session ${hex(id)} has timed out`);
    this.expireSession(session);
  }

  /** Deletes empty containers and expired TTL znodes. Returns whether any containers or TTL znodes are left. */
  #deleteExpired(): boolean {
    const { tree } = this.database;
    for (const path of [...tree.expiring]) {
      const znode = tree.get(path);
      if (!znode || znode.numChildren > 0) continue;
      const isContainer = ownershipOf(znode.ephemeralOwner) === 'container';
      const isExpired = isContainer ? znode.creations !== 0 : Date.now() - znode.mtime > ttlOf(znode.ephemeralOwner);
      if (isExpired) this.commit(0n, { type: 'delete', path });
    }
    this.outbox.flush();
    return tree.expiring.size > 0;
  }

  /** Cuts connections whose handshake is overdue. Returns whether others still wait for theirs. */
  #cutSilentHandshakes(): boolean {
    const waiting = [...this.connections].filter((connection) => connection.isInHandshake);
    const overdue = waiting.filter(({ since }) => performance.now() - since >= handshakeTimeout);
    if (this.#isFrozen) return waiting.length > 0;
    for (const connection of overdue) connection.cut(`no handshake came for ${handshakeTimeout / 1_000} s`);
    return waiting.length > overdue.length;
  }

  #takeSnapshot(journal: Journal): void {
    const { logger } = this.options;
    journal.snapshot(this.database.lastZxid, [...writeSnapshot(this.database)]).catch((cause: unknown) => {
      // The failure of the log itself was reported, and ends the server.
      if (journal.hasFailed) return;
      logger.error({ error: cause }, 'the embedded server could not write a snapshot, so its log keeps growing');
    });
  }
}
