import { describe, expect } from 'vitest';
import { Checkpoint, type CoordinationClient, type ZooKeeperClient } from '../../../index.js';
import { it } from '../../support/fixtures.js';
import { Gate, recordSubscription } from '../../support/recorded-subscriptions.js';
import { recordTree } from '../../support/recorded-trees.js';
import { startServer } from '../../support/test-server.js';
import { TREE_WAYS } from '../../support/tree-ways.js';

/** The moment of now, as bytes. */
async function checkpointOf(client: CoordinationClient, path: string): Promise<Buffer> {
  const { subscription } = recordSubscription(client, path);
  await subscription.ready;
  const bytes = subscription.checkpoint().toBytes();
  await subscription.close();
  return bytes;
}

/** Changes of every type below `/a`. */
async function changeAll(other: ZooKeeperClient): Promise<void> {
  await other.setData('/a/set', 'once');
  await other.delete('/a/gone');
  await other.deleteRecursive('/a/again');
  await other.create('/a/again', 'again');
  await other.create('/a/again/both', 'again');
  await other.create('/a/new');
  await other.create('/a/short');
  await other.delete('/a/short');
  await other.setData('/a/set', 'twice');
}

async function prepare(other: ZooKeeperClient): Promise<void> {
  const paths = ['/a', '/a/again', '/a/again/both', '/a/again/old', '/a/gone', '/a/same', '/a/set'];
  for (const path of paths) await other.create(path, 'old');
}

describe.for(TREE_WAYS)('a subscription $name that resumes', ({ of }) => {
  it('S1 and S3: from a checkpoint hands out each change since then, deletions included, and no other', async ({
    client,
    other,
  }) => {
    await prepare(other);
    const bytes = await checkpointOf(of(client), '/a');
    await changeAll(other);
    const { subscription, calls, changes } = recordSubscription(of(client), '/a', { since: Checkpoint.from(bytes) });
    await subscription.ready;
    expect([...calls.items].sort()).toEqual([
      'created /a/new',
      'deleted /a/again/old',
      'deleted /a/gone',
      'modified /a/again recreated',
      'modified /a/again/both recreated',
      'modified /a/set',
    ]);
    const set = changes.items.find(({ path }) => path === '/a/set');
    expect([String(set?.node?.data), set?.before]).toEqual(['twice', null]);
    const zxids = changes.items.map(({ zxid }) => zxid);
    expect(zxids).toEqual([...zxids].sort((a, b) => (a < b ? -1 : 1)));
    expect(subscription.complete).toBe(true);
    await other.setData('/a/same', 'new');
    await calls.untilCount(7);
    expect(calls.last).toBe('modified /a/same');
    await subscription.close();
  });

  it('S2 and S3: from a zxid hands out what has changed after it, and says that deletions are missing', async ({
    client,
    other,
  }) => {
    await prepare(other);
    const { mzxid } = await other.setData('/a/same', 'the last change that is not handed out');
    await changeAll(other);
    const { subscription, calls } = recordSubscription(of(client), '/a', { since: mzxid });
    expect(subscription.complete).toBe(false);
    await subscription.ready;
    expect([...calls.items].sort()).toEqual([
      'created /a/again',
      'created /a/again/both',
      'created /a/new',
      'modified /a/set',
    ]);
    expect(subscription.complete).toBe(false);
    await other.delete('/a/new');
    await calls.untilCount(5);
    expect(calls.last).toBe('deleted /a/new');
    await subscription.close();
    const inclusive = recordSubscription(of(client), '/a', { since: mzxid - 1n });
    await inclusive.subscription.ready;
    expect(inclusive.calls.items[0]).toBe('modified /a/same');
    const selecting = recordSubscription(of(client), '/a', { since: mzxid - 1n, filters: { after: mzxid } });
    await selecting.subscription.ready;
    expect(selecting.calls.items).toEqual(inclusive.calls.items.slice(1));
    await inclusive.subscription.close();
    await selecting.subscription.close();
  });

  it('S1: from 0n hands out every znode', async ({ client, other }) => {
    await other.create('/a/b', '', { makePath: true });
    const { subscription, calls } = recordSubscription(of(client), '/a', { since: 0n });
    await subscription.ready;
    expect(calls.items).toEqual(['created /a', 'created /a/b']);
    await subscription.close();
  });

  it('from a checkpoint of a root that has gone since, and of one that was missing', async ({ client, other }) => {
    await other.create('/a/b', '', { makePath: true });
    const there = await checkpointOf(of(client), '/a');
    await other.deleteRecursive('/a');
    const gone = recordSubscription(of(client), '/a', { since: Checkpoint.from(there) });
    await gone.subscription.ready;
    expect(gone.calls.items).toEqual(['deleted /a/b', 'deleted /a']);
    const missing = gone.subscription.checkpoint().toBytes();
    await gone.subscription.close();
    await other.create('/a/c', '', { makePath: true });
    for (const [since, expected] of [
      [missing, ['created /a', 'created /a/c']],
      [there, ['modified /a recreated', 'created /a/c', 'deleted /a/b']],
    ] as const) {
      const { subscription, calls } = recordSubscription(of(client), '/a', { since: Checkpoint.from(since) });
      await subscription.ready;
      expect([...calls.items].sort()).toEqual([...expected].sort());
      await subscription.close();
    }
  });

  it('from a checkpoint taken amid its calls hands out exactly the others', async ({ client, other }) => {
    await other.create('/a');
    const since = Checkpoint.from(await checkpointOf(of(client), '/a'));
    const paths = ['/a/1', '/a/2', '/a/3', '/a/4'];
    for (const path of paths) await other.create(path);
    await other.delete('/a/4');
    const gate = new Gate();
    const first = recordSubscription(of(client), '/a', {
      since,
      during: ({ path }) => (path === '/a/2' ? gate.opened : undefined),
    });
    await first.calls.untilCount(2);
    const bytes = first.subscription.checkpoint().toBytes();
    const rest = recordSubscription(of(client), '/a', { since: Checkpoint.from(bytes) });
    await rest.subscription.ready;
    expect(rest.calls.items).toEqual(['created /a/2', 'created /a/3']);
    gate.open();
    await first.subscription.ready;
    await first.subscription.close();
    await rest.subscription.close();
  });

  it.for(['created', 'recreated'])(
    'from a checkpoint taken amid the call for a root that was %s, and changed since',
    async (kind, { client, other }) => {
      if (kind === 'recreated') await other.create('/a');
      const since = Checkpoint.from(await checkpointOf(of(client), '/a'));
      if (kind === 'recreated') await other.delete('/a');
      for (const path of ['/a', '/a/1']) await other.create(path);
      await other.setData('/a', 'newer than its child');
      const gate = new Gate();
      const first = recordSubscription(of(client), '/a', {
        since,
        during: ({ path }) => (path === '/a' ? gate.opened : undefined),
      });
      await first.calls.until((all) => all.some((call) => call.includes(' /a') && !call.includes('/a/1')));
      const { length } = first.calls.items;
      const bytes = first.subscription.checkpoint().toBytes();
      const rest = recordSubscription(of(client), '/a', { since: Checkpoint.from(bytes) });
      await rest.subscription.ready;
      expect(rest.subscription.complete).toBe(true);
      gate.open();
      await first.subscription.ready;
      expect(rest.calls.items).toEqual(first.calls.items.slice(length - 1));
      await first.subscription.close();
      await rest.subscription.close();
    },
  );

  it('hands out deletions of the znodes that a filter selects, ephemeral ones included', async ({
    client,
    other,
    connect,
  }) => {
    await other.create('/a/stays', '', { makePath: true });
    const member = await connect();
    await member.create('/a/member', '', { mode: 'ephemeral' });
    await other.create('/a/gone');
    const since = Checkpoint.from(await checkpointOf(of(client), '/a'));
    await member.close();
    await other.delete('/a/gone');
    const filters = { type: 'deleted' as const, ephemeral: true };
    const { subscription, calls } = recordSubscription(of(client), '/a', { since, filters });
    await subscription.ready;
    expect(calls.items).toEqual(['deleted /a/member']);
    await subscription.close();
  });
});

