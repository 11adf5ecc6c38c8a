import { readOptionFile, readSecret, SECRET_VARIABLES } from './secret-files.js';
import { UsageError } from './usage-error.js';

/** The options about TLS and SASL, of a client and of a server. */
export const TRANSPORT_OPTIONS = {
  tls: { type: 'boolean', default: false },
  ca: { type: 'string' },
  cert: { type: 'string' },
  key: { type: 'string' },
  'sasl-user': { type: 'string' },
  'sasl-password-file': { type: 'string' },
} as const;

/** The values of {@link TRANSPORT_OPTIONS}. */
export interface TransportValues {
  readonly tls: boolean;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly 'sasl-user'?: string;
  readonly 'sasl-password-file'?: string;
}

/** Certificates and a key, by the names of `node:tls`. */
export interface TlsFiles {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly passphrase?: string;
}

/** Reads certificates and the key from their files, and the passphrase from the environment; `null` without `--tls`. */
export async function readTls({ tls, ca, cert, key }: TransportValues): Promise<TlsFiles | null> {
  const files = Object.entries({ ca, cert, key }).filter((entry): entry is [string, string] => entry[1] !== undefined);
  if (!tls) {
    const [stray] = files;
    if (stray) throw new UsageError(`--${stray[0]} needs --tls`);
    return null;
  }
  const passphrase = process.env[SECRET_VARIABLES.tlsPassphrase];
  const contents: Record<string, Buffer> = {};
  for (const [option, file] of files) contents[option] = await readOptionFile(option, file);
  return { ...contents, ...(passphrase && { passphrase }) };
}

/** Reads the password of `--sasl-user`, from its file or the environment; `null` without such a user. */
export async function readSaslUser(values: TransportValues): Promise<{ username: string; password: string } | null> {
  const { 'sasl-user': username, 'sasl-password-file': file } = values;
  if (username === undefined) {
    if (file !== undefined) throw new UsageError('--sasl-password-file needs --sasl-user');
    return null;
  }
  const place = {
    neededBy: 'sasl-user',
    variable: SECRET_VARIABLES.saslPassword,
    fileOption: 'sasl-password-file',
    file,
  };
  return { username, password: await readSecret(place) };
}
