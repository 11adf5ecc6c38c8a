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
import { END_OPTIONS, TREE_OPTIONS, toFollowOptions, toLimit } from './follow-options.js';
import { callPrinter } from './print-call.js';
import { printState } from './states.js';
import { UsageError } from './usage-error.js';
import { WATCHES } from './watch-aspects.js';
import { type Call, WatchCalls, type WatchedAspect } from './watch-calls.js';
import { withClient } from './with-client.js';

const HELP = `Usage: zk-recipes watch data|children|settled|tree <path> [options]
                        [-- <program> [<argument>...]]

  watch data      prints the data of the znode, now and at each change
  watch children  prints the sorted names of its children, now and at each change
  watch settled   prints the names once they have not changed for a while, and again
                  after each change
  watch tree      prints the number of znodes, and for each of them, and for each change
                  of the znode or below it, a line: created, modified or deleted, and the
                  path
The watch survives connection losses and session expiries, and prints the client's
states on stderr. When the znode does not exist, data, children and tree wait for it;
settled ends with exit code 3.

${SERVER_HELP}
  --json
      Prints one JSON object per line, with path, event, time and, for data, the stat; for
      tree one per change, with type, path, zxid, data, stat and position.
  --once
      Ends after the first call.
  --count n
      Ends after n calls. A call of tree can have many changes.
  --boundary ms
      For settled: the time for which the children must not change. Default 30000.
  --depth n
      For tree: the number of levels below the znode. Default: all.
  --no-data
      For tree: leaves out the data, which is only printed with --json.
  --since zxid
      For tree: begins with the changes after this position, in place of all znodes.
      Deletions since then are not reported.
  --idle ms
      For tree: ends, with exit code 0, when nothing has changed for this time.
  -- <program> [<argument>...]
      Runs the program once per call, one at a time, instead of printing: it reads the
      data, or the names or changes, one per line, from stdin; with --json the objects.
      Changes during a run are coalesced. Its environment has ZK_RECIPES_TYPE,
      ZK_RECIPES_PATH, ZK_RECIPES_TIME, ZK_RECIPES_EXISTS; but for tree ZK_RECIPES_EVENT;
      for data ZK_RECIPES_VERSION and ZK_RECIPES_MZXID; for tree ZK_RECIPES_SIZE and
      ZK_RECIPES_POSITION. There is no shell. A failure is reported on stderr, and the
      watch goes on.
Ctrl-C ends the command with exit code 130, SIGTERM with 143.`;

const OPTIONS = {
  ...SERVER_OPTIONS,
  json: { type: 'boolean', default: false },
  ...END_OPTIONS,
  boundary: { type: 'string' },
  depth: { type: 'string' },
  ...TREE_OPTIONS,
} as const;

/** The options of one aspect alone. */
const OPTIONS_OF = { settled: ['boundary'], tree: ['depth', ...Object.keys(TREE_OPTIONS)] };

const ASPECTS: readonly WatchedAspect[] = ['data', 'children', 'settled', 'tree'];

async function run(args: readonly string[]): Promise<number> {
  const { own, command } = splitAtProgram(args);
  const { values, positionals } = parse(own, OPTIONS);
  checkPositionals(positionals, ['of data, children, settled and tree', 'path']);
  const aspect = toAspect(positionals[0]);
  checkOptionsOf(aspect, values);
  const boundary = toMilliseconds('boundary', values.boundary, 0);
  const depth = values.depth === undefined ? Infinity : toNumber('depth', values.depth, 0, Number.MAX_SAFE_INTEGER);
  const treeOptions = { ...toFollowOptions(values), depth };
  const path = toPath(positionals[1]);
  const limit = toLimit(values);
  const servers = await toServerArguments(values);
  const program = command && new CallProgram(command, { isJson: values.json, connect: servers.connect });
  return withClient(
    servers,
    (client, signal) => {
      const receive = program ? (call: Call) => program.run(call) : callPrinter(values.json, signal);
      const calls = new WatchCalls(aspect, path, receive, limit);
      return WATCHES[aspect](client, calls, { signal, boundary, treeOptions });
    },
    { onState: printState, onEnd: async () => program?.end() },
  );
}

/** Throws when an option of another aspect is given. */
function checkOptionsOf(aspect: WatchedAspect, values: Readonly<Record<string, unknown>>): void {
  for (const [owner, names] of Object.entries(OPTIONS_OF)) {
    const stray = owner === aspect ? undefined : names.find((name) => values[name] !== undefined);
    if (stray !== undefined) throw new UsageError(`--${stray} is for ${owner}`);
  }
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
  throw new UsageError(`expected data, children, settled or tree, not ${quoteWord(name, ASPECTS)}`);
}

export const watchCommand: Command = { help: HELP, run };
