import { once } from 'node:events';
import { codeOf, ZooKeeperError } from '../core/errors.js';
import { EmbeddedZooKeeper, type EmbeddedZooKeeperOptions } from '../embedded/index.js';
import { checkPositionals, parse, toNumber, toText } from './arguments.js';
import type { Command } from './command.js';
import { CommandError } from './command-error.js';
import { ExitCode } from './exit-code.js';
import { stderrLogger } from './stderr.js';

const HELP = `Usage: zk-recipes serve [--port 2181] [--host 127.0.0.1] [--data <folder>] [--tick-time 100]

Runs a ZooKeeper for development until it is interrupted. Port 0 chooses a free port.
With --data it keeps its znodes and sessions in that folder, and creates a missing
folder; without --data they are lost when it ends. Session timeouts are rounded up to
multiples of --tick-time, in ms.`;

const OPTIONS = {
  port: { type: 'string', default: '2181' },
  host: { type: 'string', default: '127.0.0.1' },
  data: { type: 'string' },
  'tick-time': { type: 'string', default: '100' },
} as const;

const HIGHEST_PORT = 65_535;
const LONGEST_TICK = 60_000;

/**
 * Runs the development server until SIGINT or SIGTERM, and returns the exit code. A second signal ends the process at
 * once.
 */
async function run(args: readonly string[]): Promise<number> {
  const options = toOptions(args);
  const ended = untilEnded();
  const server = await start(options);
  const keeps = options.dataDir === undefined ? 'in memory, gone when it ends' : `in ${options.dataDir}`;
  console.log(`zk-recipes: a ZooKeeper for development, connect to ${server.connectString} (data ${keeps})`);
  const how = await ended;
  await server.close();
  return how === 'interrupted' ? ExitCode.done : ExitCode.failed;
}

/** `beforeExit` comes when the server has ended by itself, after it has logged the reason. */
async function untilEnded(): Promise<'interrupted' | 'failed'> {
  const abort = new AbortController();
  const { signal } = abort;
  const interruptions = ['SIGINT', 'SIGTERM'].map((name) => once(process, name, { signal }));
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

function toOptions(args: readonly string[]): EmbeddedZooKeeperOptions {
  const { values, positionals } = parse(args, OPTIONS);
  checkPositionals(positionals, []);
  const { port, host, data, 'tick-time': tickTime } = values;
  return {
    port: toNumber('port', port, 0, HIGHEST_PORT),
    host: toText('host', host),
    tickTime: toNumber('tick-time', tickTime, 1, LONGEST_TICK),
    logger: stderrLogger,
    ...(data !== undefined && { dataDir: toText('data', data) }),
  };
}

export const serveCommand: Command = { help: HELP, run };
