import type { ZooKeeperClientOptions } from '../../index.js';
import { readOptionFile, readSecret } from './secret-files.js';
import { UsageError } from './usage-error.js';

/** The options about TLS and credentials of every command that connects to servers. */
export const SECURITY_OPTIONS = {
  tls: { type: 'boolean', default: false },
  ca: { type: 'string' },
  cert: { type: 'string' },
  key: { type: 'string' },
  'sasl-user': { type: 'string' },
  'sasl-password-file': { type: 'string' },
  auth: { type: 'string' },
  'auth-file': { type: 'string' },
} as const;

export const SECURITY_HELP = `  --tls [--ca file] [--cert file --key file]
      Connects over TLS. --ca is the authority of the servers, by default those of Node.
      The passphrase of an encrypted key is in ZK_RECIPES_TLS_PASSPHRASE.
  --sasl-user name [--sasl-password-file file]
      Authenticates by SASL with DIGEST-MD5. The password is in the first line of the file,
      or in ZK_RECIPES_SASL_PASSWORD.
  --auth scheme [--auth-file file]
      Adds credentials, for --auth digest as user:password. They are in the first line of
      the file, or in ZK_RECIPES_AUTH.`;

/** The values of {@link SECURITY_OPTIONS}. */
export interface SecurityValues {
  readonly tls: boolean;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly 'sasl-user'?: string;
  readonly 'sasl-password-file'?: string;
  readonly auth?: string;
  readonly 'auth-file'?: string;
}

/** The options of a client. Reads certificates from files, and secrets from files or the environment. */
export async function toClientSecurity(values: SecurityValues): Promise<ZooKeeperClientOptions> {
  for (const name of ['ca', 'cert', 'key'] as const) {
    if (values[name] !== undefined && !values.tls) throw new UsageError(`--${name} needs --tls`);
  }
  return { ...(await toTls(values)), ...(await toSasl(values)), ...(await toAuth(values)) };
}

async function toTls({ tls, ca, cert, key }: SecurityValues): Promise<Pick<ZooKeeperClientOptions, 'tls'>> {
  if (!tls) return {};
  if ((cert === undefined) !== (key === undefined)) throw new UsageError('--cert and --key must be given together');
  const passphrase = process.env.ZK_RECIPES_TLS_PASSPHRASE;
  return {
    tls: {
      ...(ca !== undefined && { ca: await readOptionFile('ca', ca) }),
      ...(cert !== undefined && { cert: await readOptionFile('cert', cert) }),
      ...(key !== undefined && { key: await readOptionFile('key', key) }),
      ...(passphrase && { passphrase }),
    },
  };
}

async function toSasl(values: SecurityValues): Promise<Pick<ZooKeeperClientOptions, 'sasl'>> {
  const { 'sasl-user': username, 'sasl-password-file': file } = values;
  if (username === undefined) {
    if (file !== undefined) throw new UsageError('--sasl-password-file needs --sasl-user');
    return {};
  }
  if (username === '') throw new UsageError('--sasl-user must not be empty');
  const place = { neededBy: 'sasl-user', variable: 'ZK_RECIPES_SASL_PASSWORD', fileOption: 'sasl-password-file', file };
  return { sasl: { mechanism: 'DIGEST-MD5', username, password: await readSecret(place) } };
}

async function toAuth({
  auth: scheme,
  'auth-file': file,
}: SecurityValues): Promise<Pick<ZooKeeperClientOptions, 'auth'>> {
  if (scheme === undefined) {
    if (file !== undefined) throw new UsageError('--auth-file needs --auth');
    return {};
  }
  if (!/^\w+$/.test(scheme)) {
    // Not shown: it may be the credentials themselves.
    throw new UsageError(
      '--auth must be a scheme, such as digest; the credentials go to ZK_RECIPES_AUTH or --auth-file',
    );
  }
  const place = { neededBy: 'auth', variable: 'ZK_RECIPES_AUTH', fileOption: 'auth-file', file };
  return { auth: [{ scheme, auth: await readSecret(place) }] };
}
