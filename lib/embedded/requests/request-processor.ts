import { quote } from '../../core/validation.js';
import { type JuteReader, MalformedRecordError } from '../../protocol/jute.js';
import { authPacket, requestHeader } from '../../protocol/messages.js';
import { OpCode, type Operation, Xid } from '../../protocol/op-code.js';
import { ServerCode } from '../../protocol/server-code.js';
import type { ServerConnection } from '../server/server-connection.js';
import type { Service } from '../server/service.js';
import { digestIdentity, type Identity } from '../tree/acl.js';
import type { Outcome } from '../tree/database.js';
import { type Answer, DONE, refusal } from './answer.js';
import { answerMulti, prepareMulti } from './multi-write.js';
import type { Requester } from './preparation.js';
import { READS, type Read } from './reads.js';
import { WATCH_REQUESTS } from './watch-requests.js';
import { WRITES, type Write } from './writes.js';

type Handler = (service: Service, connection: ServerConnection, reader: JuteReader) => Answer;

const HANDLERS = new Map<number, Handler>([
  ...Object.entries({ ...READS, ...WATCH_REQUESTS }).map(([op, read]) => numbered(op, reading(read))),
  ...Object.entries(WRITES).map(([op, write]) => numbered(op, writing(write))),
  numbered('multi', multi),
  numbered('closeSession', closeSession),
  numbered('reconfig', (service, connection) => fail(service, requesterOf(connection), ServerCode.RECONFIG_DISABLED)),
]);

function numbered(op: string, handler: Handler): [number, Handler] {
  return [OpCode[op as Operation], handler];
}

/** What the real server says of a request of no known kind, before it hangs up. */
const NO_ZXID = -1n;

/** Answers one request. What cannot be read, or is of no known kind, ends the connection once that has been said. */
export function processRequest(service: Service, connection: ServerConnection, reader: JuteReader): void {
  const { xid: own, op } = requestHeader.read(reader);
  const xid = op === OpCode.ping ? Xid.ping : own;
  const handler = HANDLERS.get(op);
  if (!handler && op !== OpCode.auth) {
    connection.reply(xid, NO_ZXID, refusal(ServerCode.UNIMPLEMENTED));
    return connection.end(`it asked for an operation ${op}, which there is not`);
  }
  try {
    if (!handler) return authenticate(connection, xid, reader);
    const answer = handler(service, connection, reader);
    connection.reply(xid, service.database.lastZxid, answer);
    if (op === OpCode.closeSession) connection.end();
  } catch (error) {
    if (!(error instanceof MalformedRecordError)) throw error;
    if (CHANGES.has(op)) fail(service, requesterOf(connection), ServerCode.MARSHALLING_ERROR);
    connection.reply(xid, service.database.lastZxid, refusal(ServerCode.MARSHALLING_ERROR));
    connection.end(`its request of operation ${op} makes no sense: ${error.message}`);
  }
}

function reading(read: Read): Handler {
  return ({ database }, connection, reader) =>
    read(reader, { database, requester: requesterOf(connection), target: connection });
}

function writing({ prepare, answer }: Write): Handler {
  return (service, connection, reader) => {
    const requester = requesterOf(connection);
    const prepared = prepare(reader, service.database.tree, requester);
    if (typeof prepared === 'number') return fail(service, requester, prepared);
    return answer(prepared, service.commit(requester.sessionId, prepared));
  };
}

function multi(service: Service, connection: ServerConnection, reader: JuteReader): Answer {
  const requester = requesterOf(connection);
  const prepared = prepareMulti(reader, service.database.tree, requester);
  if ('error' in prepared) {
    fail(service, requester, prepared.error);
    return prepared.answer;
  }
  const { transactions } = prepared;
  const outcomes = service.commit(requester.sessionId, { type: 'multi', transactions });
  return answerMulti(transactions, outcomes as Outcome[]);
}

function closeSession(service: Service, { session }: ServerConnection): Answer {
  if (session) service.endSession(session);
  return DONE;
}

const CHANGES: ReadonlySet<number> = new Set([...Object.keys(WRITES), 'multi'].map((op) => OpCode[op as Operation]));

/** A change that fails takes a zxid, too. */
function fail(service: Service, { sessionId }: Requester, error: number): Answer {
  service.commit(sessionId, { type: 'error', error });
  return refusal(error);
}

function requesterOf({ session, identities }: ServerConnection): Requester {
  return { sessionId: session?.id ?? 0n, identities };
}

function authenticate(connection: ServerConnection, xid: number, reader: JuteReader): void {
  const { scheme, auth } = authPacket.read(reader);
  const identity = auth && identityOf(connection, scheme, auth);
  connection.reply(xid, 0n, identity ? DONE : refusal(ServerCode.AUTH_FAILED));
  if (!identity) return connection.end(`it cannot be authenticated by scheme ${quote(scheme)}`);
  const isKnown = connection.identities.some(({ scheme: s, id }) => s === identity.scheme && id === identity.id);
  if (!isKnown) connection.identities.push(identity);
}

function identityOf({ identities }: ServerConnection, scheme: string, auth: Buffer): Identity | undefined {
  if (scheme === 'digest') return digestIdentity(auth);
  return scheme === 'ip' ? identities[0] : undefined;
}
