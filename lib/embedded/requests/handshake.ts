import { randomBytes } from 'node:crypto';
import type { Logger } from '../../core/logger.js';
import type { JuteReader, JuteWriter } from '../../protocol/jute.js';
import { connectRequestRecord, connectResponseRecord } from '../../protocol/messages.js';
import { hex } from '../hex.js';
import type { ServerSession } from '../sessions/server-session.js';
import type { Database } from '../tree/database.js';
import type { Txn } from '../tree/txn.js';

/** The part of the server that a handshake uses. */
export interface HandshakeServer {
  readonly database: Pick<Database, 'sessions' | 'lastZxid'>;
  readonly expiry: { touch(sessionId: bigint, timeout: number): void };
  readonly options: {
    readonly minSessionTimeout: number;
    readonly maxSessionTimeout: number;
    readonly logger: Logger;
  };
  commit(sessionId: bigint, txn: Txn): unknown;
}

/** The part of a connection that a handshake uses. */
export interface HandshakeConnection {
  /** Attaches the session: from now on the connection accepts requests. */
  open(session: ServerSession, sessionTimeout: number): void;
  send(body: (writer: JuteWriter) => void): void;
  /** Closes the connection once its output is written. */
  end(): void;
  /** Destroys the connection and logs the reason. */
  cut(reason: string): void;
}

const PASSWORD_LENGTH = 16;

/** Attaches a connection to a new session, or to the existing one that it names with the right password. */
export function processHandshake(server: HandshakeServer, connection: HandshakeConnection, reader: JuteReader): void {
  const { database, options, expiry } = server;
  const request = connectRequestRecord.read(reader);
  // Clients before 3.4 do not send the field, and do not expect it in the response.
  const knowsReadOnly = reader.remaining > 0;
  if (request.lastZxid > database.lastZxid) {
    connection.cut(`it has seen zxid ${hex(request.lastZxid)}, but this server is at ${hex(database.lastZxid)}`);
    return;
  }
  const sessionTimeout = Math.min(
    Math.max(request.sessionTimeout, options.minSessionTimeout),
    options.maxSessionTimeout,
  );
  const isNew = request.sessionId === 0n;
  const session = isNew ? createSession(server, sessionTimeout) : find(server, request.sessionId, request.password);
  connection.send((writer) => {
    connectResponseRecord.write(writer, {
      protocolVersion: 0,
      sessionTimeout: session ? sessionTimeout : 0,
      sessionId: session?.id ?? 0n,
      password: session?.password ?? Buffer.alloc(PASSWORD_LENGTH),
    });
    if (knowsReadOnly) writer.boolean(false);
  });
  if (!session) {
    options.logger.info({ session: hex(request.sessionId) }, `there is no session ${hex(request.sessionId)}`);
    connection.end();
    return;
  }
  connection.open(session, sessionTimeout);
  // A silent server would not have read this handshake.
  if (!session.isFrozen) expiry.touch(session.id, sessionTimeout);
}

function find({ database }: HandshakeServer, id: bigint, password: Buffer | null): ServerSession | null {
  const session = database.sessions.get(id);
  // ZooKeeper, too, closes the earlier connection before it checks the password.
  session?.connection?.destroy();
  return session && password && session.password.equals(password) ? session : null;
}

function createSession(server: HandshakeServer, timeout: number): ServerSession {
  const id = newSessionId(server);
  server.commit(id, { type: 'createSession', password: randomBytes(PASSWORD_LENGTH), timeout });
  const session = server.database.sessions.get(id);
  if (!session) throw new Error(`session ${hex(id)} is missing after its creation`);
  return session;
}

let lastId = 0n;

/** Derives the id from the time, as ZooKeeper does, so that a later run of the server does not repeat it. */
function newSessionId({ database }: HandshakeServer): bigint {
  const now = BigInt.asUintN(40, BigInt(Date.now())) << 16n;
  do lastId = now > lastId ? now : lastId + 1n;
  while (database.sessions.has(lastId));
  return lastId;
}
