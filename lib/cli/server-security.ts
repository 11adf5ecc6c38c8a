import type { EmbeddedZooKeeperOptions } from '../embedded/index.js';
import { readSaslUser, readTls, type TransportValues } from './transport-options.js';
import { UsageError } from './usage-error.js';

/** The options of a server. Reads certificates from files, and secrets from files or the environment. */
export async function toServerSecurity(values: TransportValues): Promise<EmbeddedZooKeeperOptions> {
  if (values.tls && (values.cert === undefined || values.key === undefined)) {
    throw new UsageError('--tls needs --cert and --key');
  }
  const tls = await readTls(values);
  const name = values['sasl-user'];
  if (name !== undefined && !/^[^@/]+$/.test(name)) throw new UsageError('--sasl-user must be a name without @ and /');
  const user = await readSaslUser(values);
  return { ...(tls && { tls }), ...(user && { sasl: { users: { [user.username]: user.password } } }) };
}
