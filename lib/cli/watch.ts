import { quote, quoteWord } from '../core/validation.js';
import { JSON_OPTION, SERVER_HELP, SERVER_OPTIONS, toDepth, toMilliseconds, toServerArguments } from './arguments.js';
import { CallProgram } from './call-program.js';
import type { Command } from './command.js';
import { END_OPTIONS, TREE_OPTIONS, toFollowOptions, toLimit } from './follow-options.js';
import { parse } from './parse.js';
import { PREVIOUS_OPTION } from './previous.js';
import { callPrinter } from './print-call.js';
import { oneAtATime, toPaths } from './several.js';
import { STATE_HELP, STATE_OPTIONS, statePrinter } from './states.js';
import { UsageError } from './usage-error.js';
import { WATCHES } from './watch-aspects.js';
import { type Call, WatchCalls, type WatchedAspect } from './watch-calls.js';
import { withClient } from './with-client.js';

const HELP = `Usage: zk-recipes watch data|children|settled|tree <path>... [options] [-- <program>]

  watch data      prints the data of the znode, now and at each change
  watch children  prints the sorted names of its children, now and at each change
  watch settled   prints the names once they have not changed for a while, and again
                  after each change
  watch tree      prints the number of znodes, and for each of them, and for each change
                  of the znode or below it, a line: created, modified or deleted, and the
                  path
The watch survives connection losses and session expiries. On stderr it prints the client's
states, and a line for each call: the time, the event, the path, and the version of the data
or the number of children. With several paths, each has a watch of its own, and a line with
the path stands before its data or names. When the znode does not exist, data, children and
tree wait for it; settled ends with exit code 3.

${SERVER_HELP}
  -j, --json
      Prints one JSON object per line, with path, event, time and, for data, the stat; for
      tree one per change, with type, path, zxid, data, stat and position.
  -p, --prev
      Prints the state of the call before too: its lines after "- ", those of the new one
      after "+ "; with --json as previous, also for tree.
  -1, --once
      Ends after the first call of each path.
  -n, --count n
      Ends after n calls of each path. A call of tree can have many changes.
${STATE_HELP}
  -b, --boundary ms
      For settled: the time for which the children must not change. Default 30000.
  -d, --depth n
      For tree: the number of levels below the znode. Default: all.
  --no-data
      For tree: leaves out the data, which is only printed with --json.
  --since zxid
      For tree: begins with the changes after this position, in place of all znodes.
      Deletions since then are not reported.
  --idle ms
      For tree: ends, with exit code 0, when nothing has changed for this time.
  -- <program> [<argument>...]
      Comes last. Runs the program once per call, one at a time, instead of printing: it
      reads the data, or the names or changes, one per line, from stdin; with --json the
      objects. Changes during a run are coalesced. Its environment has ZK_RECIPES_TYPE,
      ZK_RECIPES_PATH, ZK_RECIPES_TIME, ZK_RECIPES_EXISTS; but for tree ZK_RECIPES_EVENT;
      for data ZK_RECIPES_VERSION and ZK_RECIPES_MZXID; for tree ZK_RECIPES_SIZE and
      ZK_RECIPES_POSITION. There is no shell. A failure is reported on stderr, and the
      watch goes on.
Ctrl-C ends the command with exit code 130, SIGTERM with 143.`;

const OPTIONS = {
  ...SERVER_OPTIONS,
  ...JSON_OPTION,
  ...END_OPTIONS,
  boundary: { type: 'string', short: 'b' },
  depth: { type: 'string', short: 'd' },
  ...TREE_OPTIONS,
  ...PREVIOUS_OPTION,
  ...STATE_OPTIONS,
} as const;

/** The options of one aspect alone. */
const OPTIONS_OF = { settled: ['boundary'], tree: ['depth', ...Object.keys(TREE_OPTIONS)] };

const ASPECTS: readonly WatchedAspect[] = ['data', 'children', 'settled', 'tree'];

async function run(args: readonly string[]): Promise<number> {
  const { own, command } = splitAtProgram(args);
  const { values, positionals } = parse(own, OPTIONS);
  const { json: isJson, quiet: isQuiet, prev: hasPrevious } = values;
  const [kind, ...rest] = positionals;
  const aspect = toAspect(kind);
  const paths = toPaths(rest);
  checkOptionsOf(aspect, values);
  if (hasPrevious && !isJson && (aspect === 'tree' || command)) {
    throw new UsageError('--prev needs --json for tree, and with a program');
  }
  const boundary = toMilliseconds('boundary', values.boundary, 0);
  const depth = toDepth(values.depth);
  const treeOptions = { ...toFollowOptions(values), depth };
  const limit = toLimit(values);
  const onState = statePrinter(values);
  const servers = await toServerArguments(values);
  const program = command && new CallProgram(command, { isJson, connect: servers.connect });
  return withClient(
    servers,
    async (client, signal) => {
      const print = callPrinter({ isJson, isQuiet, isOfSeveral: paths.length > 1, signal });
      const receive = oneAtATime((call: Call) => (program ? program.run(call) : print(call)));
      const watches = paths.map((path) => {
        const calls = new WatchCalls({ aspect, path, receive, limit, hasPrevious });
        return WATCHES[aspect](client, calls, { signal, boundary, treeOptions });
      });
      await Promise.all(watches);
    },
    { onState, onEnd: async () => program?.end() },
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

function toAspect(name: string | undefined): WatchedAspect {
  const aspect = ASPECTS.find((known) => known === name);
  if (aspect !== undefined) return aspect;
  const kinds = 'data, children, settled or tree';
  if (name === undefined) throw new UsageError(`which of ${kinds}? As in zk-recipes watch data /config`);
  if (!name.startsWith('/')) throw new UsageError(`expected ${kinds}, not ${quoteWord(name, ASPECTS)}`);
  throw new UsageError(`which kind of watch, ${kinds}? As in zk-recipes watch data ${quote(name).slice(1, -1)}`);
}

export const watchCommand: Command = { help: HELP, options: OPTIONS, words: ASPECTS, run };
