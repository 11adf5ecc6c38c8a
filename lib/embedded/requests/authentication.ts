import { nameOfScheme } from '../../core/auth-schemes.js';
import type { JuteReader } from '../../protocol/jute.js';
import { authRecord } from '../../protocol/messages.js';
import { ServerCode } from '../../protocol/server-code.js';
import { addIdentity, digestIdentity, type Identity } from '../tree/acl.js';
import { type Answer, DONE, refusal } from './answer.js';

/** The answer to credentials, and the reason to close the connection when they were refused. */
export interface Authentication {
  readonly answer: Answer;
  readonly refused: string | null;
}

/** Reads credentials and adds the identity that they prove to `identities`, whose first is the client's address. */
export function authenticate(identities: Identity[], reader: JuteReader): Authentication {
  const { scheme, auth } = authRecord.read(reader);
  const identity = auth && identityOf(identities, scheme, auth);
  if (!identity) {
    return {
      answer: refusal(ServerCode.AUTH_FAILED),
      refused: `it cannot be authenticated by ${nameOfScheme(scheme)}`,
    };
  }
  addIdentity(identities, identity);
  return { answer: DONE, refused: null };
}

function identityOf(identities: readonly Identity[], scheme: string, auth: Buffer): Identity | undefined {
  if (scheme === 'digest') return digestIdentity(auth);
  // The connection itself has proved these, if any.
  return scheme === 'ip' || scheme === 'x509' ? identities.find((identity) => identity.scheme === scheme) : undefined;
}
