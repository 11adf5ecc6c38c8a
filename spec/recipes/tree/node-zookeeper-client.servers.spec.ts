import { describe, expect } from 'vitest';
import { Checkpoint } from '../../../index.js';
import { it } from '../../support/adapter-fixtures.js';
import { recordSubscription } from '../../support/recorded-subscriptions.js';
import { recordTree } from '../../support/recorded-trees.js';

const PATHS = ['/a', '/a/again', '/a/again/old', '/a/gone', '/a/same', '/a/set'];

describe.for(['object', 'function'] as const)('T12: on a client of node-zookeeper-client (%s)', (source) => {
  it('a TreeWatch follows by one-shot watches, with the same contract', async ({ adapt, other }) => {
    const { adapter } = await adapt(source);
    const { watch, calls, audit } = recordTree(adapter, '/a');
    await watch.ready;
    expect([calls.items, watch.mode, watch.status]).toEqual([[[]], 'one-shot', 'fresh']);
    for (const path of PATHS) await other.create(path, 'old');
    await calls.until(() => audit.copy.size === PATHS.length);
    await other.setData('/a/set', 'new');
    await calls.until(() => audit.copy.get('/a/set')?.data === 'new');
    await other.delete('/a/gone');
    await calls.until(() => !audit.copy.has('/a/gone'));
    await other.deleteRecursive('/a/again');
    await other.create('/a/again');
    await calls.until(() => audit.copy.get('/a/again')?.data === '');
    await calls.until(() => !audit.copy.has('/a/again/old'));
    expect(calls.items.flat()).not.toContain('modified /a/same');
    expect(audit.violations).toEqual([]);
    watch.stop();
  });

  it('a subscription resumes from a checkpoint over a cut', async ({ adapt, proxy, chroot, other }) => {
    const { adapter } = await adapt(source, {
      connectString: `${proxy.connectString}${chroot}`,
      sessionTimeout: 4_000,
    });
    for (const path of PATHS) await other.create(path, 'old');
    const first = recordSubscription(adapter, '/a');
    await first.subscription.ready;
    proxy.cut();
    await other.create('/a/new');
    await first.calls.until((all) => all.includes('created /a/new'));
    const bytes = first.subscription.checkpoint().toBytes();
    await first.subscription.close();
    await other.setData('/a/set', 'new');
    await other.delete('/a/gone');
    const since = Checkpoint.from(bytes);
    const { subscription, calls } = recordSubscription(adapter, '/a', { since });
    await calls.until((all) => all.includes('deleted /a/gone') && all.includes('modified /a/set'));
    expect(calls.items.filter((each) => !each.endsWith('/a/new'))).toHaveLength(2);
    await subscription.close();
  });
});
