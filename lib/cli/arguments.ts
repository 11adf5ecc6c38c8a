import type { ZooKeeperClient, ZooKeeperClientOptions } from '../../index.js';
import { validatePath, validateSequentialPath } from '../core/paths.js';
import { describe } from '../core/validation.js';
import { HIGHEST_VERSION, LOWEST_VERSION } from '../core/znode-arguments.js';
import { parseConnectString } from '../zookeeper/connect-string.js';
import { SECURITY_HELP, SECURITY_OPTIONS, type SecurityValues, toClientSecurity } from './client-security.js';
import { COMMAND } from './limits.js';
import { sharedSession } from './shared-session.js';
import { toText } from './to-text.js';
import { UsageError } from './usage-error.js';

/** The options of every command that connects to servers. */
export const SERVER_OPTIONS = {
  connect: { type: 'string', short: 'z' },
  timeout: { type: 'string', short: 'T' },
  'session-timeout': { type: 'string' },
  'read-only': { type: 'boolean', default: false },
  ...SECURITY_OPTIONS,
} as const;

/** The option of every command that can print JSON. */
export const JSON_OPTION = { json: { type: 'boolean', short: 'j', default: false } } as const;

/** The options that may stand before the name of a command. */
export const GLOBAL_OPTIONS = { ...SERVER_OPTIONS, ...JSON_OPTION } as const;

export const SERVER_HELP = `  -z, --connect host:port,host:port/chroot
      The servers. Default: the environment variable ZK_RECIPES_CONNECT, or else
      127.0.0.1:2181.
  -T, --timeout ms
      Ends the command after this time, with exit code 4.
  --session-timeout ms
      The time after which the servers end the session of a client that has vanished, and
      delete its ephemeral znodes. Default 10000.
  --read-only
      Reads from a server too that has lost the others of its ensemble.
${SECURITY_HELP}`;

/** The values of {@link SERVER_OPTIONS}. */
export interface ServerValues extends SecurityValues {
  readonly connect?: string;
  readonly timeout?: string;
  readonly 'session-timeout'?: string;
  readonly 'read-only'?: boolean;
}

/** The servers, how to reach them, and the time limit. */
export interface ServerArguments {
  readonly connect: string;
  /** The client to use in place of a new one. */
  readonly shared?: ZooKeeperClient;
  /** Whether nobody has named a server. */
  readonly isDefault: boolean;
  /** About the session, TLS and credentials. */
  readonly options: ZooKeeperClientOptions;
  /** The time limit of the whole command, in ms. */
  readonly timeout: number | undefined;
}

/** With one of them, a command in a shell connects by itself. */
const OF_CONNECTION = Object.keys(SERVER_OPTIONS).filter((name) => name !== 'timeout') as (keyof ServerValues)[];

const LONGEST_TIME = 2 ** 31 - 1;
const HIGHEST_ZXID = 2n ** 63n - 1n;

/** The servers and the secrets from the options, files or the environment, and the time limit. */
export async function toServerArguments(values: ServerValues): Promise<ServerArguments> {
  const timeout = toMilliseconds('timeout', values.timeout, 1);
  const session = sharedSession.getStore();
  if (session && OF_CONNECTION.every((name) => !values[name])) {
    return { connect: session.connect, shared: session.client, isDefault: false, timeout, options: {} };
  }
  const named = values.connect === undefined ? process.env.ZK_RECIPES_CONNECT : toText('connect', values.connect);
  const connect = named || COMMAND.defaultServer.connect;
  orUsageError(() => parseConnectString(connect));
  const sessionTimeout = toMilliseconds('session-timeout', values['session-timeout'], 1);
  const options = {
    ...(sessionTimeout !== undefined && { sessionTimeout }),
    ...(values['read-only'] && { readOnly: true }),
    ...(await toClientSecurity(values)),
  };
  return { connect, isDefault: !named, timeout, options };
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

/** A number of levels below a znode; all without the option. */
export function toDepth(text: string | undefined): number {
  return text === undefined ? Infinity : toNumber('depth', text, 0, Number.MAX_SAFE_INTEGER);
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
