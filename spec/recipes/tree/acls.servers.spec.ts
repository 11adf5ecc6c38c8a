import { describe, expect } from 'vitest';
import { NoAuthError } from '../../../index.js';
import { it } from '../../support/fixtures.js';
import { recordTree } from '../../support/recorded-trees.js';
import { TREE_WAYS } from '../../support/tree-ways.js';

const READABLE = [{ perms: 31, scheme: 'world', id: 'anyone' }];
/** All permissions but READ. */
const UNREADABLE = [{ perms: 30, scheme: 'world', id: 'anyone' }];

describe.for(TREE_WAYS)('T7: a TreeWatch $name, of a tree with a znode that may not be read,', ({ of }) => {
  it('has it as unreadable, one error, and goes on with the rest', async ({ client, other }) => {
    for (const path of ['/a', '/a/b', '/a/secret', '/a/secret/below']) await other.create(path, 'data');
    await other.setAcl('/a/secret', UNREADABLE);
    const { watch, calls, changes, errors, audit } = recordTree(of(client), '/a');
    await calls.untilCount(1);
    expect(calls.items).toEqual([['created /a', 'created /a/b', 'created /a/secret']]);
    const isHidden = await client.exists('/a/secret').then(
      () => false,
      () => true,
    );
    const secret = changes.items.find(({ path }) => path === '/a/secret')?.node;
    expect([secret?.unreadable, secret?.data, secret?.stat.dataLength]).toEqual([true, null, isHidden ? 0 : 4]);
    expect(changes.items.map(({ node }) => node?.unreadable)).toEqual([false, false, true]);
    await other.setData('/a/b', 'new');
    await calls.untilCount(2);
    await other.create('/a/c');
    await calls.untilCount(3);
    expect(calls.items.slice(1)).toEqual([['modified /a/b'], ['created /a/c']]);
    expect(errors.items).toEqual([expect.any(NoAuthError)]);
    expect(errors.items).toEqual([expect.objectContaining({ path: '/a/secret' })]);
    expect(audit.violations).toEqual([]);
    watch.stop();
  });

  it('has it as modified, with what is below it, once it can be read', async ({ client, other }) => {
    for (const path of ['/a', '/a/secret', '/a/secret/below']) await other.create(path, 'data');
    await other.setAcl('/a/secret', UNREADABLE);
    const { watch, calls, changes, errors, audit } = recordTree(of(client), '/a');
    await calls.untilCount(1);
    await other.setAcl('/a/secret', READABLE);
    await calls.until((all) => all.flat().includes('created /a/secret/below'));
    expect(calls.items.slice(1).flat()).toEqual(['modified /a/secret', 'created /a/secret/below']);
    expect(changes.items.filter(({ path }) => path === '/a/secret').map(({ node }) => node?.unreadable)).toEqual([
      true,
      false,
    ]);
    await other.setData('/a/secret/below', 'new');
    await calls.until((all) => all.flat().includes('modified /a/secret/below'));
    expect(errors.items).toHaveLength(1);
    expect(audit.violations).toEqual([]);
    watch.stop();
  });

  it('waits for a root that may not be read', async ({ client, other }) => {
    await other.create('/a/b', 'data', { makePath: true });
    await other.setAcl('/a', UNREADABLE);
    const { watch, calls, errors } = recordTree(of(client), '/a');
    await calls.untilCount(1);
    expect(calls.items).toEqual([['created /a']]);
    await other.setAcl('/a', READABLE);
    await calls.until((all) => all.flat().includes('created /a/b'));
    expect(calls.items.flat().filter((change) => change === 'modified /a')).toHaveLength(1);
    expect(errors.items).toHaveLength(1);
    watch.stop();
  });

  it('reports nothing about what cannot be read any more, until it is read again and can be', async ({
    client,
    other,
  }) => {
    for (const path of ['/a', '/a/b', '/a/b/c']) await other.create(path, 'data');
    const { watch, calls, audit } = recordTree(of(client), '/a');
    await watch.ready;
    await other.setAcl('/a/b', UNREADABLE);
    await other.create('/a/d');
    await calls.untilCount(2);
    expect(calls.items[1]).toEqual(['created /a/d']);
    await other.setAcl('/a/b', READABLE);
    await other.setData('/a/b', 'new');
    await calls.until((all) => all.flat().includes('modified /a/b'));
    expect(audit.copy.get('/a/b')?.data).toBe('new');
    expect(audit.violations).toEqual([]);
    watch.stop();
  });
});
