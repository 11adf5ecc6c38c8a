import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Authorize, createEventGateway, toNodeListener } from '../http/index.js';
import { codeOf } from '../core/errors.js';
import { isLoopback } from '../core/loopback.js';
import {
  checkPositionals,
  parse,
  SERVER_HELP,
  SERVER_OPTIONS,
  toNumber,
  toPath,
  toServerArguments,
} from './arguments.js';
import type { Command } from './command.js';
import { CommandError } from './command-error.js';
import { authorization } from './secret-files.js';
import { printState } from './states.js';
import { printDiagnostic } from './stderr.js';
import { toText } from './to-text.js';
import { UsageError } from './usage-error.js';
import { withClient } from './with-client.js';

const HELP = `Usage: zk-recipes gateway <path> [options]

Hands the changes of the znode and of all below it to programs and pages, over WebSocket
and long polling, until it is interrupted. Follow them with
zk-recipes subscribe --url http://host:port/events

${SERVER_HELP}
  --port 8080
      Where it listens. Port 0 chooses a free port.
  --host 127.0.0.1
      The address that it listens on.
  --origin https://app.example
      Pages of this origin may subscribe; * for all. May be given several times. Default:
      only pages of the gateway's own host.
  --max-filters 100
      The most filters of a client.
  --history 10000
      Deletions that are remembered, so that a client that missed them needs no list.
With a value in ZK_RECIPES_AUTHORIZATION every client must send it as the header
Authorization. Ctrl-C ends the command with exit code 130, SIGTERM with 143.`;

const OPTIONS = {
  ...SERVER_OPTIONS,
  port: { type: 'string', default: '8080' },
  host: { type: 'string', default: '127.0.0.1' },
  origin: { type: 'string', multiple: true },
  'max-filters': { type: 'string' },
  history: { type: 'string' },
} as const;

const HIGHEST_PORT = 65_535;
const HIGHEST_COUNT = 1_000_000;

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, OPTIONS);
  checkPositionals(positionals, ['path']);
  const path = toPath(positionals[0]);
  const port = toNumber('port', values.port, 0, HIGHEST_PORT);
  const host = toText('host', values.host);
  const { origin: origins, 'max-filters': maxFilters, history } = values;
  for (const origin of origins ?? []) checkOrigin(origin);
  const token = authorization();
  const options = {
    ...(origins && { origins }),
    ...(maxFilters !== undefined && { maxFilters: toNumber('max-filters', maxFilters, 1, HIGHEST_COUNT) }),
    ...(history !== undefined && { history: toNumber('history', history, 0, HIGHEST_COUNT) }),
    ...(token !== undefined && { authorize: demand(token) }),
  };
  const servers = await toServerArguments(values);
  let close = async (): Promise<void> => {};
  return withClient(
    servers,
    async (client) => {
      const gateway = createEventGateway(client, path, options);
      const server = createServer(toNodeListener(gateway.handler)).on('upgrade', gateway.upgrade);
      close = async () => {
        await gateway.close();
        server.closeAllConnections();
        server.close();
      };
      server.listen(port, host);
      await once(server, 'listening').catch((error: unknown) => {
        throw new CommandError(toReason(error, host, port), { cause: error });
      });
      const { port: own } = server.address() as AddressInfo;
      if (token === undefined && !isLoopback(host)) {
        printDiagnostic('everybody who reaches it can read the znodes: set ZK_RECIPES_AUTHORIZATION');
      }
      console.log(`zk-recipes: the changes of ${path} are at http://${host.includes(':') ? `[${host}]` : host}:${own}/events`);
      // Until an early end.
      await new Promise(() => {});
    },
    { onState: printState, onEnd: () => close() },
  );
}

/** Compares digests, so that the time says nothing about the value. */
function demand(token: string): Authorize {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const expected = digest(token);
  return (request) => timingSafeEqual(digest(request.headers.get('authorization') ?? ''), expected);
}

function checkOrigin(origin: string): void {
  if (origin === '*' || (URL.canParse(origin) && new URL(origin).origin === origin)) return;
  throw new UsageError('--origin must be an origin such as https://app.example, or *');
}

function toReason(error: unknown, host: string, port: number): string {
  if (codeOf(error) !== 'EADDRINUSE') return `it cannot listen at port ${port} of ${host} (${codeOf(error)})`;
  return `port ${port} of ${host} is in use: stop its process, or choose another port with --port`;
}

export const gatewayCommand: Command = { help: HELP, run };
