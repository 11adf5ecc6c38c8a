import { checkPositionals, parse, SERVER_HELP, SERVER_OPTIONS, toPath, toServerArguments } from './arguments.js';
import type { Command } from './command.js';
import { toJsonData, toJsonStat } from './json.js';
import { print, printJson } from './output.js';
import { withClient } from './with-client.js';

const HELP = `Usage: zk-recipes get <path> [options]

Prints the data of a znode, byte for byte. Exit code 3 when the znode does not exist.

${SERVER_HELP}
  --json
      Prints one JSON object with path, data, encoding and stat.`;

const OPTIONS = { ...SERVER_OPTIONS, json: { type: 'boolean', default: false } } as const;

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, OPTIONS);
  checkPositionals(positionals, ['path']);
  const path = toPath(positionals[0]);
  return withClient(await toServerArguments(values), async (client) => {
    const { data, stat } = await client.getData(path);
    await (values.json ? printJson({ path, ...toJsonData(data), stat: toJsonStat(stat) }) : print(data));
  });
}

export const getCommand: Command = { help: HELP, run };
