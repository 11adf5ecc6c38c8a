import { NoNodeError, type ZooKeeperClient } from '../../index.js';
import { JSON_OPTION, SERVER_HELP, SERVER_OPTIONS, toServerArguments, toVersion } from './arguments.js';
import type { Command } from './command.js';
import { toJsonData, toJsonStat } from './json.js';
import { print, printJson } from './output.js';
import { parse } from './parse.js';
import { PREVIOUS_OPTION, replacing } from './previous.js';
import { forEachPath, toPaths } from './several.js';
import { UsageError } from './usage-error.js';
import { withClient } from './with-client.js';

const HELP = `Usage: zk-recipes delete <path>... [options]

Deletes a znode. Exit code 3 when it does not exist, 5 when it has children.

${SERVER_HELP}
  -v, --version n
      Deletes only this version of the znode. Exit code 5 when it has another.
  -R, --recursive
      Deletes all znodes below it too.
  -p, --prev
      Prints the data that was deleted, byte for byte.
  -j, --json
      With --prev: prints one JSON object with path, data, encoding and stat per znode.`;

const OPTIONS = {
  ...SERVER_OPTIONS,
  version: { type: 'string', short: 'v' },
  recursive: { type: 'boolean', short: 'R', default: false },
  ...PREVIOUS_OPTION,
  ...JSON_OPTION,
} as const;

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, OPTIONS);
  const paths = toPaths(positionals);
  const version = toVersion(values.version);
  const { recursive, prev, json } = values;
  if (recursive && values.version !== undefined) throw new UsageError('--recursive cannot be combined with --version');
  if (recursive && prev)
    throw new UsageError('--recursive cannot be combined with --prev: zk-recipes dump has the data');
  if (json && !prev) throw new UsageError('--json needs --prev: delete prints nothing else');
  return withClient(await toServerArguments(values), (client, signal) =>
    forEachPath(paths, signal, async (path) => {
      if (recursive) return deleteRecursive(client, path);
      if (!prev) return client.delete(path, version);
      const { previous } = await replacing(client, { path, version, signal }, (expected) =>
        client.delete(path, expected),
      );
      if (!json) return print(previous.data);
      return printJson({ path, ...toJsonData(previous.data), stat: toJsonStat(previous.stat) });
    }),
  );
}

/** Fails for a missing znode, so that a mistyped path does not look deleted. */
async function deleteRecursive(client: ZooKeeperClient, path: string): Promise<void> {
  if (!(await client.exists(path))) throw new NoNodeError(`there is no znode ${path} to delete`, { path });
  await client.deleteRecursive(path);
}

export const deleteCommand: Command = { help: HELP, options: OPTIONS, run };
