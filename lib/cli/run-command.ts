import { createRequire } from 'node:module';
import { ZooKeeperError } from '../core/errors.js';
import { quoteWord } from '../core/validation.js';
import type { Command } from './command.js';
import { CommandError } from './command-error.js';
import { ExitCode, exitCodeOf } from './exit-code.js';
import { printDiagnostic } from './stderr.js';
import { UsageError } from './usage-error.js';

const HELP = `Usage: zk-recipes <command>

  watch data|children|settled|tree <path>  prints the state of a znode, and each change
  subscribe <path>                         prints the changes of a znode and of those below it
  poll <url>                               prints the changes below a URL
  get <path>                               prints the data of a znode
  ls <path>                                prints the names of a znode's children
  set <path> <data>|-                      sets the data of a znode
  create <path> [<data>|-]                 creates a znode
  delete <path>                            deletes a znode
  blob put|get|ls|rm|watch|gc              stores, reads, lists, deletes and watches blobs
  gateway [<path>] [--root <path>]         serves changes and blobs over HTTP
  serve                                    runs a ZooKeeper for development

  zk-recipes <command> --help
  zk-recipes --version

All commands but poll and serve take their servers from --connect, or from the environment
variable ZK_RECIPES_CONNECT, as host:port,host:port/chroot.
Exit codes: 0 done, 1 failed, 2 wrong arguments, 3 no such znode or blob, 4 --timeout has
passed, 5 it is not in the state that the write requires, 130 and 143 interrupted.`;

/** Loads a command on demand: the server needs no client, and the client needs no server. */
const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['watch', async () => (await import('./watch.js')).watchCommand],
  ['subscribe', async () => (await import('./subscribe.js')).subscribeCommand],
  ['poll', async () => (await import('./poll.js')).pollCommand],
  ['get', async () => (await import('./get.js')).getCommand],
  ['ls', async () => (await import('./ls.js')).lsCommand],
  ['set', async () => (await import('./set.js')).setCommand],
  ['create', async () => (await import('./create.js')).createCommand],
  ['delete', async () => (await import('./delete.js')).deleteCommand],
  ['blob', async () => (await import('./blob/blob.js')).blobCommand],
  ['gateway', async () => (await import('./gateway.js')).gatewayCommand],
  ['serve', async () => (await import('./serve.js')).serveCommand],
]);

/** Runs the command that the arguments name. Returns the exit code; an error of the program itself rejects. */
export async function runCommand([name, ...args]: readonly string[]): Promise<number> {
  const load = COMMANDS.get(name ?? '');
  if (!load) return answer(name);
  const command = await load();
  try {
    if (!asksForHelp(args)) return await command.run(args);
    console.log(command.help);
    return ExitCode.done;
  } catch (error) {
    return report(error, command.help);
  }
}

/** Answers a name that is not a command. */
function answer(name: string | undefined): number {
  switch (name) {
    case '--help':
    case '-h':
    case 'help':
      console.log(HELP);
      return ExitCode.done;
    case '--version':
    case '-v':
      console.log(createRequire(import.meta.url)('zk-recipes/package.json').version);
      return ExitCode.done;
    case undefined:
      return report(new UsageError('which command?'), HELP);
    default:
      return report(new UsageError(`no such command: ${quoteWord(name, [...COMMANDS.keys()])}`), HELP);
  }
}

/** Arguments after -- are not options. */
function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return (end < 0 ? args : args.slice(0, end)).some((argument) => argument === '--help' || argument === '-h');
}

function report(error: unknown, help: string): number {
  if (error instanceof UsageError) {
    printDiagnostic(`${error.message}\n\n${help}`);
    return ExitCode.misused;
  }
  if (!(error instanceof ZooKeeperError || error instanceof CommandError)) throw error;
  printDiagnostic(error.message);
  return exitCodeOf(error);
}