async function write(client: ZooKeeperClient, times: number): Promise<void> {
  for (let nth = 0; nth < times; nth += 1) await client.setData('/', String(nth));
}

describe.for(TREE_WAYS.slice(0, 2))('a checkpoint of another ensemble ($name)', ({ of }) => {
  it.for([
    { name: 'that is ahead of this one', writes: 40, isAhead: true },
    { name: 'whose root is another znode', writes: 10, isAhead: false },
  ])('is a reason to start over, and to say so: one $name', async ({ writes, isAhead }, { connect, logger }) => {
    await using theirs = await startServer({ tickTime: 100 });
    await using ours = await startServer({ tickTime: 100 });
    const their = await connect({ connectString: theirs.connectString });
    const our = await connect({ connectString: ours.connectString });
    const { czxid } = (await their.getData(await their.create('/a'))).stat;
    await write(their, writes);
    const since = Checkpoint.from(await checkpointOf(of(their), '/a'));
    await our.create('/beside');
    await our.create('/a/x', '', { makePath: true });
    await write(our, isAhead ? 1 : 20);
    const { stat } = await our.getData('/a');
    expect(stat.czxid).not.toBe(czxid);
    expect(stat.czxid).toBeLessThanOrEqual(since.position);
    expect(our.lastZxid < since.position).toBe(isAhead);

    const { subscription, calls } = recordSubscription(of(our), '/a', { since });
    await subscription.ready;
    expect(calls.items).toEqual(['created /a', 'created /a/x']);
    expect(subscription.complete).toBe(false);
    expect(subscription.position).toBeGreaterThanOrEqual(stat.czxid);
    const { watch, calls: ofWatch } = recordTree(of(our), '/a', { since });
    await watch.ready;
    expect(ofWatch.items).toEqual([['created /a', 'created /a/x']]);
    expect(watch.complete).toBe(false);
    const warnings = logger.items.filter(({ message }) => message.includes('starts over'));
    expect(warnings.map(({ level }) => level)).toContain('warn');
    await subscription.close();
    watch.stop();
  });
});
