import { subscribe } from '../../index.js';
import { JSON_OPTION, SERVER_HELP, SERVER_OPTIONS, toPath, toServerArguments } from './arguments.js';
import { FILTER_OPTIONS, toFilter } from './change-filter.js';
import { changePrinter } from './change-printer.js';
import { CheckpointFile, readCheckpoint } from './checkpoint-file.js';
import type { Command } from './command.js';
import { END_OPTIONS, reportIncomplete, TREE_OPTIONS, toFollowOptions, toLimit } from './follow-options.js';
import { GATEWAY_HELP, GATEWAY_OPTIONS, toGatewayArguments } from './gateway-options.js';
import { checkPositionals, parse } from './parse.js';
import { PREVIOUS_OPTION } from './previous.js';
import { STATE_HELP, STATE_OPTIONS, statePrinter } from './states.js';
import { printDiagnostic } from './stderr.js';
import { subscribeAt } from './subscribe-at.js';
import { toText } from './to-text.js';
import { untilStopped } from './until-stopped.js';
import { UsageError } from './usage-error.js';
import { withClient } from './with-client.js';

const HELP = `Usage: zk-recipes subscribe <path> [options]
       zk-recipes subscribe --url <gateway> [options]

Prints each change of the znode and of all below it, in the order of transactions:
created, modified or deleted, and the path. It begins with the changes after its start,
with --since or --checkpoint with those after an earlier run. It survives connection
losses and session expiries, and prints the client's states on stderr.

${SERVER_HELP}
${GATEWAY_HELP}
      It hands out the changes below its own path.
  --path pattern
      Only paths that match: * is one name, or a part of one, and ** any number of names.
      May be given several times; any of them must match.
  -t, --type created|modified|deleted
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
  -j, --json
      Prints one JSON object per line, with type, path, zxid, data, stat and position.
  --no-data
      Leaves out the data, which is only printed with --json.
  -p, --prev
      With --json: adds the znode as it was before, as previous.
  -1, --once
      Ends after the first change.
  -n, --count n
      Ends after n changes.
  --idle ms
      Ends, with exit code 0, when there was no change for this time.
${STATE_HELP}
Ctrl-C ends the command with exit code 130, SIGTERM with 143.`;

const OPTIONS = {
  ...SERVER_OPTIONS,
  ...FILTER_OPTIONS,
  ...GATEWAY_OPTIONS,
  checkpoint: { type: 'string' },
  ...JSON_OPTION,
  ...TREE_OPTIONS,
  ...END_OPTIONS,
  ...PREVIOUS_OPTION,
  ...STATE_OPTIONS,
} as const;

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, OPTIONS);
  const gateway = await toGatewayArguments(values, ['checkpoint', 'idle', 'prev', 'states']);
  if (gateway) return subscribeAt(gateway, values, positionals);
  checkPositionals(positionals, ['path']);
  if (values.prev && !values.json) throw new UsageError('--prev needs --json here: the lines have no data');
  const onState = statePrinter(values);
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
      const onChange = changePrinter({
        ...{ isJson: values.json, hasData: options.data, hasPrevious: values.prev, limit },
        position: () => subscription.position,
        onPrinted: () => kept?.due(),
      });
      const subscription = subscribe(client, path, filter, onChange, {
        ...options,
        ...(since !== undefined && { since }),
        signal,
      });
      if (file !== undefined) kept = new CheckpointFile(file, () => subscription.checkpoint());
      const onReady = (): void => {
        kept?.due();
        if (since !== undefined && !subscription.complete) reportIncomplete(since);
        if (!values.quiet)
          printDiagnostic(`${new Date().toISOString()} subscribed, at position ${subscription.position}`);
      };
      const stopped = untilStopped(subscription, { onReady });
      await (kept ? Promise.race([stopped, kept.failed]) : stopped);
    },
    { onState, onEnd: async () => kept?.end() },
  );
}

export const subscribeCommand: Command = { help: HELP, options: OPTIONS, run };
