import { quoteWord } from '../core/validation.js';
import {
  checkPositionals,
  parse,
  SERVER_HELP,
  SERVER_OPTIONS,
  toMilliseconds,
  toNumber,
  toPath,
  toServerArguments,
} from './arguments.js';
import { CallPrinter, type WatchedAspect } from './call-printer.js';
import type { Command } from './command.js';
import { printState } from './states.js';
import { UsageError } from './usage-error.js';
import { WATCHES } from './watch-aspects.js';
import { withClient } from './with-client.js';

const HELP = `Usage: zk-recipes watch data|children|settled <path> [options]

  watch data      prints the data of the znode, now and at each change
  watch children  prints the sorted names of its children, now and at each change
  watch settled   prints the names once they have not changed for a while, and again
                  after each change
The watch survives connection losses and session expiries, and prints the client's
states on stderr. When the znode does not exist, data and children wait for it; settled
ends with exit code 3.

${SERVER_HELP}
  --json
      Prints one JSON object per line, with path, event, time and, for data, the stat.
  --once
      Ends after the first call.
  --count n
      Ends after n calls.
  --boundary ms
      For settled: the time for which the children must not change. Default 30000.
Ctrl-C ends the command with exit code 130, SIGTERM with 143.`;

const OPTIONS = {
  ...SERVER_OPTIONS,
  json: { type: 'boolean', default: false },
  once: { type: 'boolean', default: false },
  count: { type: 'string' },
  boundary: { type: 'string' },
} as const;

const ASPECTS: readonly WatchedAspect[] = ['data', 'children', 'settled'];

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, OPTIONS);
  checkPositionals(positionals, ['of data, children and settled', 'path']);
  const aspect = toAspect(positionals[0]);
  const boundary = toMilliseconds('boundary', values.boundary, 0);
  if (boundary !== undefined && aspect !== 'settled') throw new UsageError('--boundary is for settled');
  const printer = new CallPrinter(aspect, toPath(positionals[1]), { isJson: values.json, limit: toLimit(values) });
  const servers = await toServerArguments(values);
  return withClient(servers, (client, signal) => WATCHES[aspect](client, printer, { signal, boundary }), printState);
}

function toAspect(name = ''): WatchedAspect {
  const aspect = ASPECTS.find((known) => known === name);
  if (aspect !== undefined) return aspect;
  throw new UsageError(`expected data, children or settled, not ${quoteWord(name, ASPECTS)}`);
}

function toLimit({ once, count }: { once: boolean; count?: string }): number {
  if (once && count !== undefined) throw new UsageError('--once is --count 1: give only one of them');
  if (count !== undefined) return toNumber('count', count, 1, Number.MAX_SAFE_INTEGER);
  return once ? 1 : Infinity;
}

export const watchCommand: Command = { help: HELP, run };
