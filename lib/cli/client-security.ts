import type { AuthInfo, ZooKeeperClientOptions } from '../../index.js';
import { readSecret, SECRET_VARIABLES } from './secret-files.js';
import { readSaslUser, readTls, TRANSPORT_OPTIONS, type TransportValues } from './transport-options.js';
import { UsageError } from './usage-error.js';

/** The options about TLS and credentials of every command that connects to servers. */
export const SECURITY_OPTIONS = {
  ...TRANSPORT_OPTIONS,
  auth: { type: 'string', multiple: true },
  'auth-file': { type: 'string', multiple: true },
} as const;

export const SECURITY_HELP = `  --tls [--ca file] [--cert file --key file]
      Connects over TLS. --ca is the authority of the servers, by default those of Node.
      The passphrase of an encrypted key is in ZK_RECIPES_TLS_PASSPHRASE.
  --sasl-user name [--sasl-password-file file]
      Authenticates by SASL with DIGEST-MD5. The password is in the first line of the file,
      or in ZK_RECIPES_SASL_PASSWORD.
  --auth scheme [--auth-file file]
      Adds credentials, for --auth digest as user:password. They are in the first line of
      the file, or in ZK_RECIPES_AUTH; never in an argument, which every process could read.
      May be given several times, each time with a file of its own.`;

/** The values of {@link SECURITY_OPTIONS}. */
export interface SecurityValues extends TransportValues {
  readonly auth?: readonly string[];
  readonly 'auth-file'?: readonly string[];
}

/** The options of a client. Reads certificates from files, and secrets from files or the environment. */
export async function toClientSecurity(values: SecurityValues): Promise<ZooKeeperClientOptions> {
  if (values.tls && (values.cert === undefined) !== (values.key === undefined)) {
    throw new UsageError('--cert and --key must be given together');
  }
  const tls = await readTls(values);
  if (values['sasl-user'] === '') throw new UsageError('--sasl-user must not be empty');
  const user = await readSaslUser(values);
  return {
    ...(tls && { tls }),
    ...(user && { sasl: { mechanism: 'DIGEST-MD5', ...user } }),
    ...(await toAuth(values)),
  };
}

/** The n-th file is that of the n-th scheme; the last scheme may have its credentials in the environment. */
async function toAuth(values: SecurityValues): Promise<Pick<ZooKeeperClientOptions, 'auth'>> {
  const { auth: schemes = [], 'auth-file': files = [] } = values;
  if (files.length > schemes.length) throw new UsageError('--auth-file needs --auth');
  if (!schemes.every((scheme) => /^\w+$/.test(scheme))) {
    // Not shown: it may be the credentials themselves.
    throw new UsageError(
      '--auth must be a scheme, such as digest; the credentials go to ZK_RECIPES_AUTH or --auth-file',
    );
  }
  if (schemes.length > files.length + 1) throw new UsageError('each --auth but the last needs an --auth-file');
  const auth: AuthInfo[] = [];
  for (const [index, scheme] of schemes.entries()) {
    const place = { neededBy: 'auth', variable: SECRET_VARIABLES.auth, fileOption: 'auth-file', file: files[index] };
    auth.push({ scheme, auth: await readSecret(place) });
  }
  return auth.length === 0 ? {} : { auth };
}
