import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { EmbeddedZooKeeper, type EmbeddedZooKeeperOptions } from '../embedded/index.js';
import { InvalidArgumentError } from '../errors.js';
import { UsageError } from './usage-error.js';

export const SERVE_HELP = `  zk-recipes serve [--port 2181] [--host 127.0.0.1] [--data <folder>] [--tick-time <ms>]
      Runs a ZooKeeper for development until it is interrupted. With --data it keeps
      its znodes and sessions in that folder; without, they are gone when it ends.`;

const OPTIONS = {
  port: { type: 'string', default: '2181' },
  host: { type: 'string' },
  data: { type: 'string' },
  'tick-time': { type: 'string' },
} as const;

/**
 * Runs the development server until SIGINT or SIGTERM.
 *
 * @throws UsageError for arguments that make no sense.
 */
export async function serve(args: readonly string[]): Promise<void> {
  const { data, ...options } = toOptions(args);
  const interrupted = Promise.race(['SIGINT', 'SIGTERM'].map((signal) => once(process, signal)));
  const server = await start({ ...options, ...(data !== undefined && { dataDir: data }) });
  const keeps = data === undefined ? 'in memory, gone when it ends' : `in ${data}`;
  console.log(`zk-recipes: a ZooKeeper for development, connect to ${server.connectString} (data ${keeps})`);
  await interrupted;
  await server.close();
}

async function start(options: EmbeddedZooKeeperOptions): Promise<EmbeddedZooKeeper> {
  try {
    return await EmbeddedZooKeeper.start(options);
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw new UsageError(error.message);
    throw error;
  }
}

interface ServeOptions extends EmbeddedZooKeeperOptions {
  readonly data?: string;
}

function toOptions(args: readonly string[]): ServeOptions {
  const { port, host, data, 'tick-time': tickTime } = parse(args);
  return {
    port: toNumber('port', port),
    ...(host !== undefined && { host }),
    ...(data !== undefined && { data }),
    ...(tickTime !== undefined && { tickTime: toNumber('tick-time', tickTime) }),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function toNumber(name: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new UsageError(`--${name} must be a number, but is ${JSON.stringify(text)}`);
  return Number(text);
}
