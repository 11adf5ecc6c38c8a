import type { Stat } from '../../lib/core/coordination-client.js';
import { codeOf, ZooKeeperError } from '../../lib/core/errors.js';
import { encodeBlobId } from './blob-id.js';
import type { Layout } from './layout.js';
import { BLOBS } from './limits.js';
import type { Requests } from './requests.js';

/** The znodes below which the ids with a prefix are. */
export interface Scope {
  /** The znode of the whole segments. */
  readonly top: string;
  /** The beginning of the names below `top`. */
  readonly names: string;
}

/** Where the ids with a valid prefix are. Encoding keeps prefixes. */
export function scopeOf(layout: Layout, prefix: string): Scope {
  const encoded = encodeBlobId(prefix);
  const slash = encoded.lastIndexOf('/');
  const top = slash === -1 ? layout.manifests : `${layout.manifests}/${encoded.slice(0, slash)}`;
  return { top, names: encoded.slice(slash + 1) };
}

/** Whether a path below the top, and all below it, is of the scope. */
export function isInScope({ top, names }: Scope, path: string): boolean {
  return path.startsWith(names, top.length + 1);
}

/** A znode of a walk. */
export interface Walked {
  readonly path: string;
  readonly data: Buffer;
  readonly stat: Stat;
}

/** All znodes of a scope, in no order. One that exists all the time is among them. */
export async function* walk(requests: Requests, scope: Scope): AsyncGenerator<Walked, void> {
  const { top } = scope;
  const waiting = [top];
  while (waiting.length > 0) {
    const paths = waiting.splice(0, BLOBS.listedAtOnce);
    for (const [index, znode] of (await readAll(requests, paths)).entries()) {
      if (!znode) continue;
      const path = paths[index] as string;
      for (const name of znode.children) {
        const child = `${path}/${name}`;
        if (path !== top || isInScope(scope, child)) waiting.push(child);
      }
      if (path !== top) yield { path, data: znode.data, stat: znode.stat };
    }
  }
}

interface Read {
  readonly data: Buffer;
  readonly stat: Stat;
  readonly children: readonly string[];
}

/** `null` for each that does not exist. */
async function readAll(requests: Requests, paths: readonly string[]): Promise<(Read | null)[]> {
  const { client } = requests;
  if (!client.readMany) return Promise.all(paths.map((path) => readOne(requests, path)));
  const read = client.readMany.bind(client);
  const results = await requests.answered(() => read(paths));
  return results.map((result) => {
    if (!(result instanceof ZooKeeperError)) return result;
    if (codeOf(result) === 'NO_NODE') return null;
    throw result;
  });
}

async function readOne(requests: Requests, path: string): Promise<Read | null> {
  const children = await requests.children(path);
  const found = await requests.getData(path);
  return found && { ...found, children };
}
