import { NoNodeError } from '../../index.js';
import { JSON_OPTION, SERVER_HELP, SERVER_OPTIONS, toServerArguments } from './arguments.js';
import type { Command } from './command.js';
import { toJsonStat } from './json.js';
import { print, printJson } from './output.js';
import { parse } from './parse.js';
import { forEachPath, toPaths } from './several.js';
import { statLines } from './stat-lines.js';
import { withClient } from './with-client.js';

const HELP = `Usage: zk-recipes stat <path>... [options]

Prints the metadata of a znode, without its data: zxids in hexadecimal, times in UTC. With
several paths, each begins with a line that has the path. Exit code 3 when the znode does
not exist.

${SERVER_HELP}
  -j, --json
      Prints one JSON object with path and stat per znode.`;

const OPTIONS = { ...SERVER_OPTIONS, ...JSON_OPTION } as const;

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, OPTIONS);
  const paths = toPaths(positionals);
  return withClient(await toServerArguments(values), (client, signal) =>
    forEachPath(paths, signal, async (path) => {
      const stat = await client.exists(path);
      if (!stat) throw new NoNodeError(`there is no znode ${path} (NO_NODE)`, { path });
      if (values.json) return printJson({ path, stat: toJsonStat(stat) });
      return print(`${paths.length > 1 ? `${path}\n` : ''}${statLines(stat)}`);
    }),
  );
}

export const statCommand: Command = { help: HELP, options: OPTIONS, run };
