import { once } from 'node:events';
import { codeOf, ZooKeeperError } from '../core/errors.js';
import { EmbeddedZooKeeper, type EmbeddedZooKeeperOptions } from '../embedded/index.js';
import { toNumber } from './arguments.js';
import type { Command } from './command.js';
import { CommandError } from './command-error.js';
import { ExitCode, SIGNALS } from './exit-code.js';
import { checkPositionals, parse } from './parse.js';
import { toServerSecurity } from './server-security.js';
import { stderrLogger } from './stderr.js';
import { toText } from './to-text.js';
import { TRANSPORT_OPTIONS } from './transport-options.js';

const HELP = `Usage: zk-recipes serve [--port 2181] [--host 127.0.0.1] [--data <folder>] [--tick-time 100]
                        [--tls --cert <file> --key <file> [--ca <file>]]
                        [--sasl-user <name> [--sasl-password-file <file>]]

Runs a ZooKeeper for development until it is interrupted. Port 0 chooses a free port.
With --data it keeps its znodes and sessions in that folder, and creates a missing
folder; without --data they are lost when it ends. Session timeouts are rounded up to
multiples of --tick-time, in ms.

With --tls the port speaks TLS alone, with a certificate and a key in PEM. An encrypted key
needs its passphrase in the environment variable ZK_RECIPES_TLS_PASSPHRASE. With --ca every
client must have a certificate of that authority.
With --sasl-user clients may authenticate by SASL with DIGEST-MD5. The password is in the
environment variable ZK_RECIPES_SASL_PASSWORD, or in the first line of the file.`;

const OPTIONS = {
  port: { type: 'string', default: '2181' },
  host: { type: 'string', default: '127.0.0.1' },
  data: { type: 'string' },
  'tick-time': { type: 'string', default: '100' },
  ...TRANSPORT_OPTIONS,
} as const;

const HIGHEST_PORT = 65_535;
const LONGEST_TICK = 60_000;

/**
 * Runs the development server until SIGHUP, SIGINT or SIGTERM, and returns the exit code. A second signal ends the
 * process at once.
 */
async function run(args: readonly string[]): Promise<number> {
  const options = await toOptions(args);
  const ended = untilEnded();
  const server = await start(options);
  const keeps = options.dataDir === undefined ? 'in memory, gone when it ends' : `in ${options.dataDir}`;
  const where = options.tls ? `${server.connectString} over TLS` : server.connectString;
  console.log(`zk-recipes: a ZooKeeper for development, connect to ${where} (data ${keeps})`);
  const how = await ended;
  await server.close();
  return how === 'interrupted' ? ExitCode.done : ExitCode.failed;
}

/** `beforeExit` comes when the server has ended by itself, after it has logged the reason. */
async function untilEnded(): Promise<'interrupted' | 'failed'> {
  const abort = new AbortController();
  const { signal } = abort;
  const interruptions = SIGNALS.map((name) => once(process, name, { signal }));
  const how = await Promise.race([
    ...interruptions.map((interruption) => interruption.then(() => 'interrupted' as const)),
    once(process, 'beforeExit', { signal }).then(() => 'failed' as const),
  ]);
  abort.abort();
  return how;
}

async function start(options: EmbeddedZooKeeperOptions): Promise<EmbeddedZooKeeper> {
  try {
    return await EmbeddedZooKeeper.start(options);
  } catch (error) {
    const isTaken = error instanceof ZooKeeperError && codeOf(error.cause) === 'EADDRINUSE';
    if (!isTaken) throw error;
    const { host, port } = options;
    const message = `port ${port} of ${host} is in use: stop its process, or choose another port with --port`;
    throw new CommandError(message, { cause: error });
  }
}

async function toOptions(args: readonly string[]): Promise<EmbeddedZooKeeperOptions> {
  const { values, positionals } = parse(args, OPTIONS);
  checkPositionals(positionals, []);
  const { port, host, data, 'tick-time': tickTime } = values;
  return {
    port: toNumber('port', port, 0, HIGHEST_PORT),
    host: toText('host', host),
    tickTime: toNumber('tick-time', tickTime, 1, LONGEST_TICK),
    logger: stderrLogger,
    ...(data !== undefined && { dataDir: toText('data', data) }),
    ...(await toServerSecurity(values)),
  };
}

export const serveCommand: Command = { help: HELP, options: OPTIONS, takesPaths: false, run };
