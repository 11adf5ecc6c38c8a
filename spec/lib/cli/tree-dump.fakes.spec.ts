import { describe, expect, it } from 'vitest';
import { COMMAND } from '../../../lib/cli/limits.js';
import { TreeDump } from '../../../lib/cli/tree-dump.js';
import type { Stat } from '../../../lib/core/coordination-client.js';
import { NoAuthError, NoNodeError, ZooKeeperError } from '../../../lib/core/errors.js';
import { parentOf } from '../../../lib/core/paths.js';
import { FakeClient } from '../../../testing/fake-client.js';

const OPTIONS = { hasAcl: false, depth: Infinity, isLeftOut: () => false };
const DATA = Buffer.alloc(512 * 1024);

/** A client of the znodes with these paths, each with half a mebibyte of data. It notes the sizes of its reads. */
async function clientOf(paths: readonly string[], failures: Readonly<Record<string, ZooKeeperError>> = {}) {
  const stat = (await new FakeClient().exists('/')) as Stat;
  const sizes: number[] = [];
  return {
    sizes,
    getAcl: async () => ({ acl: [], stat }),
    readMany: async (asked: readonly string[]) => {
      sizes.push(asked.length);
      return asked.map((path) => {
        const children = paths
          .filter((other) => parentOf(other) === path)
          .map((other) => other.slice(other.lastIndexOf('/') + 1));
        return failures[path] ?? { data: DATA, stat, children };
      });
    },
  };
}

async function pathsOf(dump: TreeDump): Promise<string[]> {
  const paths: string[] = [];
  for await (const { path } of dump) paths.push(path);
  return paths;
}

const WIDE = ['/a', ...Array.from({ length: 40 }, (_, index) => `/a/${index + 10}`)];
const TREE = WIDE.flatMap((path) =>
  path === '/a' ? [path] : [path, ...['x', 'y', 'z'].map((name) => `${path}/${name}`)],
);

describe('a dump', () => {
  it('gives each znode once, parents before their children and siblings sorted', async () => {
    const client = await clientOf([...TREE].reverse());
    expect(await pathsOf(new TreeDump(client, '/a', OPTIONS))).toEqual(TREE);
  });

  it('reads fewer znodes at once the more data they have', async () => {
    const client = await clientOf(WIDE);
    await pathsOf(new TreeDump(client, '/a', OPTIONS));
    const most = Math.floor(COMMAND.dump.batchSize / DATA.length);
    expect(client.sizes.slice(0, 4)).toEqual([1, 32, 8, ...client.sizes.slice(3, 4)]);
    expect(Math.max(...client.sizes.slice(3), 0)).toBeLessThanOrEqual(2 * most);
  });

  it('lets go of data that it has read ahead when that is too much, and reads it again', async () => {
    const deep = Array.from({ length: 5 }, (_, level) => `/a${'/0'.repeat(level + 1)}`).flatMap((path) => [
      path,
      ...Array.from({ length: 12 }, (_, index) => `${parentOf(path)}/${index + 1}`),
    ]);
    const client = await clientOf(['/a', ...deep]);
    const paths = await pathsOf(new TreeDump(client, '/a', OPTIONS));
    expect(new Set(paths).size).toBe(paths.length);
    expect(paths).toHaveLength(deep.length + 1);
    const read = client.sizes.reduce((sum, size) => sum + size, 0);
    expect(read).toBeGreaterThan(paths.length);
  });

  it('leaves out znodes that have vanished or may not be read, and all below them', async () => {
    const failures = { '/a/10': new NoNodeError('gone'), '/a/11': new NoAuthError('closed') };
    const dump = new TreeDump(await clientOf(TREE, failures), '/a', OPTIONS);
    const paths = await pathsOf(dump);
    expect(paths).toEqual(TREE.filter((path) => !/^\/a\/1[01]/.test(path)));
    expect({ vanished: dump.vanished, unreadable: dump.unreadable }).toEqual({ vanished: 1, unreadable: ['/a/11'] });
  });

  it('fails when the root or the connection fails', async () => {
    const lost = new ZooKeeperError('CONNECTION_LOSS', 'lost');
    await expect(pathsOf(new TreeDump(await clientOf(TREE, { '/a/20': lost }), '/a', OPTIONS))).rejects.toBe(lost);
    const closed = new NoAuthError('closed');
    await expect(pathsOf(new TreeDump(await clientOf(TREE, { '/a': closed }), '/a', OPTIONS))).rejects.toBe(closed);
  });
});
