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
import { toJsonStat } from './json.js';
import { printJson } from './output.js';
import { toData } from './read-input.js';
import { withClient } from './with-client.js';

const HELP = `Usage: zk-recipes set <path> <data>|- [options]

Sets the data of a znode. With - it reads the data from stdin. Put data that begins
with a dash last, after --. Exit code 3 when the znode does not exist.

${SERVER_HELP}
  --version n
      Sets the data only of this version. Exit code 5 when the znode has another.
  --json
      Prints one JSON object with path and stat.`;

const OPTIONS = {
  ...SERVER_OPTIONS,
  version: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, OPTIONS);
  checkPositionals(positionals, ['path', 'data']);
  const path = toPath(positionals[0]);
  const version = toVersion(values.version);
  const servers = await toServerArguments(values);
  const data = await toData(positionals[1] ?? '');
  return withClient(servers, async (client) => {
    const stat = await client.setData(path, data, version);
    if (values.json) await printJson({ path, stat: toJsonStat(stat) });
  });
}

export const setCommand: Command = { help: HELP, run };
