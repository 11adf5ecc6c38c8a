import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { ChildrenWatch, type CoordinationClient } from '../../index.js';

/** Where the commands of HAProxy's runtime API go. */
export interface Proxy {
  /** A Unix socket. */
  readonly socket: string;
  readonly backend: string;
}

/**
 * Keeps the servers of an HAProxy backend equal to the children of a znode, which are named `host:port`. The difference
 * is made from what HAProxy has, so that the next change repairs what a restart of HAProxy has undone.
 */
export function followServers(client: CoordinationClient, path: string, proxy: Proxy): ChildrenWatch<true> {
  return new ChildrenWatch(
    client,
    path,
    async (names) => {
      const wanted = new Set(names);
      const present = new Set(await serversOf(proxy));
      for (const name of present) if (!wanted.has(name)) await remove(proxy, name);
      for (const name of wanted) if (!present.has(name)) await add(proxy, name);
    },
    { waitForNode: true },
  );
}

async function serversOf({ socket, backend }: Proxy): Promise<string[]> {
  const [, , ...lines] = (await command(socket, `show servers state ${backend}`)).trim().split('\n');
  return lines.map((line) => line.split(' ')[3] ?? '');
}

async function add({ socket, backend }: Proxy, name: string): Promise<void> {
  await command(socket, `add server ${backend}/${name} ${name}`);
  await command(socket, `enable server ${backend}/${name}`);
}

async function remove({ socket, backend }: Proxy, name: string): Promise<void> {
  await command(socket, `disable server ${backend}/${name}`);
  await command(socket, `del server ${backend}/${name}`);
}

/** One connection for each command, as HAProxy closes it after the answer. */
async function command(socket: string, line: string): Promise<string> {
  return text(connect(socket).end(`${line}\n`));
}
