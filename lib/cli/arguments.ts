import { type ParseArgsConfig, parseArgs } from 'node:util';
import type { ZooKeeperClientOptions } from '../../index.js';
import { validatePath, validateSequentialPath } from '../core/paths.js';
import { describe, quoteWord } from '../core/validation.js';
import { HIGHEST_VERSION, LOWEST_VERSION } from '../core/znode-arguments.js';
import { parseConnectString } from '../zookeeper/connect-string.js';
import { SECURITY_HELP, SECURITY_OPTIONS, type SecurityValues, toClientSecurity } from './client-security.js';
import { toText } from './to-text.js';
import { UsageError } from './usage-error.js';

/** The options of every command that connects to servers. */
export const SERVER_OPTIONS = {
  connect: { type: 'string' },
  timeout: { type: 'string' },
  ...SECURITY_OPTIONS,
} as const;

export const SERVER_HELP = `  --connect host:port,host:port/chroot
      The servers. Default: the environment variable ZK_RECIPES_CONNECT.
  --timeout ms
      Ends the command after this time, with exit code 4.
${SECURITY_HELP}`;

/** The values of {@link SERVER_OPTIONS}. */
export type ServerValues = SecurityValues & { readonly connect?: string; readonly timeout?: string };

/** The servers, how to reach them, and the time limit. */
export interface ServerArguments {
  readonly connect: string;
  /** About TLS and credentials. */
  readonly security: ZooKeeperClientOptions;
  /** The time limit of the whole command, in ms. */
  readonly timeout: number | undefined;
}

const LONGEST_TIME = 2 ** 31 - 1;
const HIGHEST_ZXID = 2n ** 63n - 1n;

/** Separates options from positional arguments. */
export function parse<const O extends NonNullable<ParseArgsConfig['options']>>(args: readonly string[], options: O) {
  const names = Object.keys(options).map((name) => `--${name}`);
  return orUsageError(
    () => parseArgs({ args: [...args], options, allowPositionals: true }),
    ({ message }) => withoutData(message, names),
  );
}

/** The message of `parseArgs`, unless the option that it does not know is data that begins with a dash. */
function withoutData(message: string, names: readonly string[]): string {
  const [, option] = /^Unknown option '(.*?)'(?:\.|$)/s.exec(message) ?? [];
  const isMisspelt = option === undefined || quoteWord(option, names) === JSON.stringify(option);
  if (isMisspelt) return message;
  return `there are only the options ${names.join(', ')}. Put data that begins with a dash last, after --`;
}

/** Throws when a required argument is missing, or when there are too many. */
export function checkPositionals(positionals: readonly string[], required: readonly string[], optional = 0): void {
  const missing = required[positionals.length];
  if (missing !== undefined) throw new UsageError(`which ${missing}?`);
  const most = required.length + optional;
  if (positionals.length <= most) return;
  // Not shown: it may be the second word of data without quotes.
  throw new UsageError(`unexpected argument ${most + 1} (an argument with spaces needs quotes)`);
}

/** The servers and the secrets from the options, files or the environment, and the time limit. */
export async function toServerArguments(values: ServerValues): Promise<ServerArguments> {
  const connect = values.connect === undefined ? process.env.ZK_RECIPES_CONNECT : toText('connect', values.connect);
  if (!connect) {
    throw new UsageError(
      'which ZooKeeper? Name its servers with --connect host:port,host:port/chroot, or in ZK_RECIPES_CONNECT',
    );
  }
  orUsageError(() => parseConnectString(connect));
  const timeout = toMilliseconds('timeout', values.timeout, 1);
  return { connect, timeout, security: await toClientSecurity(values) };
}

/** Checks that a znode can have the path. */
export function toPath(path = ''): string {
  orUsageError(() => validatePath(path));
  return path;
}

/** Checks the path prefix of a sequential znode, which may end with a slash. */
export function toSequentialPath(path = ''): string {
  orUsageError(() => validateSequentialPath(path));
  return path;
}

export function toNumber(name: string, text: string, least: number, most: number): number {
  const number = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  const shown = Number.isNaN(number) ? describe(text) : text;
  throw new UsageError(`--${name} must be a whole number from ${least} to ${most}, but is ${shown}`);
}

export function toMilliseconds(name: string, text: string | undefined, least: number): number | undefined {
  return text === undefined ? undefined : toNumber(name, text, least, LONGEST_TIME);
}

/** A position: decimal, or hexadecimal as ZooKeeper's own tools print it. */
export function toZxid(name: string, text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined;
  const zxid = /^(\d{1,19}|0x[\da-f]{1,16})$/i.test(text) ? BigInt(text) : -1n;
  if (zxid >= 0n && zxid <= HIGHEST_ZXID) return zxid;
  throw new UsageError(`--${name} must be a zxid, decimal or as 0x and hexadecimal, but is ${describe(text)}`);
}

/** The version that a write requires; -1, which matches any, without the option. */
export function toVersion(text: string | undefined): number {
  return text === undefined ? -1 : toNumber('version', text, LOWEST_VERSION, HIGHEST_VERSION);
}

/** Turns an error of the library into a UsageError, before any request is sent. */
export function orUsageError<T>(check: () => T, toMessage = ({ message }: Error) => message): T {
  try {
    return check();
  } catch (error) {
    throw new UsageError(toMessage(error as Error));
  }
}
