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
import type { Command } from './command.js';
import { sayState } from './states.js';
import { UsageError } from './usage-error.js';
import { Calls } from './watch-calls.js';
import { KINDS, type WatchKind } from './watch-kinds.js';
import { withClient } from './with-client.js';

const HELP = `Usage: zk-recipes watch data|children|settled <path> [options]

  watch data      prints the data of the znode, now and at each change
  watch children  prints the sorted names of its children, now and at each change
  watch settled   prints the names once they have not changed for a while, and again
                  after each change
Connection losses and session expiries are survived, and told on stderr. A missing
znode is waited for by data and children; settled ends with exit code 3.

${SERVER_HELP}
  --json
      One JSON object a line, with path, event, time and, of data, the stat.
  --once
      Ends after the first call.
  --count n
      Ends after so many calls.
  --boundary ms
      Of settled: how long the children must not change. Default 30000.
Ctrl-C ends it with exit code 130, SIGTERM with 143.`;

const OPTIONS = {
  ...SERVER_OPTIONS,
  json: { type: 'boolean', default: false },
  once: { type: 'boolean', default: false },
  count: { type: 'string' },
  boundary: { type: 'string' },
} as const;

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, OPTIONS);
  checkPositionals(positionals, ['of data, children and settled', 'path']);
  const kind = toKind(positionals[0]);
  const boundary = toMilliseconds('boundary', values.boundary, 0);
  if (boundary !== undefined && kind !== 'settled') throw new UsageError('--boundary is for settled');
  const calls = new Calls(kind, toPath(positionals[1]), { isJson: values.json, limit: toLimit(values) });
  const servers = toServerArguments(values);
  return withClient(servers, (client, signal) => KINDS[kind](client, calls, { signal, boundary }), sayState);
}

function toKind(name = ''): WatchKind {
  if (name === 'data' || name === 'children' || name === 'settled') return name;
  throw new UsageError(`what to watch is data, children or settled, not ${JSON.stringify(name)}`);
}

function toLimit({ once, count }: { once: boolean; count?: string }): number {
  if (once && count !== undefined) throw new UsageError('--once is --count 1: give one of both');
  if (count !== undefined) return toNumber('count', count, 1, Number.MAX_SAFE_INTEGER);
  return once ? 1 : Infinity;
}

export const watchCommand: Command = { help: HELP, run };
