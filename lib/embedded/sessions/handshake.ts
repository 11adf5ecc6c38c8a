import { randomBytes } from 'node:crypto';
import type { JuteReader } from '../../protocol/jute.js';
import { connectRequest, connectResponse } from '../../protocol/messages.js';
import type { ServerConnection } from '../server/server-connection.js';
import type { Service } from '../server/service.js';
import { hex, type Session } from './session.js';

const PASSWORD_LENGTH = 16;

/** Gives a connection the session that it asks for, a new one or one that it knows the password of; or refuses. */
export function greet(service: Service, connection: ServerConnection, reader: JuteReader): void {
  const { database, options, expiry } = service;
  const request = connectRequest.read(reader);
  // Clients before 3.4 do not send it, and do not expect it.
  const knowsReadOnly = reader.remaining > 0;
  if (request.lastZxid > database.lastZxid) {
    connection.cut(`it has seen zxid ${hex(request.lastZxid)}, and this server only ${hex(database.lastZxid)}`);
    return;
  }
  const sessionTimeout = Math.min(
    Math.max(request.sessionTimeout, options.minSessionTimeout),
    options.maxSessionTimeout,
  );
  const isNew = request.sessionId === 0n;
  const session = isNew ? createSession(service, sessionTimeout) : find(service, request.sessionId, request.password);
  connection.send((writer) => {
    connectResponse.write(writer, {
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
  expiry.touch(session.id, sessionTimeout);
}

function find({ database }: Service, id: bigint, password: Buffer | null): Session | null {
  const session = database.sessions.get(id);
  // As the real server does, before it looks at the password.
  session?.connection?.destroy();
  return session && password && session.password.equals(password) ? session : null;
}

function createSession(service: Service, timeout: number): Session {
  const id = newSessionId(service);
  service.commit(id, { type: 'createSession', password: randomBytes(PASSWORD_LENGTH), timeout });
  const session = service.database.sessions.get(id);
  if (!session) throw new Error(`session ${hex(id)} is missing after its creation`);
  return session;
}

let lastId = 0n;

/** Made of the time, as ZooKeeper's are, so that those of an earlier run do not come again. */
function newSessionId({ database }: Service): bigint {
  const now = BigInt.asUintN(40, BigInt(Date.now())) << 16n;
  do lastId = now > lastId ? now : lastId + 1n;
  while (database.sessions.has(lastId));
  return lastId;
}
