import { describe, expect } from 'vitest';
import { eventually } from '../../../testing/eventually.js';
import { it } from '../../support/http-fixtures.js';
import { Gate } from '../../support/recorded-subscriptions.js';
import { printChange } from '../../support/recorded-trees.js';
import { type RemoteOptions, recordRemote } from '../../support/remote-subscriptions.js';

describe.for(['websocket', 'poll'] as const)('a remote subscription by %s', (transport) => {
  const record = (url: string, options: RemoteOptions = {}) =>
    recordRemote(url, { retry: { minDelay: 1, maxDelay: 10 }, ...options });

  it('S3: without `since` hands out the changes after `ready`, and none of before', async ({
    client,
    other,
    serve,
  }) => {
    await other.create('/a/old', 'x', { makePath: true });
    const { url } = await serve(client, '/a', { noSockets: transport === 'poll' });
    const { subscription, calls, changes } = record(url);
    await subscription.ready;
    expect([subscription.transport, subscription.complete, subscription.path]).toEqual([transport, true, '/a']);
    await other.setData('/a/old', 'y');
    await calls.untilCount(1);
    await other.create('/a/new', 'z');
    await calls.untilCount(2);
    await other.delete('/a/old');
    await calls.untilCount(3);
    expect(calls.items).toEqual(['modified /a/old', 'created /a/new', 'deleted /a/old']);
    expect(changes.items.map(({ node }) => node && String(node.data))).toEqual(['y', 'z', null]);
    const { stat } = await other.getData('/a/new');
    expect(changes.items[1]).toMatchObject({ zxid: stat.czxid, before: null, recreated: false });
    expect({ ...changes.items[1]?.node?.stat }).toEqual({ ...stat });
    await subscription.close();
  });

  it('S3: with `since` hands out what has changed since, deletions that the gateway remembers included', async ({
    client,
    other,
    serve,
  }) => {
    await other.create('/a/old', 'x', { makePath: true });
    await other.create('/a/gone');
    const { url } = await serve(client, '/a', { noSockets: transport === 'poll' });
    const first = record(url);
    await first.subscription.ready;
    const since = first.subscription.position;
    await other.setData('/a/old', 'y');
    await other.create('/a/new');
    await other.delete('/a/gone');
    await first.calls.untilCount(3);
    const { subscription, calls } = record(url, { since });
    await subscription.ready;
    expect([...calls.items].sort()).toEqual(['created /a/new', 'deleted /a/gone', 'modified /a/old']);
    expect(subscription.complete).toBe(false);
    await first.subscription.close();
    await subscription.close();
  });

  it('S5, S6: selects by the path, the type, the owner and the sequence, each change once', async ({
    client,
    other,
    serve,
  }) => {
    await other.create('/a');
    const { url } = await serve(client, '/a', { noSockets: transport === 'poll' });
    const all = {
      everything: { path: ['/a', '/a/**'] },
      path: [{ path: ['/a/*', '/a/**/deep*'] }, { path: '/a/job-*' }],
      type: { type: ['created', 'deleted'] as const },
      ephemeral: { ephemeral: true },
      sequential: { sequential: 'job-' },
      several: { path: '/a/*', type: 'deleted' as const, ephemeral: true },
    };
    const recorded = Object.entries(all).map(([name, filters]) => ({ name, ...record(url, { filters }) }));
    await Promise.all(recorded.map(({ subscription }) => subscription.ready));
    const selected = Object.fromEntries(recorded.map(({ name, calls }) => [name, calls]));
    /** Changes of a znode before are coalesced with later ones where they were not polled yet. */
    const handedOut = (call: string, names: readonly string[]): Promise<unknown> =>
      Promise.all(names.map((name) => selected[name]?.until((items) => items.includes(call))));
    const job = await other.create('/a/job-', '', { mode: 'ephemeral-sequential' });
    await handedOut(`created ${job}`, ['everything', 'path', 'type', 'ephemeral', 'sequential']);
    await other.create('/a/b/deep-1', '', { makePath: true });
    await handedOut('created /a/b/deep-1', ['everything', 'path', 'type']);
    await other.setData(job, 'y');
    await handedOut(`modified ${job}`, ['everything', 'path', 'ephemeral', 'sequential']);
    await other.delete(job);
    await handedOut(`deleted ${job}`, Object.keys(selected));
    const ofJob = [`created ${job}`, `modified ${job}`, `deleted ${job}`];
    const created = [`created ${job}`, 'created /a/b', 'created /a/b/deep-1'];
    expect(selected.everything?.items).toEqual([...created, `modified ${job}`, `deleted ${job}`]);
    expect(selected.path?.items).toEqual([...created, `modified ${job}`, `deleted ${job}`]);
    expect(selected.type?.items).toEqual([...created, `deleted ${job}`]);
    expect(selected.ephemeral?.items).toEqual(ofJob);
    expect(selected.sequential?.items).toEqual(ofJob);
    expect(selected.several?.items).toEqual([`deleted ${job}`]);
    for (const { subscription } of recorded) await subscription.close();
  });

  it('S7: keeps its position before a change whose call has not settled, and reports what is thrown', async ({
    client,
    other,
    serve,
  }) => {
    await other.create('/a');
    const { url } = await serve(client, '/a', { noSockets: transport === 'poll' });
    const gate = new Gate();
    const thrown = new Error('rejected');
    const { subscription, changes, errors } = record(url, {
      during: () => gate.opened.then(() => Promise.reject(thrown)),
    });
    await subscription.ready;
    errors.clear();
    await other.create('/a/b');
    await changes.untilCount(1);
    const { zxid } = changes.items[0] as { zxid: bigint };
    expect(subscription.position).toBeLessThan(zxid);
    gate.open();
    await eventually(() => subscription.position >= zxid);
    expect(errors.items).toEqual([thrown]);
    await subscription.close();
  });

  it('S8: keeps one change per znode for a function that is slow, parents created first and deleted last', async ({
    client,
    other,
    serve,
  }) => {
    await other.create('/a/x/y', '', { makePath: true });
    const { url } = await serve(client, '/a', { noSockets: transport === 'poll' });
    const gate = new Gate();
    const { subscription, calls, changes } = record(url, { during: () => gate.opened });
    const witness = record(url);
    await Promise.all([subscription.ready, witness.subscription.ready]);
    await other.setData('/a', 'first');
    await calls.untilCount(1);
    for (let value = 1; value <= 10; value += 1) await other.setData('/a/x', String(value));
    await other.create('/a/short');
    await witness.calls.until((all) => all.includes('created /a/short') || all.length > 12);
    await other.delete('/a/short');
    await other.create('/a/new');
    await other.create('/a/new/child');
    await other.deleteRecursive('/a/x');
    await other.create('/a/last');
    await witness.calls.until((all) => ['created /a/last', 'deleted /a/x'].every((each) => all.includes(each)));
    // Everything until now has come, and waits.
    await subscription.subscribe({ path: '/a/none' });
    gate.open();
    await calls.until((all) => ['created /a/last', 'deleted /a/x'].every((each) => all.includes(each)));
    const printed = changes.items.map(printChange);
    expect(printed.filter((each) => each.startsWith('deleted'))).toEqual(['deleted /a/x/y', 'deleted /a/x']);
    expect(printed.filter((each) => !each.startsWith('deleted'))).toEqual([
      'modified /a',
      'created /a/new',
      'created /a/new/child',
      'created /a/last',
    ]);
    await subscription.close();
    await witness.subscription.close();
  });

  it('S9: counts a filter from its subscription to its end, and with `since` from then on', async ({
    client,
    other,
    serve,
  }) => {
    const { czxid } = (await other.getData(await other.create('/a'))).stat;
    await other.create('/a/two');
    const { url } = await serve(client, '/a', { noSockets: transport === 'poll' });
    const { subscription, calls } = record(url, { filters: { path: '/a/always*' } });
    await subscription.ready;
    const change = async (nth: number): Promise<void> => {
      await other.create(`/a/one${nth}`);
      await other.create(`/a/always${nth}`);
      await calls.until((all) => all.includes(`created /a/always${nth}`));
    };
    await change(1);
    await subscription.subscribe({ path: '/a/one*' });
    await change(2);
    await subscription.subscribe({ path: '/a/one*' });
    await subscription.unsubscribe({ path: '/a/one*' });
    await change(3);
    await subscription.unsubscribe({ path: ['/a/one*'] });
    await change(4);
    await expect(subscription.unsubscribe({ path: '/a/one*' })).rejects.toMatchObject({ code: 'NOT_SUBSCRIBED' });
    expect(calls.items.filter((each) => each.includes('one'))).toEqual(['created /a/one2', 'created /a/one3']);
    calls.clear();
    await subscription.subscribe({ path: '/a/t*' }, { since: czxid });
    await subscription.subscribe({ path: '/a/two' }, { since: czxid });
    await other.setData('/a/two', 'x');
    await calls.until((all) => all.includes('modified /a/two'));
    expect(calls.items).toEqual(['created /a/two', 'modified /a/two']);
    await subscription.close();
  });

  it('S10: moves its position while nothing matches', async ({ client, other, serve }) => {
    await other.create('/a');
    const { url } = await serve(client, '/a', { noSockets: transport === 'poll' });
    const { subscription, calls } = record(url, { filters: { path: '/a/none' }, pollFallback: 100 });
    await subscription.ready;
    const { mzxid } = await other.setData('/a', 'x');
    await eventually(() => subscription.position >= mzxid);
    expect(calls.items).toEqual([]);
    await subscription.close();
  });

  it('ends by `false`, by its signal and by `close()`, and a loop by `break`', async ({ client, other, serve }) => {
    await other.create('/a');
    const { url } = await serve(client, '/a', { noSockets: transport === 'poll' });
    const byFalse = record(url, { during: () => false });
    const aborting = new AbortController();
    const bySignal = record(url, { signal: aborting.signal });
    const byClose = record(url);
    await Promise.all([byFalse, bySignal, byClose].map(({ subscription }) => subscription.ready));
    await other.create('/a/b');
    await Promise.all([byFalse, bySignal, byClose].map(({ calls }) => calls.untilCount(1)));
    aborting.abort();
    await byClose.subscription.close();
    const reasons = [byFalse, bySignal, byClose].map(({ subscription }) => subscription.closed);
    expect(await Promise.all(reasons)).toEqual(['returned-false', 'aborted', 'stopped']);
    await other.create('/a/c');
    expect([byFalse, bySignal, byClose].map(({ calls }) => calls.items.length)).toEqual([1, 1, 1]);
  });
});
