import { processRequest } from '../../../lib/embedded/requests/request-processor.js';
import { Outbox } from '../../../lib/embedded/server/outbox.js';
import type { ConnectionHost, ServerConnection } from '../../../lib/embedded/server/server-connection.js';
import { ExpiryQueue } from '../../../lib/embedded/sessions/expiry-queue.js';
import type { ServerSession } from '../../../lib/embedded/sessions/server-session.js';
import { Database, type Outcome } from '../../../lib/embedded/tree/database.js';
import type { Txn } from '../../../lib/embedded/tree/txn.js';
import type { JuteReader } from '../../../lib/protocol/jute.js';
import { connectRequestRecord, connectResponseRecord } from '../../../lib/protocol/messages.js';

const TICK = 100;
const FIRST_SESSION = 0x1_0000_0001n;
const PASSWORD = Buffer.alloc(16, 7);

/** A correct server without a port, whose session ids do not depend on earlier runs. */
export class StageServer implements ConnectionHost {
  readonly outbox = new Outbox(null);
  readonly database = new Database();
  readonly connections = new Set<ServerConnection>();
  readonly #expiry: ExpiryQueue;
  #lastSession = FIRST_SESSION;
  /** Called after each transaction. */
  onCommit: () => void = () => {};

  constructor() {
    this.#expiry = new ExpiryQueue(TICK, (ids) => {
      for (const id of ids) this.#timedOut(id);
      this.outbox.flush();
    });
    this.#expiry.resume();
  }

  fourLetterWord(): null {
    return null;
  }

  handshakeReceived(connection: ServerConnection, reader: JuteReader): void {
    const { lastZxid, sessionTimeout, sessionId, password } = connectRequestRecord.read(reader);
    if (lastZxid > this.database.lastZxid) return connection.cut('it has seen the future');
    const session = sessionId === 0n ? this.#newSession(sessionTimeout) : this.#existing(sessionId, password);
    connection.send((writer) =>
      connectResponseRecord.write(writer, {
        protocolVersion: 0,
        sessionTimeout: session ? sessionTimeout : 0,
        sessionId: session?.id ?? 0n,
        password: PASSWORD,
      }),
    );
    if (!session) return connection.end();
    connection.open(session, sessionTimeout);
    this.#expiry.touch(session.id, sessionTimeout);
  }

  requestReceived(connection: ServerConnection, reader: JuteReader): void {
    const { session, sessionTimeout } = connection;
    if (session) this.#expiry.touch(session.id, sessionTimeout);
    processRequest(this, connection, reader);
  }

  ended(connection: ServerConnection): void {
    this.connections.delete(connection);
    this.database.watches.removeAll(connection);
    this.outbox.remove(connection);
    const { session } = connection;
    if (session?.connection === connection) session.connection = null;
  }

  commit(sessionId: bigint, txn: Txn): Outcome {
    const outcome = this.database.apply({ zxid: this.database.lastZxid + 1n, time: Date.now(), sessionId }, txn);
    this.onCommit();
    return outcome;
  }

  endSession(session: ServerSession): void {
    this.#expiry.remove(session.id);
    this.commit(session.id, { type: 'closeSession', paths: this.database.tree.ephemeralsOf(session.id) });
  }

  dropConnections(): void {
    for (const connection of [...this.connections]) connection.destroy();
  }

  close(): void {
    this.dropConnections();
    this.#expiry.stop();
  }

  #newSession(timeout: number): ServerSession | undefined {
    this.#lastSession += 1n;
    this.commit(this.#lastSession, { type: 'createSession', password: PASSWORD, timeout });
    return this.database.sessions.get(this.#lastSession);
  }

  #existing(id: bigint, password: Buffer | null): ServerSession | undefined {
    const session = this.database.sessions.get(id);
    session?.connection?.destroy();
    return password?.equals(PASSWORD) ? session : undefined;
  }

  #timedOut(id: bigint): void {
    const session = this.database.sessions.get(id);
    if (!session) return;
    this.endSession(session);
    session.connection?.destroy();
  }
}
