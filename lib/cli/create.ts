import { SessionExpiredError, type ZooKeeperClient } from '../../index.js';
import { ACL_HELP, toAcl } from './acl/acl-text.js';
import {
  JSON_OPTION,
  SERVER_HELP,
  SERVER_OPTIONS,
  toNumber,
  toPath,
  toSequentialPath,
  toServerArguments,
} from './arguments.js';
import type { Command } from './command.js';
import { MODE_OPTIONS, toMode } from './create-mode.js';
import { print, printJson } from './output.js';
import { checkPositionals, parse } from './parse.js';
import { toData } from './read-input.js';
import { UsageError } from './usage-error.js';
import { withClient } from './with-client.js';

const HELP = `Usage: zk-recipes create <path> [<data>|-] [options]

Creates a znode and prints its path. With - it reads the data from stdin. Put data that
begins with a dash last, after --. Exit code 5 when the znode exists, 3 when its parent
is missing.

${SERVER_HELP}
  -m, --mode persistent|ephemeral|persistent-sequential|ephemeral-sequential|container
      Default persistent. With an ephemeral mode the command runs until it is
      interrupted or --timeout has passed, and the znode disappears with it.
  -e, --ephemeral, -s, --sequential, -c, --container
      The same as in zkCli, in place of --mode.
  -t, --ttl ms
      Lets servers delete the znode when it was not changed for this time and has no
      children. They refuse it unless zookeeper.extendedTypesEnabled is set.
  -a, --acl acl
      The access control list. Default world:anyone:cdrwa. May be given several times.
${ACL_HELP.replaceAll(/^ {2}/gm, '      ')}
  -p, --parents
      Creates missing parents too.
  -j, --json
      Prints one JSON object with the path.`;

const OPTIONS = {
  ...SERVER_OPTIONS,
  ...MODE_OPTIONS,
  ttl: { type: 'string', short: 't' },
  acl: { type: 'string', short: 'a', multiple: true },
  parents: { type: 'boolean', short: 'p', default: false },
  ...JSON_OPTION,
} as const;

/** ZooKeeper keeps a TTL in 40 bits. */
const LONGEST_TTL = 2 ** 40 - 1;

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, OPTIONS);
  checkPositionals(positionals, ['path'], 1);
  const mode = toMode(values);
  const path = mode.endsWith('sequential') ? toSequentialPath(positionals[0]) : toPath(positionals[0]);
  const ttl = values.ttl === undefined ? {} : { ttl: toNumber('ttl', values.ttl, 1, LONGEST_TTL) };
  if (values.ttl !== undefined && !mode.startsWith('persistent')) {
    throw new UsageError(`--ttl is for persistent znodes, not for ${mode}`);
  }
  const acl = values.acl && { acl: toAcl(values.acl) };
  const servers = await toServerArguments(values);
  let data: Buffer;
  const prepare = async (signal: AbortSignal): Promise<void> => {
    data = await toData(positionals[1] ?? '', signal);
  };
  const work = async (client: ZooKeeperClient): Promise<void> => {
    const lost = mode.startsWith('ephemeral') && !servers.shared && untilLost(client);
    const created = await client.create(path, data, { mode, ...ttl, ...acl, makePath: values.parents });
    await (values.json ? printJson({ path: created }) : print(`${created}\n`));
    if (lost) throw await lost;
  };
  return withClient(servers, work, { prepare });
}

function untilLost(client: ZooKeeperClient): Promise<Error> {
  return new Promise((resolve) => {
    client.on('state', (state) => {
      if (state === 'lost') resolve(new SessionExpiredError('the session is lost, and the znode with it'));
    });
  });
}

export const createCommand: Command = { help: HELP, options: OPTIONS, run };
