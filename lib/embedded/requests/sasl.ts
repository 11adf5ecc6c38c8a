import type { JuteReader } from '../../protocol/jute.js';
import { saslRecord } from '../../protocol/messages.js';
import { ServerCode } from '../../protocol/server-code.js';
import { DigestMd5Exchange } from '../authentication/digest-md5-exchange.js';
import type { ServerAuthentication } from '../authentication/server-authentication.js';
import { addIdentity, type Identity } from '../tree/acl.js';
import { type Answer, answer } from './answer.js';

/** The part of a connection that SASL uses. */
export interface SaslConnection {
  readonly identities: Identity[];
  /** The exchange that has begun. A connection has one at most. */
  exchange: DigestMd5Exchange | null;
}

/** The answer to a token, `null` for none, and the reason to close the connection. */
export interface SaslReply {
  readonly answer: Answer | null;
  readonly refused: string | null;
}

/** Whether the connection has to authenticate by SASL before it may request anything. */
export function mustAuthenticate({ isSaslRequired }: ServerAuthentication, identities: readonly Identity[]): boolean {
  return isSaslRequired && !identities.some(({ scheme }) => scheme === 'sasl');
}

/** Continues the connection's exchange. The identity that it proves is added to the connection's. */
export function continueSasl(
  { users, isSaslRequired }: ServerAuthentication,
  connection: SaslConnection,
  reader: JuteReader,
): SaslReply {
  const { token } = saslRecord.read(reader);
  // The real server's thread fails at a token of null.
  if (!token) return { answer: null, refused: 'its SASL token is null' };
  if (!users) return { answer: answer(saslRecord, { token: null }), refused: null };
  connection.exchange ??= new DigestMd5Exchange(users);
  const step = connection.exchange.next(token);
  if (step.refused !== null) {
    const error = isSaslRequired ? ServerCode.SASL_REQUIRED : ServerCode.AUTH_FAILED;
    const refused = `it cannot be authenticated by SASL: ${step.refused}`;
    return { answer: answer(saslRecord, { token: null }, error), refused };
  }
  if (step.user !== null) addIdentity(connection.identities, { scheme: 'sasl', id: step.user });
  return { answer: answer(saslRecord, { token: step.token }), refused: null };
}
