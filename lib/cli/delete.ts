import { NoNodeError, type ZooKeeperClient } from '../../index.js';
import {
  checkPositionals,
  parse,
  SERVER_HELP,
  SERVER_OPTIONS,
  toPath,
  toServerArguments,
  toVersion,
} from './arguments.js';
import type { Command } from './command.js';
import { UsageError } from './usage-error.js';
import { withClient } from './with-client.js';

const HELP = `Usage: zk-recipes delete <path> [options]

Deletes a znode. Exit code 3 when it does not exist, 5 when it has children.

${SERVER_HELP}
  --version n
      Deletes only this version of the znode. Exit code 5 when it has another.
  --recursive
      Deletes all znodes below it too.`;

const OPTIONS = {
  ...SERVER_OPTIONS,
  version: { type: 'string' },
  recursive: { type: 'boolean', default: false },
} as const;

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, OPTIONS);
  checkPositionals(positionals, ['path']);
  const path = toPath(positionals[0]);
  const version = toVersion(values.version);
  if (values.recursive && values.version !== undefined)
    throw new UsageError('--recursive cannot be combined with --version');
  return withClient(await toServerArguments(values), (client) =>
    values.recursive ? deleteRecursive(client, path) : client.delete(path, version),
  );
}

/** Fails for a missing znode, so that a mistyped path does not look deleted. */
async function deleteRecursive(client: ZooKeeperClient, path: string): Promise<void> {
  if (!(await client.exists(path))) throw new NoNodeError(`there is no znode ${path} to delete`, { path });
  await client.deleteRecursive(path);
}

export const deleteCommand: Command = { help: HELP, run };
