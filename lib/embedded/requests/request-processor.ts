import { type JuteReader, MalformedRecordError } from '../../protocol/jute.js';
import { requestHeaderRecord } from '../../protocol/messages.js';
import { OpCode, Xid } from '../../protocol/op-code.js';
import { ServerCode } from '../../protocol/server-code.js';
import { PLAIN_AUTHENTICATION, type ServerAuthentication } from '../authentication/server-authentication.js';
import { type Behaviour, ZOOKEEPER_3_8 } from '../behaviour.js';
import type { ServerSession } from '../sessions/server-session.js';
import type { Database, Outcome } from '../tree/database.js';
import type { Txn } from '../tree/txn.js';
import type { WatchTarget } from '../tree/watch-manager.js';
import { type Answer, DONE, refusal } from './answer.js';
import { authenticate } from './authentication.js';
import { type Dispatch, dispatch, includesNumber } from './dispatch.js';
import { type PreparedWrite, refusedWrite } from './prepared-write.js';
import { continueSasl, mustAuthenticate, type SaslConnection } from './sasl.js';

/** The part of the server that requests use. */
export interface RequestServer {
  readonly database: Pick<Database, 'tree' | 'watches' | 'lastZxid'>;
  /** Default: neither SASL nor TLS. */
  readonly authentication?: ServerAuthentication;
  /** Default: that of ZooKeeper 3.8. */
  readonly behaviour?: Behaviour;
  commit(sessionId: bigint, txn: Txn): Outcome;
  endSession(session: ServerSession): void;
}

/** The part of a connection that requests use. */
export interface RequestConnection extends WatchTarget, SaslConnection {
  readonly session: ServerSession | null;
  reply(xid: number, zxid: bigint, answer: Answer): void;
  /** Closes the connection once its output is written. The reason goes into the log. */
  end(reason?: string): void;
}

/** ZooKeeper's zxid in the reply to an unknown operation. */
const NO_ZXID = -1n;

/** Answers one request. An unknown operation or a malformed record is answered and ends the connection. */
export function processRequest(server: RequestServer, connection: RequestConnection, reader: JuteReader): void {
  const { xid: own, op } = requestHeaderRecord.read(reader);
  const xid = op === OpCode.ping ? Xid.ping : own;
  const { authentication = PLAIN_AUTHENTICATION, behaviour = ZOOKEEPER_3_8 } = server;
  const request = dispatch(op, behaviour.unknown);
  const isAuthentication = request.type === 'auth' || request.type === 'sasl';
  if (!isAuthentication && mustAuthenticate(authentication, connection.identities)) {
    connection.reply(xid, 0n, refusal(ServerCode.SASL_REQUIRED));
    connection.end('it must authenticate by SASL before its first request');
    return;
  }
  if (includesNumber(behaviour.hangsUpOn, op)) {
    connection.end(`it requested the operation ${op}`);
    return;
  }
  if (request.type === 'unknown') {
    connection.reply(xid, NO_ZXID, refusal(ServerCode.UNIMPLEMENTED));
    connection.end(`it requested the unknown operation ${op}`);
    return;
  }
  try {
    if (request.type === 'auth') {
      const { answer, refused } = authenticate(connection.identities, reader);
      connection.reply(xid, 0n, answer);
      if (refused !== null) connection.end(refused);
      return;
    }
    if (request.type === 'sasl') {
      const { answer, refused } = continueSasl(authentication, connection, reader);
      if (answer) connection.reply(xid, 0n, answer);
      if (refused !== null) connection.end(refused);
      return;
    }
    const answer = answerTo(request, server, connection, reader);
    connection.reply(xid, server.database.lastZxid, answer);
    if (request.type === 'closeSession') connection.end();
  } catch (error) {
    if (!(error instanceof MalformedRecordError)) throw error;
    if (request.type === 'write') commit(server, connection, refusedWrite(ServerCode.MARSHALLING_ERROR));
    connection.reply(xid, server.database.lastZxid, refusal(ServerCode.MARSHALLING_ERROR));
    connection.end(`its request of operation ${op} is malformed: ${error.message}`);
  }
}

function answerTo(
  request: Exclude<Dispatch, { type: 'auth' | 'sasl' | 'unknown' }>,
  server: RequestServer,
  connection: RequestConnection,
  reader: JuteReader,
): Answer {
  const { tree, watches } = server.database;
  const { schemes } = server.authentication ?? PLAIN_AUTHENTICATION;
  const requester = { sessionId: sessionIdOf(connection), identities: connection.identities, schemes };
  switch (request.type) {
    case 'read':
      return request.answer(reader, { tree, watches, requester, target: connection });
    case 'watches':
      return request.answer(reader, { tree, watches, target: connection });
    case 'sync':
      return request.answer(reader);
    case 'write':
      return commit(server, connection, request.prepare(reader, tree, requester));
    case 'closeSession':
      if (connection.session) server.endSession(connection.session);
      return DONE;
  }
}

function commit(server: RequestServer, connection: RequestConnection, { txn, answer }: PreparedWrite): Answer {
  return answer(server.commit(sessionIdOf(connection), txn));
}

function sessionIdOf({ session }: RequestConnection): bigint {
  return session?.id ?? 0n;
}
