import { isLoopback } from '../core/loopback.js';
import { SERVER_HELP, SERVER_OPTIONS, toNumber, toPath, toServerArguments } from './arguments.js';
import type { Command } from './command.js';
import { CODE_OF_SIGNAL, ExitCode, SIGNALS } from './exit-code.js';
import { readToken } from './gateway-options.js';
import { makeServices, nameServices, type ServicesOptions } from './gateway-services.js';
import { HttpServer } from './http-server.js';
import { checkPositionals, parse } from './parse.js';
import { printState } from './states.js';
import { printDiagnostic } from './stderr.js';
import { toText } from './to-text.js';
import { UsageError } from './usage-error.js';
import { withClient } from './with-client.js';

const HELP = `Usage: zk-recipes gateway [<path>] [--root <path>] [options]

Serves programs and pages that have no connection to ZooKeeper, until it is interrupted:
the changes of the znode and of all below it, and with --root the blobs of a storage.
They are used by zk-recipes subscribe --url, by zk-recipes blob --url, and by
zk-recipes/remote.

${SERVER_HELP}
  --root path
      Serves the blobs below this znode: /blobs is where zk-recipes blob keeps them.
  --writable
      Lets clients write and delete blobs.
  --port n, --host address
      Where it listens. Default 8080 and 127.0.0.1; port 0 chooses a free port.
  --token-file file
      Every client must have the token that is in the first line of the file, or in
      ZK_RECIPES_TOKEN, and send it as the header Authorization: Bearer <token>.
  --origin origin
      Pages of this origin may use it, such as https://app.example; * for all. May be given
      several times. Default: only pages of its own host.
  --max-filters n
      The most filters of a subscription. Default 100.
  --history n
      Deletions that are remembered, so that a client that missed them needs no list.
      Default 10000.
Ctrl-C and SIGTERM end it with exit code 0, after the requests that it still answers.`;

const OPTIONS = {
  ...SERVER_OPTIONS,
  root: { type: 'string' },
  writable: { type: 'boolean', default: false },
  port: { type: 'string', default: '8080' },
  host: { type: 'string', default: '127.0.0.1' },
  'token-file': { type: 'string' },
  origin: { type: 'string', multiple: true },
  'max-filters': { type: 'string' },
  history: { type: 'string' },
} as const;

const HIGHEST_PORT = 65_535;
const HIGHEST_COUNT = 1_000_000;

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, OPTIONS);
  checkPositionals(positionals, [], 1);
  const port = toNumber('port', values.port, 0, HIGHEST_PORT);
  const host = toText('host', values.host);
  const options = await toServicesOptions(values, positionals[0]);
  const servers = await toServerArguments(values);
  const isForAll = options.token === undefined;
  const isLocal = isLoopback(host);
  let close = async (): Promise<void> => {};
  const code = await withClient(
    servers,
    async (client) => {
      const services = makeServices(client, options);
      const server = await HttpServer.listen({ port, host, isNamedByAddress: isForAll && isLocal, ...services });
      close = () => server.close(services.end);
      if (isForAll && !isLocal) printDiagnostic('everybody who reaches it may use it: give a token by --token-file');
      console.log(`zk-recipes: a gateway for ${nameServices(options)}, at ${server.url}`);
      // Until an early end.
      await new Promise(() => {});
    },
    { onState: printState, onEnd: () => close() },
  );
  return SIGNALS.some((name) => CODE_OF_SIGNAL[name] === code) ? ExitCode.done : code;
}

interface Values {
  readonly root?: string;
  readonly writable: boolean;
  readonly 'token-file'?: string;
  readonly origin?: readonly string[];
  readonly 'max-filters'?: string;
  readonly history?: string;
}

async function toServicesOptions(values: Values, path: string | undefined): Promise<ServicesOptions> {
  const { root, writable, origin: origins = [], 'max-filters': maxFilters, history } = values;
  if (path === undefined && root === undefined) {
    throw new UsageError('which path? Name a znode whose changes are served, a --root of blobs, or both');
  }
  if (writable && root === undefined) throw new UsageError('--writable is for the blobs of a --root');
  for (const each of origins) checkOrigin(each);
  return {
    path: path === undefined ? undefined : toPath(path),
    root: root === undefined ? undefined : toPath(root),
    isWritable: writable,
    origins,
    token: await readToken(values['token-file']),
    limits: {
      ...(maxFilters !== undefined && { maxFilters: toNumber('max-filters', maxFilters, 1, HIGHEST_COUNT) }),
      ...(history !== undefined && { history: toNumber('history', history, 0, HIGHEST_COUNT) }),
    },
  };
}

function checkOrigin(origin: string): void {
  if (origin === '*' || (URL.canParse(origin) && new URL(origin).origin === origin)) return;
  throw new UsageError('--origin must be an origin such as https://app.example, or *');
}

export const gatewayCommand: Command = { help: HELP, options: OPTIONS, run };
