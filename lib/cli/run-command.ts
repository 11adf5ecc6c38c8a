import { createRequire } from 'node:module';
import { ZooKeeperError } from '../core/errors.js';
import { describe, nearestWord, quote } from '../core/validation.js';
import { GLOBAL_OPTIONS } from './arguments.js';
import { CommandError } from './command-error.js';
import { loadableCommands } from './commands.js';
import { ExitCode, exitCodeOf } from './exit-code.js';
import { adviceOnCommand } from './foreign-words.js';
import { checkKnown, splitLeadingOptions } from './parse.js';
import { printDiagnostic } from './stderr.js';
import { UsageError } from './usage-error.js';
import { show } from './with-ends.js';

const HELP = `Usage: zk-recipes <command>

  watch data|children|settled|tree <path>  prints the state of a znode, and each change
  subscribe <path>                         prints the changes of a znode and of those below it
  poll <url>                               prints the changes below a URL
  get <path>                               prints the data of a znode
  stat <path>                              prints its metadata
  ls <path>                                prints the names of its children; -R of all below it
  set <path> <data>|-                      sets the data of a znode
  create <path> [<data>|-]                 creates a znode
  delete <path>                            deletes a znode; -R with all below it
  multi                                    does several writes and checks, all or none
  acl get|set <path>                       prints and sets access control lists
  whoami                                   prints the identities that the servers see
  sync <path>                              brings the server up to the leader
  dump <path>                              prints a znode and all below it, as lines of JSON
  load [<path>]                            creates znodes from such lines
  blob put|get|ls|rm|watch|gc              stores, reads, lists, deletes and watches blobs
  gateway [<path>] [--root <path>]         serves changes and blobs over HTTP
  serve                                    runs a ZooKeeper for development
  shell                                    runs commands in one session, from a prompt or stdin
  completion bash|zsh|fish                 prints the completion for a shell

  zk-recipes <command> --help
  zk-recipes --version

All commands but poll, serve and completion take their servers from --connect (-z), or from
the environment variable ZK_RECIPES_CONNECT, as host:port,host:port/chroot; without them
they are 127.0.0.1:2181. Options may stand before the command, and most have short forms.
Exit codes: 0 done, 1 failed, 2 wrong arguments, 3 no such znode or blob, 4 --timeout has
passed, 5 it is not in the state that the write requires, 129, 130 and 143 ended by a signal.`;

/** All commands by their names. */
export const COMMANDS = loadableCommands((words) => runCommand(words));

/** The options that stand for themselves. */
const ANSWERS = { help: { type: 'boolean', short: 'h' }, version: { type: 'boolean', short: 'v' } } as const;

/** Runs the command that the arguments name. Returns the exit code; an error of the program itself rejects. */
export async function runCommand(args: readonly string[]): Promise<number> {
  const { leading, rest } = splitLeadingOptions(args, GLOBAL_OPTIONS);
  const [name = '', ...own] = rest[0] === 'help' ? [...rest.slice(1), '--help'] : rest;
  const load = COMMANDS.get(name);
  if (!load) return answer(leading, name);
  const command = await load();
  try {
    const all = [...leading, ...own];
    if (!asksForHelp(all)) return await command.run(all);
    return await show(command.help);
  } catch (error) {
    return report(error, `${name} `, command.help);
  }
}

/** Answers what is not a command. */
async function answer(leading: readonly string[], name: string): Promise<number> {
  if (asksForHelp([...leading, name])) {
    return show(HELP);
  }
  if (leading.includes('--version') || leading.includes('-v')) {
    return show(createRequire(import.meta.url)('zk-recipes/package.json').version);
  }
  try {
    checkKnown(leading, { ...GLOBAL_OPTIONS, ...ANSWERS });
    throw new UsageError(name === '' ? 'which command?' : noSuchCommand(name));
  } catch (error) {
    return report(error, '', HELP);
  }
}

function noSuchCommand(name: string): string {
  const near = nearestWord(name, [...COMMANDS.keys()]);
  const guess = near === undefined ? describe(name) : `${quote(name)}, did you mean ${near}?`;
  return adviceOnCommand(name) ?? `no such command: ${guess}`;
}

/** Arguments after -- are not options. */
function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return (end < 0 ? args : args.slice(0, end)).some((argument) => argument === '--help' || argument === '-h');
}

/** @param name of the command, and a space */
function report(error: unknown, name: string, help: string): number {
  if (error instanceof UsageError) {
    const [usage = ''] = help.split('\n', 1);
    const more = error.needsUsage ? ` ${usage}` : '';
    printDiagnostic(`${error.message}${more} (zk-recipes ${name}--help explains it)`);
    return ExitCode.misused;
  }
  if (!(error instanceof ZooKeeperError || error instanceof CommandError)) throw error;
  printDiagnostic(error.message);
  return error instanceof CommandError ? error.exitCode : exitCodeOf(error);
}
