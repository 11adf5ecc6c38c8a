import { JSON_OPTION, SERVER_HELP, SERVER_OPTIONS, toServerArguments } from './arguments.js';
import type { Command } from './command.js';
import { toJsonData, toJsonStat } from './json.js';
import { print, printJson } from './output.js';
import { parse } from './parse.js';
import { forEachPath, toPaths } from './several.js';
import { statLines } from './stat-lines.js';
import { withClient } from './with-client.js';

const HELP = `Usage: zk-recipes get <path>... [options]

Prints the data of a znode, byte for byte; of several, one after the other. Exit code 3
when a znode does not exist.

${SERVER_HELP}
  -s, --stat
      Prints the metadata too, on lines of its own.
  -j, --json
      Prints one JSON object with path, data, encoding and stat per znode.`;

const OPTIONS = { ...SERVER_OPTIONS, stat: { type: 'boolean', short: 's', default: false }, ...JSON_OPTION } as const;

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, OPTIONS);
  const paths = toPaths(positionals);
  return withClient(await toServerArguments(values), (client, signal) =>
    forEachPath(paths, signal, async (path) => {
      const { data, stat } = await client.getData(path);
      if (values.json) return printJson({ path, ...toJsonData(data), stat: toJsonStat(stat) });
      await print(data);
      return values.stat && print(`\n${statLines(stat)}`);
    }),
  );
}

export const getCommand: Command = { help: HELP, options: OPTIONS, run };
