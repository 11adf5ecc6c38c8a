import { type ParseArgsConfig, parseArgs } from 'node:util';
import { validatePath, validateSequentialPath } from '../core/paths.js';
import { HIGHEST_VERSION } from '../zookeeper/arguments.js';
import { parseConnectString } from '../zookeeper/connect-string.js';
import { UsageError } from './usage-error.js';

/** The options of every command that connects to servers. */
export const SERVER_OPTIONS = {
  connect: { type: 'string' },
  timeout: { type: 'string' },
} as const;

export const SERVER_HELP = `  --connect host:port,host:port/chroot
      The servers; without it, those of the environment variable ZK_RECIPES_CONNECT.
  --timeout ms
      Ends after so long with exit code 4.`;

/** Which servers, and for how long. */
export interface ServerArguments {
  readonly connect: string;
  /** In ms, for everything. */
  readonly timeout: number | undefined;
}

const LONGEST_TIME = 2 ** 31 - 1;

/** Tells options and the rest apart. */
export function parse<const O extends NonNullable<ParseArgsConfig['options']>>(args: readonly string[], options: O) {
  return orMisused(() => parseArgs({ args: [...args], options, allowPositionals: true }));
}

/** Throws unless there are at least the required arguments, and none too many. */
export function checkPositionals(positionals: readonly string[], required: readonly string[], optional = 0): void {
  const missing = required[positionals.length];
  if (missing !== undefined) throw new UsageError(`which ${missing}?`);
  const surplus = positionals[required.length + optional];
  if (surplus !== undefined) throw new UsageError(`unexpected argument ${JSON.stringify(surplus)}`);
}

/** Where to connect to, from the options or the environment. */
export function toServerArguments(values: { connect?: string; timeout?: string }): ServerArguments {
  const connect = values.connect === undefined ? process.env.ZK_RECIPES_CONNECT : toText('connect', values.connect);
  if (!connect) {
    throw new UsageError(
      'which ZooKeeper? Name its servers with --connect host:port,host:port/chroot, or in ZK_RECIPES_CONNECT',
    );
  }
  orMisused(() => parseConnectString(connect));
  return { connect, timeout: toMilliseconds('timeout', values.timeout, 1) };
}

/** A path that a znode can have. */
export function toPath(path = ''): string {
  orMisused(() => validatePath(path));
  return path;
}

/** A path that a sequential znode can be named after: it may end with a slash. */
export function toSequentialPath(path = ''): string {
  orMisused(() => validateSequentialPath(path));
  return path;
}

export function toText(name: string, text: string): string {
  if (text === '') throw new UsageError(`--${name} must not be empty`);
  return text;
}

export function toNumber(name: string, text: string, least: number, most: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(`--${name} must be a whole number from ${least} to ${most}, but is ${JSON.stringify(text)}`);
}

export function toMilliseconds(name: string, text: string | undefined, least: number): number | undefined {
  return text === undefined ? undefined : toNumber(name, text, least, LONGEST_TIME);
}

/** The version that a write asks for; -1, which is any, when it asks for none. */
export function toVersion(text: string | undefined): number {
  return text === undefined ? -1 : toNumber('version', text, 0, HIGHEST_VERSION);
}

/** What the library would refuse is refused before anything is sent, and with the command's help. */
function orMisused<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
