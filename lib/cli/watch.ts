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
import { CallProgram } from './call-program.js';
import type { Command } from './command.js';
import { printCall, printJsonCall } from './print-call.js';
import { printState } from './states.js';
import { UsageError } from './usage-error.js';
import { WATCHES } from './watch-aspects.js';
import { type Call, WatchCalls, type WatchedAspect } from './watch-calls.js';
import { withClient } from './with-client.js';

const HELP = `Usage: zk-recipes watch data|children|settled <path> [options] [-- <program> [<argument>...]]

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
  -- <program> [<argument>...]
      Runs the program once per call, one at a time, instead of printing: it reads the data
      or the names, one per line, from stdin; with --json the object. Changes during a run
      are coalesced. Its environment has ZK_RECIPES_TYPE, ZK_RECIPES_PATH,
      ZK_RECIPES_TIME, ZK_RECIPES_EVENT, ZK_RECIPES_EXISTS and, for data,
      ZK_RECIPES_VERSION and ZK_RECIPES_MZXID. There is no shell. A failure is reported
      on stderr, and the watch goes on.
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
  const { own, command } = splitAtProgram(args);
  const { values, positionals } = parse(own, OPTIONS);
  checkPositionals(positionals, ['of data, children and settled', 'path']);
  const aspect = toAspect(positionals[0]);
  const boundary = toMilliseconds('boundary', values.boundary, 0);
  if (boundary !== undefined && aspect !== 'settled') throw new UsageError('--boundary is for settled');
  const path = toPath(positionals[1]);
  const limit = toLimit(values);
  const servers = await toServerArguments(values);
  const program = command && new CallProgram(command, { isJson: values.json, connect: servers.connect });
  const print = values.json ? printJsonCall : printCall;
  const calls = new WatchCalls(aspect, path, program ? (call: Call) => program.run(call) : print, limit);
  return withClient(servers, (client, signal) => WATCHES[aspect](client, calls, { signal, boundary }), {
    onState: printState,
    onEnd: async () => program?.end(),
  });
}

/** Separates the arguments from the program after `--`, whose arguments are its own. */
function splitAtProgram(args: readonly string[]) {
  const end = args.indexOf('--');
  if (end < 0) return { own: args, command: null };
  const [program, ...rest] = args.slice(end + 1);
  if (!program) throw new UsageError('which program after --?');
  return { own: args.slice(0, end), command: [program, ...rest] as const };
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
