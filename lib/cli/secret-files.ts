import { readFile } from 'node:fs/promises';
import { codeOf } from '../core/errors.js';
import { CommandError } from './command-error.js';
import { toText } from './to-text.js';
import { UsageError } from './usage-error.js';

/** Reads the file that an option names. */
export async function readOptionFile(option: string, file: string): Promise<Buffer> {
  try {
    return await readFile(toText(option, file));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new CommandError(`the file of --${option} cannot be read (${codeOf(error) ?? 'unknown'})`, { cause: error });
  }
}

/** The environment variables with secrets. A program that the command runs does not get them. */
export const SECRET_VARIABLES = {
  auth: 'ZK_RECIPES_AUTH',
  saslPassword: 'ZK_RECIPES_SASL_PASSWORD',
  tlsPassphrase: 'ZK_RECIPES_TLS_PASSPHRASE',
  token: 'ZK_RECIPES_TOKEN',
  pollUrl: 'ZK_RECIPES_POLL_URL',
} as const;

/** Where a secret is: never among the arguments, which every process can see. */
export interface SecretPlace {
  /** The option that needs the secret. */
  readonly neededBy: string;
  readonly variable: (typeof SECRET_VARIABLES)[keyof typeof SECRET_VARIABLES];
  /** The option that names a file with the secret in its first line. */
  readonly fileOption: string;
  readonly file: string | undefined;
}

/** Reads a secret from its file, or else from the environment. */
export async function readSecret({ neededBy, variable, fileOption, file }: SecretPlace): Promise<string> {
  if (file === undefined) {
    const value = process.env[variable];
    if (value) return value;
    throw new UsageError(`--${neededBy} needs a secret in ${variable}, or --${fileOption}`);
  }
  const [line = ''] = String(await readOptionFile(fileOption, file)).split(/\r?\n/, 1);
  if (line === '') throw new UsageError(`the first line of --${fileOption} must not be empty`);
  return line;
}
