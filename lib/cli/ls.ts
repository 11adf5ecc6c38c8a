import { checkPositionals, parse, SERVER_HELP, SERVER_OPTIONS, toPath, toServerArguments } from './arguments.js';
import type { Command } from './command.js';
import { toJsonStat } from './json.js';
import { print, printJson } from './output.js';
import { withClient } from './with-client.js';

const HELP = `Usage: zk-recipes ls <path> [options]

Prints the names of a znode's children, sorted, one per line. Exit code 3 when the
znode does not exist.

${SERVER_HELP}
  --json
      Prints one JSON object with path, children and stat.`;

const OPTIONS = { ...SERVER_OPTIONS, json: { type: 'boolean', default: false } } as const;

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, OPTIONS);
  checkPositionals(positionals, ['path']);
  const path = toPath(positionals[0]);
  return withClient(await toServerArguments(values), async (client) => {
    const { children, stat } = await client.getChildren(path);
    children.sort();
    if (values.json) await printJson({ path, children, stat: toJsonStat(stat) });
    else await print(children.map((name) => `${name}\n`).join(''));
  });
}

export const lsCommand: Command = { help: HELP, run };
