import type { Logger } from '../../core/logger.js';
import type { JuteReader } from '../../protocol/jute.js';
import type { Journal } from '../journal/journal.js';
import { processRequest } from '../requests/request-processor.js';
import { ExpiryQueue } from '../sessions/expiry-queue.js';
import { greet } from '../sessions/handshake.js';
import { hex, type Session } from '../sessions/session.js';
import type { Database, Outcome } from '../tree/database.js';
import { writeSnapshot } from '../tree/snapshot.js';
import { encodeTransaction, type Transaction } from '../tree/transaction.js';
import { kindOf, ttlOf } from '../tree/znode.js';
import { fourLetterWord } from './four-letter-words.js';
import { Outbox } from './outbox.js';
import type { ConnectionHost, ServerConnection } from './server-connection.js';
import { Statistics } from './statistics.js';
import { Sweep } from './sweep.js';

/** What the service is set up with. All times are in ms. */
export interface ServiceOptions {
  readonly tickTime: number;
  readonly minSessionTimeout: number;
  readonly maxSessionTimeout: number;
  readonly containerCheckInterval: number;
  readonly logger: Logger;
}

/** How long a connection may take to say which session it wants, in ms. */
const GREETING_TIMEOUT = 10_000;

/** What the server does, apart from listening: the connections come to it, and it outlives them. */
export class Service implements ConnectionHost {
  readonly options: ServiceOptions;
  readonly database: Database;
  readonly connections = new Set<ServerConnection>();
  readonly statistics = new Statistics();
  readonly expiry: ExpiryQueue;
  readonly outbox: Outbox;
  readonly #journal: Journal | null;
  readonly #sweep: Sweep;
  readonly #greetings: Sweep;
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
    this.#sweep = new Sweep(options.containerCheckInterval, () => this.#deleteMortals());
    this.#greetings = new Sweep(GREETING_TIMEOUT / 2, () => this.#endSilentGreetings());
  }

  /** Sessions have their timeouts again, and start to lose them. */
  resume(): void {
    this.#isRunning = true;
    for (const { id, timeout } of this.database.sessions.values()) this.expiry.touch(id, timeout);
    this.expiry.resume();
    if (this.database.tree.mortals.size > 0) this.#sweep.arm();
  }

  /** Ends all connections; nothing happens by itself until {@link Service.resume}. */
  suspend(): void {
    this.#isRunning = false;
    this.#isFrozen = false;
    this.expiry.stop();
    this.#sweep.stop();
    this.#greetings.stop();
    this.dropConnections();
  }

  accept(connection: ServerConnection): void {
    this.connections.add(connection);
    if (this.#isFrozen) connection.setSilent(true);
    this.#greetings.arm();
  }

  greeted(connection: ServerConnection, reader: JuteReader): void {
    this.statistics.received += 1;
    greet(this, connection, reader);
  }

  requested(connection: ServerConnection, reader: JuteReader): void {
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

  /** Makes a change that has been found to be possible: it takes the next zxid, and is on its way to the disk. */
  commit(sessionId: bigint, transaction: Transaction): Outcome {
    const header = { zxid: this.database.lastZxid + 1n, time: Date.now(), sessionId };
    this.#journal?.append(header.zxid, encodeTransaction(header, transaction));
    const outcome = this.database.apply(header, transaction);
    if (this.database.tree.mortals.size > 0) this.#sweep.arm();
    if (this.#journal?.wantsSnapshot) this.#takeSnapshot(this.#journal);
    return outcome;
  }

  /** Ends a session, its ephemerals with it. Its connection stays, for an answer. */
  endSession(session: Session): void {
    this.expiry.remove(session.id);
    this.commit(session.id, { type: 'closeSession', paths: this.database.tree.ephemeralsOf(session.id) });
  }

  /** As if it had timed out. */
  expireSession(session: Session): void {
    this.endSession(session);
    session.connection?.destroy();
    this.outbox.flush();
  }

  dropConnections(): void {
    for (const connection of this.connections) connection.destroy();
  }

  freeze(session?: Session): void {
    if (session) session.isFrozen = true;
    else if (this.#isRunning) {
      this.#isFrozen = true;
      this.expiry.stop();
    }
    this.#applySilence();
  }

  thaw(session?: Session): void {
    if (session) session.isFrozen = false;
    else if (this.#isFrozen) {
      this.#isFrozen = false;
      this.expiry.resume();
    }
    this.#applySilence();
    this.outbox.flush();
  }

  #applySilence(): void {
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

  /** Deletes containers that have become empty, and what has outlived its time; whether there are others. */
  #deleteMortals(): boolean {
    const { tree } = this.database;
    for (const path of [...tree.mortals]) {
      const znode = tree.get(path);
      if (!znode || znode.numChildren > 0) continue;
      const isContainer = kindOf(znode.ephemeralOwner) === 'container';
      const isOver = isContainer ? znode.creations !== 0 : Date.now() - znode.mtime > ttlOf(znode.ephemeralOwner);
      if (isOver) this.commit(0n, { type: 'delete', path });
    }
    this.outbox.flush();
    return tree.mortals.size > 0;
  }

  /** Whether there are others that may still say something. */
  #endSilentGreetings(): boolean {
    const greeting = [...this.connections].filter((connection) => connection.isGreeting);
    const overdue = greeting.filter(({ since }) => Date.now() - since >= GREETING_TIMEOUT);
    if (this.#isFrozen) return greeting.length > 0;
    for (const connection of overdue) connection.cut(`no handshake came for ${GREETING_TIMEOUT / 1_000} s`);
    return greeting.length > overdue.length;
  }

  #takeSnapshot(journal: Journal): void {
    const { logger } = this.options;
    journal.snapshot(this.database.lastZxid, [...writeSnapshot(this.database)]).catch((cause: unknown) => {
      // Then there is no log that could grow on, and that has been said.
      if (journal.hasFailed) return;
      logger.error({ error: cause }, 'the embedded server could not write a snapshot; its log grows on');
    });
  }
}
