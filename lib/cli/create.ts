import { type CreateMode, SessionExpiredError, type ZooKeeperClient } from '../../index.js';
import { invalidWord } from '../core/validation.js';
import { CREATE_MODES } from '../core/znode-arguments.js';
import {
  checkPositionals,
  parse,
  SERVER_HELP,
  SERVER_OPTIONS,
  toPath,
  toSequentialPath,
  toServerArguments,
} from './arguments.js';
import type { Command } from './command.js';
import { print, printJson } from './output.js';
import { toData } from './read-input.js';
import { UsageError } from './usage-error.js';
import { withClient } from './with-client.js';

const HELP = `Usage: zk-recipes create <path> [<data>|-] [options]

Creates a znode and prints its path. With - it reads the data from stdin. Put data that
begins with a dash last, after --. Exit code 5 when the znode exists, 3 when its parent
is missing.

${SERVER_HELP}
  --mode persistent|ephemeral|persistent-sequential|ephemeral-sequential|container
      Default persistent. With an ephemeral mode the command runs until it is
      interrupted or --timeout has passed, and the znode disappears with it.
  --parents
      Creates missing parents too.
  --json
      Prints one JSON object with the path.`;

const OPTIONS = {
  ...SERVER_OPTIONS,
  mode: { type: 'string', default: 'persistent' },
  parents: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const;

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, OPTIONS);
  checkPositionals(positionals, ['path'], 1);
  const mode = toMode(values.mode);
  const path = mode.endsWith('sequential') ? toSequentialPath(positionals[0]) : toPath(positionals[0]);
  const servers = await toServerArguments(values);
  const data = await toData(positionals[1] ?? '');
  return withClient(servers, async (client) => {
    const lost = untilLost(client);
    const created = await client.create(path, data, { mode, makePath: values.parents });
    await (values.json ? printJson({ path: created }) : print(`${created}\n`));
    if (mode.startsWith('ephemeral')) throw await lost;
  });
}

function toMode(name: string): CreateMode {
  const mode = CREATE_MODES.find((known) => known === name);
  if (mode === undefined) throw new UsageError(invalidWord('--mode', name, CREATE_MODES).message);
  return mode;
}

function untilLost(client: ZooKeeperClient): Promise<Error> {
  return new Promise((resolve) => {
    client.on('state', (state) => {
      if (state === 'lost') resolve(new SessionExpiredError('the session is lost, and the znode with it'));
    });
  });
}

export const createCommand: Command = { help: HELP, run };
