import { describe, expect } from 'vitest';
import type { ZooKeeperClient } from '../../../index.js';
import { type AuditedNode, auditedOf } from '../../oracle/tree-audit.js';
import { it } from '../../support/fixtures.js';
import { recordTree } from '../../support/recorded-trees.js';
import { TREE_WAYS } from '../../support/tree-ways.js';
import { CONNECTION_TROUBLES, EXPIRIES, troubledScene } from '../../support/troubles.js';

/** All znodes from a path on, read one by one. */
async function readTree(client: ZooKeeperClient, path: string): Promise<Map<string, AuditedNode>> {
  const nodes = new Map<string, AuditedNode>();
  const read = async (each: string): Promise<void> => {
    const { data, stat } = await client.getData(each);
    nodes.set(each, auditedOf({ path: each, data, stat, unreadable: false }));
    const { children } = await client.getChildren(each);
    await Promise.all(children.map((name) => read(`${each}/${name}`)));
  };
  if (await client.exists(path)) await read(path);
  return nodes;
}

describe.for(TREE_WAYS)('T4 and T5: a TreeWatch $name', ({ of, mode }) => {
  it.for([...CONNECTION_TROUBLES, ...EXPIRIES])(
    'has the tree of the server after $name',
    async ({ begin, end }, { connect, proxy, port, chroot, other }) => {
      const client = await connect({ connectString: `${proxy.connectString}${chroot}`, sessionTimeout: 800 });
      for (const path of [
        '/a',
        '/a/same',
        '/a/set',
        '/a/gone',
        '/a/gone/too',
        '/a/again',
        '/a/again/old',
        '/a/again/both',
      ])
        await other.create(path, '0');
      const { watch, audit, calls, errors } = recordTree(of(client), '/a');
      await watch.ready;
      expect(watch.mode).toBe(mode);
      const scene = troubledScene(client, proxy, port);
      await begin(scene);
      await other.setData('/a/set', '1');
      await other.deleteRecursive('/a/gone');
      await other.deleteRecursive('/a/again');
      await other.create('/a/again', '1');
      await other.create('/a/again/both', '1');
      await other.create('/a/new', '1');
      await other.create('/a/new/child', '1');
      await end?.(scene);
      await calls.until(() => audit.copy.get('/a/new/child') !== undefined && !audit.copy.has('/a/gone'));

      // Changes are reported again.
      await other.create('/a/last', '2');
      await calls.until(() => audit.copy.has('/a/last'));
      audit.expectEqual(await readTree(other, '/a'), 'the server');
      expect(audit.violations).toEqual([]);
      expect(calls.items.flat()).toContain('deleted /a/again/old');
      expect(calls.items.flat()).not.toContain('modified /a/same');
      expect(errors.items).toEqual([]);
      watch.stop();
      await client.close();
    },
  );
});
