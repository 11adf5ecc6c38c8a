import { boolean } from '../../protocol/codec.js';
import { JuteWriter } from '../../protocol/jute.js';
import { authRecord, connectRequestRecord, requestHeaderRecord, saslRecord } from '../../protocol/messages.js';
import { OpCode, Xid } from '../../protocol/op-code.js';
import type { AuthInfo, ConnectionOptions } from './connection.js';

const NO_PASSWORD = Buffer.alloc(16);

/** The first frame of a connection. Without the read-only field a server would warn of an old client. */
export function handshakeFrame({ session, sessionTimeout, lastZxid, mayOnlyRead = false }: ConnectionOptions): Buffer {
  return new JuteWriter(64).frame((writer) => {
    connectRequestRecord.write(writer, {
      protocolVersion: 0,
      lastZxid,
      sessionTimeout,
      sessionId: session?.id ?? 0n,
      password: session?.password ?? NO_PASSWORD,
    });
    boolean.write(writer, mayOnlyRead);
  }).bytes;
}

/** Credentials, in a frame of their own. */
export function authFrame({ scheme, auth }: AuthInfo): Buffer {
  return new JuteWriter(64 + auth.length).frame((writer) => {
    requestHeaderRecord.write(writer, { xid: Xid.auth, op: OpCode.auth });
    authRecord.write(writer, { type: 0, scheme, auth: Buffer.from(auth) });
  }).bytes;
}

/** A token of a SASL exchange, in a request of its own. */
export function saslFrame(xid: number, token: Uint8Array): Buffer {
  return new JuteWriter(32 + token.length).frame((writer) => {
    requestHeaderRecord.write(writer, { xid, op: OpCode.sasl });
    saslRecord.write(writer, { token: Buffer.from(token) });
  }).bytes;
}

/** A ping. Not to be changed. */
export const PING: Buffer = new JuteWriter(12).frame((writer) => {
  requestHeaderRecord.write(writer, { xid: Xid.ping, op: OpCode.ping });
}).bytes;
