import type { Stat, ZooKeeperClient } from '../../index.js';
import { JSON_OPTION, SERVER_HELP, SERVER_OPTIONS, toPath, toServerArguments, toVersion } from './arguments.js';
import type { Command } from './command.js';
import { toJsonData, toJsonStat } from './json.js';
import { print, printJson } from './output.js';
import { checkPositionals, parse } from './parse.js';
import { PREVIOUS_OPTION, replacing } from './previous.js';
import { toData } from './read-input.js';
import { statLines } from './stat-lines.js';
import { withClient } from './with-client.js';

const HELP = `Usage: zk-recipes set <path> <data>|- [options]

Sets the data of a znode. With - it reads the data from stdin. Put data that begins
with a dash last, after --. Exit code 3 when the znode does not exist.

${SERVER_HELP}
  -v, --version n
      Sets the data only of this version. Exit code 5 when the znode has another.
  -p, --prev
      Prints the data that was replaced, byte for byte.
  -s, --stat
      Prints the new metadata.
  -j, --json
      Prints one JSON object with path and stat; with --prev also with previous, which
      has data, encoding and stat.`;

const OPTIONS = {
  ...SERVER_OPTIONS,
  version: { type: 'string', short: 'v' },
  ...PREVIOUS_OPTION,
  stat: { type: 'boolean', short: 's', default: false },
  ...JSON_OPTION,
} as const;

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, OPTIONS);
  checkPositionals(positionals, ['path', 'data']);
  const path = toPath(positionals[0]);
  const version = toVersion(values.version);
  const servers = await toServerArguments(values);
  let data: Buffer;
  const prepare = async (signal: AbortSignal): Promise<void> => {
    data = await toData(positionals[1] ?? '', signal);
  };
  const write = (client: ZooKeeperClient, expected: number): Promise<Stat> => client.setData(path, data, expected);
  const work = async (client: ZooKeeperClient, signal: AbortSignal): Promise<void> => {
    const { result: stat, previous } = values.prev
      ? await replacing(client, { path, version, signal }, (expected) => write(client, expected))
      : { result: await write(client, version), previous: undefined };
    if (values.json) {
      const old = previous && { previous: { ...toJsonData(previous.data), stat: toJsonStat(previous.stat) } };
      await printJson({ path, stat: toJsonStat(stat), ...old });
      return;
    }
    if (previous) await print(previous.data);
    if (values.stat) await print(`${previous ? '\n' : ''}${statLines(stat)}`);
  };
  return withClient(servers, work, { prepare });
}

export const setCommand: Command = { help: HELP, options: OPTIONS, run };
