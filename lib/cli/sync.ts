import { SERVER_HELP, SERVER_OPTIONS, toServerArguments } from './arguments.js';
import type { Command } from './command.js';
import { parse } from './parse.js';
import { forEachPath, toPaths } from './several.js';
import { withClient } from './with-client.js';

const HELP = `Usage: zk-recipes sync <path>... [options]

Brings the server that it is connected to up to the leader, and prints nothing. It fails
when no server of a quorum answers, and so checks the health of the ensemble.

${SERVER_HELP}`;

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, SERVER_OPTIONS);
  const paths = toPaths(positionals);
  return withClient(await toServerArguments(values), (client, signal) =>
    forEachPath(paths, signal, (path) => client.sync(path)),
  );
}

export const syncCommand: Command = { help: HELP, options: SERVER_OPTIONS, run };
