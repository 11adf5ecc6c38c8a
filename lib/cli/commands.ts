import type { CommandRunner, LoadableCommands } from './command.js';

/**
 * All commands. Each is loaded on demand: the server needs no client, and the client needs no server.
 *
 * @param runCommand runs the commands of a shell
 */
export function loadableCommands(runCommand: CommandRunner): LoadableCommands {
  const commands: LoadableCommands = new Map([
    ['watch', async () => (await import('./watch.js')).watchCommand],
    ['subscribe', async () => (await import('./subscribe.js')).subscribeCommand],
    ['poll', async () => (await import('./poll.js')).pollCommand],
    ['get', async () => (await import('./get.js')).getCommand],
    ['stat', async () => (await import('./stat.js')).statCommand],
    ['ls', async () => (await import('./ls.js')).lsCommand],
    ['set', async () => (await import('./set.js')).setCommand],
    ['create', async () => (await import('./create.js')).createCommand],
    ['delete', async () => (await import('./delete.js')).deleteCommand],
    ['multi', async () => (await import('./multi.js')).multiCommand],
    ['acl', async () => (await import('./acl/acl.js')).aclCommand],
    ['whoami', async () => (await import('./whoami.js')).whoamiCommand],
    ['sync', async () => (await import('./sync.js')).syncCommand],
    ['dump', async () => (await import('./dump.js')).dumpCommand],
    ['load', async () => (await import('./load.js')).loadCommand],
    ['blob', async () => (await import('./blob/blob.js')).blobCommand],
    ['gateway', async () => (await import('./gateway.js')).gatewayCommand],
    ['serve', async () => (await import('./serve.js')).serveCommand],
    ['completion', async () => (await import('./completion/completion.js')).completionCommand(commands)],
    ['shell', async () => (await import('./shell/shell.js')).shellCommand(commands, runCommand)],
  ]);
  return commands;
}
