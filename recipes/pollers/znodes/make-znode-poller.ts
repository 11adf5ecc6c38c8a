import { InvalidArgumentError } from '../../../lib/core/errors.js';
import { flawOf } from '../../../lib/core/paths.js';
import { parseConnectString } from '../../../lib/zookeeper/connect-string.js';
import { pollSource } from '../source-poller.js';
import type { Poller, PollerOptions } from '../types.js';
import { type SourceClient, ZnodeSource } from './znode-source.js';

const EXPECTED = 'expected zk://host:2181,host/path, or zk:/path with the option client';

/**
 * Makes the poller of a znode and of what is below it.
 *
 * @throws {@link InvalidArgumentError} unless the URL is one of a znode.
 */
export async function makeZnodePoller(url: string, options: PollerOptions): Promise<Poller> {
  const { servers, path } = parseUrl(url);
  if ((servers === undefined) === (options.client === undefined)) {
    throw invalidUrl(servers === undefined ? 'it names no server, and there is no client' : 'there is a client, too');
  }
  const base = servers === undefined ? 'zk:' : `zk://${servers}`;
  return pollSource(new ZnodeSource(base, path, await toClient(servers, options), options), options);
}

async function toClient(servers: string | undefined, { client }: PollerOptions): Promise<SourceClient> {
  if (client) return { client, isOwn: false };
  // Loaded on demand: pollers of directories do without.
  const { ZooKeeperClient } = await import('../../../lib/zookeeper/client.js');
  return { client: new ZooKeeperClient(servers as string), isOwn: true };
}

/** `new URL` does not take several servers. */
function parseUrl(url: string): { servers: string | undefined; path: string } {
  const rest = url.slice('zk:'.length);
  if (/[?#]/.test(rest)) throw invalidUrl('it has a "?" or "#", which are written %3F and %23');
  const hasServers = rest.startsWith('//');
  const slash = rest.indexOf('/', hasServers ? 2 : 0);
  const path = toPath(slash < 0 ? '/' : rest.slice(slash));
  if (!hasServers) {
    if (slash !== 0) throw invalidUrl('its path must start with "/"');
    return { servers: undefined, path };
  }
  const { servers } = parseConnectString(rest.slice(2, slash < 0 ? undefined : slash));
  const names = servers.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`);
  return { servers: names.join(','), path };
}

function toPath(encoded: string): string {
  let path: string;
  try {
    path = decodeURIComponent(encoded);
  } catch {
    throw invalidUrl('it has a "%" that is not part of an encoded character (%25 is one)');
  }
  const trimmed = path === '/' ? path : path.replace(/\/$/, '');
  const flaw = flawOf(trimmed);
  if (flaw !== null) throw invalidUrl(`its path ${flaw}`);
  return trimmed;
}

function invalidUrl(reason: string): InvalidArgumentError {
  return new InvalidArgumentError(`url is no URL of a znode, as ${reason}: ${EXPECTED}`);
}
