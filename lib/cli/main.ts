#!/usr/bin/env node
import { createRequire } from 'node:module';
import { ZooKeeperError } from '../core/errors.js';
import type { Command } from './command.js';
import { ExitCode, exitCodeOf } from './exit-code.js';
import { say } from './stderr-logger.js';
import { UsageError } from './usage-error.js';

const HELP = `Usage: zk-recipes <command>

  watch data|children|settled <path>  prints the state of a znode, and each change
  get <path>                          prints the data of a znode
  ls <path>                           prints the names of its children
  set <path> <data>|-                 sets its data
  create <path> [<data>|-]            creates it
  delete <path>                       deletes it
  serve                               runs a ZooKeeper for development

  zk-recipes <command> --help
  zk-recipes --version

The servers of all but serve: --connect, or the environment variable ZK_RECIPES_CONNECT,
as host:port,host:port/chroot.
Exit codes: 0 done, 1 failed, 2 misused, 3 no such znode, 4 --timeout, 5 the znode is in
another state than the write needs, 130 and 143 interrupted.`;

/** Each is loaded when it is asked for: the server needs no client, nor the client a server. */
const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['watch', async () => (await import('./watch.js')).watchCommand],
  ['get', async () => (await import('./get.js')).getCommand],
  ['ls', async () => (await import('./ls.js')).lsCommand],
  ['set', async () => (await import('./set.js')).setCommand],
  ['create', async () => (await import('./create.js')).createCommand],
  ['delete', async () => (await import('./delete.js')).deleteCommand],
  ['serve', async () => (await import('./serve.js')).serveCommand],
]);

async function main([name, ...args]: readonly string[]): Promise<number> {
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

/** What is no command. */
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
      return report(new UsageError(`there is no command ${JSON.stringify(name)}`), HELP);
  }
}

/** What stands after -- is no option. */
function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return (end < 0 ? args : args.slice(0, end)).some((argument) => argument === '--help' || argument === '-h');
}

function report(error: unknown, help: string): number {
  if (error instanceof UsageError) {
    say(`${error.message}\n\n${help}`);
    return ExitCode.misused;
  }
  if (!(error instanceof ZooKeeperError)) throw error;
  say(error.message);
  return exitCodeOf(error);
}

// Whoever was reading has gone: each command decides what that means.
for (const output of [process.stdout, process.stderr]) output.on('error', () => {});

process.exitCode = await main(process.argv.slice(2));
