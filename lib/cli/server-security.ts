import { readFile } from 'node:fs/promises';
import { codeOf } from '../core/errors.js';
import type { EmbeddedZooKeeperOptions } from '../embedded/index.js';
import { toText } from './arguments.js';
import { CommandError } from './command-error.js';
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
    cert: await read('cert', cert),
    key: await read('key', key),
    ...(ca !== undefined && { ca: await read('ca', ca) }),
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
  const password = file === undefined ? process.env.ZK_RECIPES_SASL_PASSWORD : await firstLine(file);
  if (password) return { users: { [user]: password } };
  throw new UsageError(
    file === undefined
      ? '--sasl-user needs a password in ZK_RECIPES_SASL_PASSWORD, or --sasl-password-file'
      : 'the first line of --sasl-password-file must not be empty',
  );
}

async function firstLine(file: string): Promise<string> {
  const [line = ''] = String(await read('sasl-password-file', file)).split(/\r?\n/, 1);
  return line;
}

async function read(option: string, file: string): Promise<Buffer> {
  try {
    return await readFile(toText(option, file));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new CommandError(`the file of --${option} cannot be read (${codeOf(error) ?? 'unknown'})`, { cause: error });
  }
}
