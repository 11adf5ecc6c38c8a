import { onAbort } from '../core/abort.js';
import { JSON_OPTION, SERVER_HELP, SERVER_OPTIONS, toPath, toServerArguments } from './arguments.js';
import type { Command } from './command.js';
import { CommandError } from './command-error.js';
import { exitCodeOf } from './exit-code.js';
import { Loading } from './loading.js';
import { printJson } from './output.js';
import { checkPositionals, parse } from './parse.js';
import { printDiagnostic } from './stderr.js';
import { UsageError } from './usage-error.js';
import { withClient } from './with-client.js';

const HELP = `Usage: zk-recipes load [<path>] [options] < dump

Creates znodes from the lines of JSON that zk-recipes dump prints, at the same paths; with
<path> there, in the place of the first znode of the dump. A line needs path; data,
encoding, stat and acl may be missing. A znode that exists already ends it with exit code 5,
unless --skip-existing or --overwrite is given: with either of them, the same load can be
done again after it broke off.

Ephemeral znodes are left out, since their sessions are others', and their number is
reported. Sequential znodes keep their names; the numbers that the server gives next begin
with the number of children, so that create --sequential can meet a name that is there.
Servers do not show which znodes are containers or have a TTL: they become persistent.
Versions and times are new. The lines are read one at a time, and not held in memory.

${SERVER_HELP}
  --skip-existing
      Leaves znodes that exist as they are.
  --overwrite
      Sets the data of znodes that exist, and the access control list when there is one.
  --no-acl
      Creates all znodes for everybody, also where a line has acl.
  -p, --parents
      Creates missing parents of the first znode.
  -j, --json
      Prints one JSON object with created, overwritten, skipped and ephemeral, the numbers
      of znodes, in place of a line on stderr.`;

const OPTIONS = {
  ...SERVER_OPTIONS,
  'skip-existing': { type: 'boolean', default: false },
  overwrite: { type: 'boolean', default: false },
  'no-acl': { type: 'boolean', default: false },
  parents: { type: 'boolean', short: 'p', default: false },
  ...JSON_OPTION,
} as const;

const ADVICE = '--skip-existing and --overwrite continue with znodes that exist';

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, OPTIONS);
  checkPositionals(positionals, [], 1);
  const { overwrite, 'skip-existing': skip, 'no-acl': isOpen, parents: makePath } = values;
  if (overwrite && skip) throw new UsageError('--overwrite and --skip-existing exclude each other');
  const target = positionals[0] === undefined ? undefined : toPath(positionals[0]);
  const existing = overwrite ? 'overwrite' : skip ? 'skip' : 'refuse';
  return withClient(await toServerArguments(values), async (client, signal) => {
    const loading = new Loading(client, { target, existing, isOpen, makePath });
    const letGo = onAbort(signal, () => {
      if (Object.values(loading.counts).some(Boolean)) printDiagnostic(`so far: ${loading}; ${ADVICE}`);
    });
    try {
      await loading.run(signal);
    } catch (error) {
      throw withProgress(error as Error, loading);
    } finally {
      letGo();
    }
    if (values.json) await printJson(loading.counts);
    else printDiagnostic(`${loading}`);
  });
}

function withProgress(error: Error, loading: Loading): Error {
  const message = `${error.message}. Until then: ${loading}`;
  if (error instanceof UsageError) return new UsageError(message);
  const exitCode = exitCodeOf(error);
  return new CommandError(`${message}; ${ADVICE}`, { exitCode, cause: error });
}

export const loadCommand: Command = { help: HELP, options: OPTIONS, run };
