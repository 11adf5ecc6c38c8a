import type { EmbeddedZooKeeperOptions } from '../embedded/index.js';
import { readOptionFile, readSecret } from './secret-files.js';
import { UsageError } from './usage-error.js';

/** The options of `serve` about TLS and SASL. */
interface SecurityArguments {
  readonly tls: boolean;
  readonly cert?: string;
  readonly key?: string;
  readonly ca?: string;
  readonly 'sasl-user'?: string;
  readonly 'sasl-password-file'?: string;
}

/** Reads certificates and passwords from files and the environment: arguments are visible to every process. */
export async function toServerSecurity(values: SecurityArguments): Promise<EmbeddedZooKeeperOptions> {
  const tls = await toTls(values);
  const sasl = await toSasl(values);
  return { ...(tls && { tls }), ...(sasl && { sasl }) };
}

async function toTls({ tls, cert, key, ca }: SecurityArguments): Promise<EmbeddedZooKeeperOptions['tls'] | null> {
  if (!tls) {
    const [stray] = Object.entries({ cert, key, ca }).filter(([, value]) => value !== undefined);
    if (stray) throw new UsageError(`--${stray[0]} needs --tls`);
    return null;
  }
  if (cert === undefined || key === undefined) throw new UsageError('--tls needs --cert and --key');
  const passphrase = process.env.ZK_RECIPES_TLS_PASSPHRASE;
  return {
    cert: await readOptionFile('cert', cert),
    key: await readOptionFile('key', key),
    ...(ca !== undefined && { ca: await readOptionFile('ca', ca) }),
    ...(passphrase && { passphrase }),
  };
}

async function toSasl(values: SecurityArguments): Promise<EmbeddedZooKeeperOptions['sasl'] | null> {
  const { 'sasl-user': user, 'sasl-password-file': file } = values;
  if (user === undefined) {
    if (file !== undefined) throw new UsageError('--sasl-password-file needs --sasl-user');
    return null;
  }
  if (!/^[^@/]+$/.test(user)) throw new UsageError('--sasl-user must be a name without @ and /');
  const place = { neededBy: 'sasl-user', variable: 'ZK_RECIPES_SASL_PASSWORD', fileOption: 'sasl-password-file', file };
  return { users: { [user]: await readSecret(place) } };
}
