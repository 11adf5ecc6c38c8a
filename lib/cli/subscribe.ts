import { type ChangeFilter, type ChangeType, subscribe, type TreeChange } from '../../index.js';
import { flawOf } from '../core/paths.js';
import { invalidWord, quote } from '../core/validation.js';
import { checkPositionals, parse, SERVER_HELP, SERVER_OPTIONS, toPath, toServerArguments } from './arguments.js';
import { CheckpointFile, readCheckpoint } from './checkpoint-file.js';
import type { Command } from './command.js';
import { END_OPTIONS, reportIncomplete, TREE_OPTIONS, toFollowOptions, toLimit } from './follow-options.js';
import { changeLine, toJsonChange } from './json-change.js';
import { jsonLine, print } from './output.js';
import { printState } from './states.js';
import { printDiagnostic } from './stderr.js';
import { toText } from './to-text.js';
import { untilStopped } from './until-stopped.js';
import { UsageError } from './usage-error.js';
import { withClient } from './with-client.js';

const HELP = `Usage: zk-recipes subscribe <path> [options]

Prints each change of the znode and of all below it, in the order of transactions:
created, modified or deleted, and the path. It begins with the changes after its start,
with --since or --checkpoint with those after an earlier run. It survives connection
losses and session expiries, and prints the client's states on stderr.

${SERVER_HELP}
  --path pattern
      Only paths that match: * is one name, or a part of one, and ** any number of names.
      May be given several times; any of them must match.
  --type created|modified|deleted
      Only changes of this type. May be given several times.
  --ephemeral, --persistent
      Only znodes that are, or were, ephemeral; or are not.
  --sequential prefix
      Only sequential znodes whose names begin so.
  --checkpoint file
      Continues from the checkpoint in the file, deletions included, and keeps it there
      up to date. When there is no file it is made.
  --since zxid
      Begins with the changes after this position. Deletions since then are not reported.
      With --checkpoint only while there is no file.
  --json
      Prints one JSON object per line, with type, path, zxid, data, stat and position.
  --no-data
      Leaves out the data, which is only printed with --json.
  --once
      Ends after the first change.
  --count n
      Ends after n changes.
  --idle ms
      Ends, with exit code 0, when there was no change for this time.
Ctrl-C ends the command with exit code 130, SIGTERM with 143.`;

const OPTIONS = {
  ...SERVER_OPTIONS,
  path: { type: 'string', multiple: true },
  type: { type: 'string', multiple: true },
  ephemeral: { type: 'boolean', default: false },
  persistent: { type: 'boolean', default: false },
  sequential: { type: 'string' },
  checkpoint: { type: 'string' },
  json: { type: 'boolean', default: false },
  ...TREE_OPTIONS,
  ...END_OPTIONS,
} as const;

const TYPES: readonly ChangeType[] = ['created', 'modified', 'deleted'];

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, OPTIONS);
  checkPositionals(positionals, ['path']);
  const path = toPath(positionals[0]);
  const filter = toFilter(values);
  const limit = toLimit(values);
  const options = toFollowOptions(values);
  const file = values.checkpoint === undefined ? undefined : toText('checkpoint', values.checkpoint);
  const servers = await toServerArguments(values);
  const checkpoint = file === undefined ? undefined : await readCheckpoint(file, path);
  const since = checkpoint ?? options.since;
  let kept: CheckpointFile | undefined;
  return withClient(
    servers,
    async (client, signal) => {
      const toLine = (change: TreeChange): string => {
        const time = new Date().toISOString();
        const { position } = subscription;
        return values.json
          ? jsonLine(toJsonChange(change, { time, position, hasData: options.data }))
          : changeLine(change);
      };
      const onChange = printer(toLine, limit, () => kept?.due());
      const subscription = subscribe(client, path, filter, onChange, {
        ...options,
        ...(since !== undefined && { since }),
        signal,
      });
      if (file !== undefined) kept = new CheckpointFile(file, () => subscription.checkpoint());
      const stopped = untilStopped(subscription, () => {
        kept?.due();
        if (since !== undefined && !subscription.complete) reportIncomplete(since);
        printDiagnostic(`${new Date().toISOString()} subscribed, at position ${subscription.position}`);
      });
      await (kept ? Promise.race([stopped, kept.failed]) : stopped);
    },
    { onState: printState, onEnd: async () => kept?.end() },
  );
}

/** Prints changes, and counts them. @param onPrinted called when the system has accepted a line */
function printer(toLine: (change: TreeChange) => string, limit: number, onPrinted: () => void) {
  let count = 0;
  return async (change: TreeChange): Promise<boolean> => {
    // Never settles without a reader: a checkpoint must not pass a change that nobody can have read.
    if (!(await print(toLine(change)))) return new Promise(() => {});
    onPrinted();
    count += 1;
    return count < limit;
  };
}

interface FilterValues {
  readonly path?: readonly string[];
  readonly type?: readonly string[];
  readonly ephemeral: boolean;
  readonly persistent: boolean;
  readonly sequential?: string;
}

function toFilter({ path, type, ephemeral, persistent, sequential }: FilterValues): ChangeFilter {
  if (ephemeral && persistent) throw new UsageError('--ephemeral and --persistent exclude each other');
  if (sequential?.includes('/')) throw new UsageError('--sequential must be the prefix of a name, but has a "/"');
  return {
    ...(path && { path: path.map(toPattern) }),
    ...(type && { type: type.map(toType) }),
    ...((ephemeral || persistent) && { ephemeral }),
    ...(sequential !== undefined && { sequential }),
  };
}

function toPattern(pattern: string): string {
  const flaw = flawOf(pattern);
  if (flaw !== null) throw new UsageError(`${quote(pattern)} is not a pattern of paths: it ${flaw}`);
  return pattern;
}

function toType(name: string): ChangeType {
  const type = TYPES.find((known) => known === name);
  if (type === undefined) throw new UsageError(invalidWord('--type', name, TYPES).message);
  return type;
}

export const subscribeCommand: Command = { help: HELP, run };
