import type { ZooKeeperClient } from '../../index.js';
import { JSON_OPTION, SERVER_HELP, SERVER_OPTIONS, toServerArguments } from './arguments.js';
import type { Command } from './command.js';
import { toJsonStat } from './json.js';
import { listTree } from './list-tree.js';
import { print, printJson } from './output.js';
import { parse } from './parse.js';
import { forEachPath, toPaths } from './several.js';
import { statLines } from './stat-lines.js';
import { UsageError } from './usage-error.js';
import { withClient } from './with-client.js';

const HELP = `Usage: zk-recipes ls <path>... [options]

Prints the names of a znode's children, sorted, one per line. With several paths, each
begins with a line that has the path and a colon. Exit code 3 when the znode does not
exist.

${SERVER_HELP}
  -s, --stat
      Prints the metadata of the znode after the names.
  -R, --recursive
      Prints the paths of the znode and of all znodes below it, parents before their
      children and siblings sorted by name. Exit code 1 when some of them may not be
      read, after all others were printed.
  --ephemeral
      With --recursive: only ephemeral znodes, those of all sessions.
  --total
      With --recursive: prints only the number of znodes.
  -j, --json
      Prints one JSON object with path, children and stat; with --recursive one per
      line and znode, with path and stat; with --total one with path and total.`;

const OPTIONS = {
  ...SERVER_OPTIONS,
  stat: { type: 'boolean', short: 's', default: false },
  recursive: { type: 'boolean', short: 'R', default: false },
  ephemeral: { type: 'boolean', default: false },
  total: { type: 'boolean', default: false },
  ...JSON_OPTION,
} as const;

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, OPTIONS);
  const paths = toPaths(positionals);
  const { recursive, ephemeral, total, stat, json: isJson } = values;
  if (!recursive && (ephemeral || total)) throw new UsageError('--ephemeral and --total are for --recursive (-R)');
  if (recursive && stat) throw new UsageError('--stat is not for --recursive: --json has the metadata of each znode');
  return withClient(await toServerArguments(values), (client, signal) =>
    forEachPath(paths, signal, async (path) => {
      if (recursive) return listTree(client, path, { isJson, isEphemeral: ephemeral, isTotal: total, signal });
      if (paths.length > 1 && !isJson) await print(`${path}:\n`);
      return listChildren(client, path, { isJson, hasStat: stat });
    }),
  );
}

async function listChildren(
  client: ZooKeeperClient,
  path: string,
  { isJson, hasStat }: { readonly isJson: boolean; readonly hasStat: boolean },
): Promise<void> {
  const { children, stat } = await client.getChildren(path);
  children.sort();
  if (isJson) await printJson({ path, children, stat: toJsonStat(stat) });
  else await print(children.map((name) => `${name}\n`).join('') + (hasStat ? statLines(stat) : ''));
}

export const lsCommand: Command = { help: HELP, options: OPTIONS, run };
