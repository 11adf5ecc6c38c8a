import { describe, expect } from 'vitest';
import { it } from '../../support/fixtures.js';
import { recordTree } from '../../support/recorded-trees.js';
import { TREE_WAYS } from '../../support/tree-ways.js';

describe.for(TREE_WAYS)('a TreeWatch $name of the root of a chroot', ({ of }) => {
  it('T2: reports that it is gone, with all below it, and waits for it', async ({ client, connect, port, chroot }) => {
    const outside = await connect({ connectString: `127.0.0.1:${port}` });
    await client.create('/a/b', '', { makePath: true });
    const { calls, audit, watch } = recordTree(of(client), '/');
    await calls.untilCount(1);
    await outside.deleteRecursive(chroot);
    await calls.until((all) => all.flat().length === 6);
    expect(calls.items.flat().slice(3)).toEqual(['deleted /a/b', 'deleted /a', 'deleted /']);
    await outside.create(chroot);
    await outside.create(`${chroot}/again`);
    await calls.until((all) => all.flat().length === 8);
    expect(calls.items.flat().slice(6)).toEqual(['created /', 'created /again']);
    expect(audit.violations).toEqual([]);
    watch.stop();
  });
});
