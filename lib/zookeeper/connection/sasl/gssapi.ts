import { AuthFailedError } from '../../../core/errors.js';
import type { SaslMechanism, SaslServer } from './sasl-mechanism.js';

const MECHANISM = 'GSSAPI';
/** Of the server's offer: no protection of what follows. */
const NO_LAYER = 1;
/** No layer, and a largest message of 0 bytes; nobody is to be acted for. */
const CHOICE = Buffer.from([NO_LAYER, 0, 0, 0]);

/** The part of the npm module `kerberos` that the client uses. Tokens are texts in Base64. */
export interface KerberosModule {
  /** Begins an exchange with a service, as `zookeeper@zk1.example.com`. */
  initializeClient(service: string, options?: { principal?: string }): Promise<KerberosClient>;
}

/** The client's side of one exchange. */
export interface KerberosClient {
  /** Whether both sides have proven themselves. */
  readonly contextComplete: boolean;
  /** Answers the server's token; the first one is empty. */
  step(token: string): Promise<string | null>;
  /** Opens a sealed token of the server. */
  unwrap(token: string): Promise<string | null>;
  /** Seals a token. */
  wrap(token: string): Promise<string | null>;
}

/** The options of GSSAPI. */
export interface GssapiOptions {
  readonly kerberos: KerberosModule;
  readonly service: string;
  readonly principal: string | undefined;
}

/** GSSAPI (RFC 4752) with the user's Kerberos ticket, by the npm module `kerberos`. */
export function gssapiMechanism({ kerberos, service, principal }: GssapiOptions): SaslMechanism {
  return {
    mechanism: MECHANISM,
    async *exchange({ host }: SaslServer) {
      const options = principal === undefined ? {} : { principal };
      const client = await kerberos.initializeClient(`${service}@${host}`, options);
      let token = yield decode(await client.step(''));
      while (!client.contextComplete) {
        if (token === null) throw refused('the server has no SASL GSSAPI', 'no-sasl');
        token = yield decode(await client.step(encode(token)));
      }
      if (token === null) throw refused('the server ended the exchange of GSSAPI too early', 'server-not-proven');
      const offer = decode(await client.unwrap(encode(token)));
      if (((offer[0] ?? 0) & NO_LAYER) === 0) {
        throw refused('the server demands a protection by GSSAPI that ZooKeeper does not have', 'server-not-proven');
      }
      yield decode(await client.wrap(encode(CHOICE)));
    },
  };
}

function encode(token: Buffer): string {
  return token.toString('base64');
}

function decode(token: string | null): Buffer {
  return Buffer.from(token ?? '', 'base64');
}

function refused(message: string, reason: 'no-sasl' | 'server-not-proven'): AuthFailedError {
  return new AuthFailedError(message, { reason, mechanism: MECHANISM });
}
