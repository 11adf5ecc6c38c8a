import { JSON_OPTION, SERVER_HELP, SERVER_OPTIONS, toServerArguments } from './arguments.js';
import type { Command } from './command.js';
import { print, printJson } from './output.js';
import { checkPositionals, parse } from './parse.js';
import { withClient } from './with-client.js';

const HELP = `Usage: zk-recipes whoami [options]

Prints the identities that the servers know this client by, one per line as scheme:id: its
address, and those of its credentials. Servers have it since ZooKeeper 3.7.

${SERVER_HELP}
  -j, --json
      Prints one JSON object with identities.`;

const OPTIONS = { ...SERVER_OPTIONS, ...JSON_OPTION } as const;

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, OPTIONS);
  checkPositionals(positionals, []);
  return withClient(await toServerArguments(values), async (client) => {
    const identities = await client.whoAmI();
    if (values.json) await printJson({ identities });
    else await print(identities.map(({ scheme, id }) => `${scheme}:${id}\n`).join(''));
  });
}

export const whoamiCommand: Command = { help: HELP, options: OPTIONS, takesPaths: false, run };
