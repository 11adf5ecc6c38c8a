import type { ZooKeeperClient } from '../../index.js';
import { checkPositionals, parse, SERVER_HELP, SERVER_OPTIONS, toPath, toServerArguments } from './arguments.js';
import type { Command } from './command.js';
import { toJsonStat } from './json.js';
import { listTree } from './list-tree.js';
import { print, printJson } from './output.js';
import { withClient } from './with-client.js';

const HELP = `Usage: zk-recipes ls <path> [options]

Prints the names of a znode's children, sorted, one per line. Exit code 3 when the
znode does not exist.

${SERVER_HELP}
  -R, --recursive
      Prints the paths of the znode and of all znodes below it, parents before their
      children and siblings sorted by name. Exit code 1 when some of them may not be
      read, after all others were printed.
  --json
      Prints one JSON object with path, children and stat; with --recursive one per
      line and znode, with path and stat.`;

const OPTIONS = {
  ...SERVER_OPTIONS,
  recursive: { type: 'boolean', short: 'R', default: false },
  json: { type: 'boolean', default: false },
} as const;

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, OPTIONS);
  checkPositionals(positionals, ['path']);
  const path = toPath(positionals[0]);
  return withClient(await toServerArguments(values), (client, signal) =>
    values.recursive
      ? listTree(client, path, { isJson: values.json, signal })
      : listChildren(client, path, values.json),
  );
}

async function listChildren(client: ZooKeeperClient, path: string, isJson: boolean): Promise<void> {
  const { children, stat } = await client.getChildren(path);
  children.sort();
  if (isJson) await printJson({ path, children, stat: toJsonStat(stat) });
  else await print(children.map((name) => `${name}\n`).join(''));
}

export const lsCommand: Command = { help: HELP, run };
