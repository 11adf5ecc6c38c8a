import { describe, expect, onTestFinished } from 'vitest';
import type { CoordinationClient } from '../../../index.js';
import { makePoller, type PollEvent, type Poller, type PollerOptions } from '../../../recipes/pollers/index.js';
import { it } from '../../support/fixtures.js';
import { rejectionOf } from '../../support/rejection.js';
import { sharedServer } from '../../support/test-server.js';
import { TREE_WAYS } from '../../support/tree-ways.js';

const lines = (poller: Poller, events: readonly PollEvent[]): string[] =>
  events.map(({ type, subject, recreated }) => {
    return `${type} ${decodeURIComponent(subject.slice(poller.url.length)) || '(root)'}${recreated ? ' recreated' : ''}`;
  });

async function polled(client: CoordinationClient, options: PollerOptions = {}) {
  const poller = await makePoller('zk:/a', { recurse: true, client, ...options });
  onTestFinished(() => poller.close());
  return { poller, next: async () => lines(poller, await poller.getNewEvents()) };
}

describe.for(TREE_WAYS)('a poller of a znode $name', ({ of }) => {
  it('P13: reports what has changed since the call before, whatever happened in between', async ({ client, other }) => {
    for (const path of ['/a', '/a/set', '/a/gone', '/a/again', '/a/again/old']) await other.create(path, 'old');
    const { poller, next } = await polled(of(client));
    expect(poller).toMatchObject({ url: 'zk:/a', kind: 'zookeeper', recurse: true });
    await other.setData('/a/set', 'once');
    await other.setData('/a/set', 'twice');
    await other.delete('/a/gone');
    await other.deleteRecursive('/a/again');
    await other.create('/a/again', 'again');
    await other.create('/a/ü &=%', 'four');
    await other.create('/a/short');
    await other.delete('/a/short');
    const events = await poller.getNewEvents();
    expect(lines(poller, events)).toEqual([
      'deleted /gone',
      'deleted /again/old',
      'modified /again recreated',
      'modified /set',
      'created /ü &=%',
    ]);
    const { stat } = await other.getData('/a/ü &=%');
    expect(events.at(-1)).toEqual({
      subject: 'zk:/a/%C3%BC%20%26%3D%25',
      type: 'created',
      recreated: false,
      size: 4,
      modified: new Date(stat.mtime),
    });
    expect(await next()).toEqual([]);
  });

  it('P13: waits for the root, and reports it and all below it as deleted', async ({ client, other }) => {
    const { next } = await polled(of(client));
    await other.create('/a');
    await other.create('/a/b');
    await other.create('/ab');
    expect(await next()).toEqual(['created (root)', 'created /b']);
    await other.deleteRecursive('/a');
    expect(await next()).toEqual(['deleted /b', 'deleted (root)']);
    await other.create('/a');
    expect(await next()).toEqual(['created (root)']);
  });

  it('P4: resumes from a checkpoint, also as another client', async ({ client, connect, other }) => {
    for (const path of ['/a', '/a/same', '/a/set', '/a/gone']) await other.create(path);
    const { poller } = await polled(of(client));
    const since = poller.checkpoint();
    await poller.close();
    await other.setData('/a/set', 'new');
    await other.delete('/a/gone');
    await other.create('/a/new');
    const { poller: resumed, next } = await polled(of(await connect()), { since });
    expect(await next()).toEqual(['deleted /gone', 'created /new', 'modified /set']);
    expect(await next()).toEqual([]);
    await resumed.close();
    const { next: again } = await polled(of(client), { since: resumed.checkpoint() });
    expect(await again()).toEqual([]);
  });

  it('reports the children alone without `recurse`, and not what `ignore` names', async ({ client, other }) => {
    await other.create('/a');
    const { next } = await polled(of(client), { recurse: false, ignore: (subject) => subject === 'zk:/a/no' });
    for (const path of ['/a/b', '/a/b/c', '/a/no']) await other.create(path);
    expect(await next()).toEqual(['created /b']);
  });

  it('rejects with what `ignore` throws, and has lost nothing', async ({ client, other }) => {
    await other.create('/a');
    let cause: Error | undefined;
    const ignore = (subject: string): boolean => {
      if (cause) throw cause;
      return subject === 'zk:/a/no';
    };
    const { poller, next } = await polled(of(client), { ignore });
    cause = new Error('not now');
    for (const path of ['/a/b', '/a/no']) await other.create(path);
    expect(await rejectionOf(poller.getNewEvents())).toMatchObject({ code: 'POLL_FAILED', cause });
    cause = undefined;
    expect(await next()).toEqual(['created /b']);
  });

  it('wakes its loop at a change', async ({ client, other }) => {
    await other.create('/a');
    const { poller } = await polled(of(client));
    const loop = poller.events({ interval: 2 ** 31 - 1 });
    const list = loop.next();
    await other.create('/a/b');
    expect(lines(poller, (await list).value)).toEqual(['created /b']);
    const last = loop.next();
    await poller.close();
    expect(await last).toEqual({ done: true, value: undefined });
  });

  it('P2: rejects while there is no connection, and has lost nothing', async ({ proxied, proxy, other }) => {
    await other.create('/a');
    const { poller, next } = await polled(of(proxied));
    proxy.refuse();
    proxy.cut();
    await other.create('/a/b');
    expect(await rejectionOf(poller.getNewEvents())).toMatchObject({ code: 'POLL_FAILED', retryable: true });
    await proxy.accept();
    const since = poller.checkpoint();
    const events = poller.events({ interval: 10 });
    await proxied.retry(() => proxied.getData('/a'));
    expect(lines(poller, (await events.next()).value)).toEqual(['created /b']);
    await events.return?.();
    expect(poller.checkpoint()).not.toEqual(since);
    await other.delete('/a/b');
    expect(await next()).toEqual(['deleted /b']);
  });

  it('rejects once its client is closed', async ({ connect }) => {
    const client = await connect();
    const { poller } = await polled(of(client));
    await client.close();
    expect(await rejectionOf(poller.getNewEvents())).toMatchObject({ code: 'POLL_FAILED' });
  });
});

describe('a poller of zk://', () => {
  it('has a client of its own, which is closed with it', async ({ chroot, other }) => {
    const { port } = sharedServer();
    await other.create('/a');
    const url = `zk://127.0.0.1:${port},127.0.0.1:${port}${chroot}/a/`;
    const poller = await makePoller(url, { recurse: true });
    expect(poller.url).toBe(url.slice(0, -1));
    await other.create('/a/b');
    const events = await poller.getNewEvents();
    expect(events.map(({ subject }) => subject)).toEqual([`${poller.url}/b`]);
    await poller.close();
    expect(await rejectionOf(poller.getNewEvents())).toMatchObject({ code: 'WATCH_STOPPED' });
  });

  it('rejects when no server is there, and can be aborted', async () => {
    const aborting = new AbortController();
    const made = rejectionOf(makePoller('zk://127.0.0.1:1/a', { signal: aborting.signal }));
    aborting.abort('enough');
    expect(await made).toBe('enough');
  });
});
