import { describe, expect } from 'vitest';
import { ChildrenWatch, DataWatch, type ZooKeeperClient } from '../../../index.js';
import { Recorder } from '../../../testing/recorder.js';
import { expireSession } from '../../../testing/session-killer.js';
import { caughtUp } from '../../support/caught-up.js';
import { it, recordStates } from '../../support/fixtures.js';

/** The calls of a DataWatch as `data version event`. */
function recordData(client: ZooKeeperClient, path: string): { watch: DataWatch; calls: Recorder<string> } {
  const calls = new Recorder<string>();
  const watch = new DataWatch(client, path, (data, stat, event) =>
    calls.record(data === null ? `null ${event?.type}` : `${data} v${stat?.version} ${event?.type}`),
  );
  return { watch, calls };
}

function recordChildren(client: ZooKeeperClient, path: string): { watch: ChildrenWatch; calls: Recorder<string> } {
  const calls = new Recorder<string>();
  const func = (children: string[], event: unknown) => {
    calls.record(`[${children}] ${(event as { type: string } | null)?.type}`);
  };
  return { watch: new ChildrenWatch(client, path, func, { sendEvent: true }), calls };
}

describe('3. No stale, no double', () => {
  it('delivers mzxids that strictly increase, with null for a deletion in between', async ({ client, other }) => {
    const mzxids = new Recorder<bigint | null>();
    await new DataWatch(client, '/node', (_data, stat) => mzxids.record(stat?.mzxid ?? null)).ready;

    const changes: Promise<unknown>[] = [];
    for (let round = 0; round < 40; round += 1) {
      changes.push(other.create('/node', 'x'), other.setData('/node', 'x'), other.setData('/node', 'y'));
      changes.push(other.delete('/node'));
    }
    changes.push(other.create('/node', 'end'));
    await Promise.all(changes);
    const { mzxid } = (await other.exists('/node')) ?? {};
    await mzxids.until((all) => all.at(-1) === mzxid);
    await caughtUp(client);

    const delivered = mzxids.items.filter((item) => item !== null);
    expect(delivered.every((item, index) => index === 0 || item > (delivered[index - 1] as bigint))).toBe(true);
    expect(mzxids.items.some((item, index) => index > 0 && item === mzxids.items[index - 1])).toBe(false);
    expect(mzxids.last).toBe(mzxid);
  });

  it('delivers a set of the same value', async ({ client, other }) => {
    await other.create('/node', 'same');
    const { watch, calls } = recordData(client, '/node');
    await watch.ready;
    await other.setData('/node', 'same');
    expect(await calls.untilCount(2)).toEqual(['same v0 undefined', 'same v1 NodeDataChanged']);
  });

  it('does not deliver a change of the ACL or of the children', async ({ client, other }) => {
    await other.create('/node', 'one');
    const { watch, calls } = recordData(client, '/node');
    await watch.ready;
    await other.setAcl('/node', [{ perms: 31, scheme: 'world', id: 'anyone' }]);
    await other.create('/node/child');
    await caughtUp(client);
    await other.setData('/node', 'two');
    expect(await calls.untilCount(2)).toEqual(['one v0 undefined', 'two v1 NodeDataChanged']);
  });

  it('does not deliver data of the node, data of a child or grandchildren to a ChildrenWatch', async ({
    client,
    other,
  }) => {
    await other.create('/node/child', '', { makePath: true });
    const { watch, calls } = recordChildren(client, '/node');
    await watch.ready;
    await other.setData('/node', 'x');
    await other.setData('/node/child', 'x');
    await other.create('/node/child/grandchild');
    await caughtUp(client);
    await other.create('/node/last');
    expect(await calls.untilCount(2)).toEqual(['[child] undefined', '[child,last] NodeChildrenChanged']);
  });

  it('delivers nothing after a reconnection when nothing has changed', async ({ proxied, proxy, other }) => {
    await other.create('/node', 'one');
    const data = recordData(proxied, '/node');
    const children = recordChildren(proxied, '/node');
    await Promise.all([data.watch.ready, children.watch.ready]);
    const states = recordStates(proxied);
    proxy.cut();
    await states.until((seen) => seen.includes('connected'));
    await caughtUp(proxied);

    await other.setData('/node', 'two');
    await other.create('/node/child');
    expect(await data.calls.untilCount(2)).toEqual(['one v0 undefined', 'two v1 NodeDataChanged']);
    expect(await children.calls.untilCount(2)).toEqual(['[] undefined', '[child] NodeChildrenChanged']);
  });

  it('delivers nothing in a new session when nothing has changed', async ({ client, other, port }) => {
    await other.create('/node', 'one');
    const data = recordData(client, '/node');
    const children = recordChildren(client, '/node');
    const missing = recordData(client, '/missing');
    await Promise.all([data.watch.ready, children.watch.ready, missing.watch.ready]);
    const states = recordStates(client);
    await expireSession(client, port);
    await states.until((seen) => seen.includes('lost') && seen.at(-1) === 'connected');
    await caughtUp(client);

    await other.setData('/node', 'two');
    await other.create('/node/child');
    await other.create('/missing', 'found');
    expect(await data.calls.untilCount(2)).toEqual(['one v0 undefined', 'two v1 NodeDataChanged']);
    expect(await children.calls.untilCount(2)).toEqual(['[] undefined', '[child] NodeChildrenChanged']);
    expect(await missing.calls.untilCount(2)).toEqual(['null undefined', 'found v0 NodeCreated']);
  });

  it('delivers a recreation at the same version in one transaction, with no NodeDeleted', async ({ client, other }) => {
    await other.create('/node', 'same');
    const { watch, calls } = recordData(client, '/node');
    await watch.ready;
    await other.transaction().delete('/node').create('/node', 'same').commit();
    expect(await calls.untilCount(2)).toEqual(['same v0 undefined', 'same v0 NodeDataChanged']);

    await other.setData('/node', 'on');
    expect((await calls.untilCount(3)).at(-1)).toBe('on v1 NodeDataChanged');
  });

  it('delivers a recreation at the same version during a disconnection', async ({ proxied, proxy, other }) => {
    await other.create('/node', 'same');
    const { watch, calls } = recordData(proxied, '/node');
    await watch.ready;
    const states = recordStates(proxied);
    proxy.refuse();
    proxy.cut();
    await states.until((seen) => seen.includes('suspended'));
    await other.delete('/node');
    await other.create('/node', 'same');
    await proxy.accept();
    expect(await calls.untilCount(2)).toEqual(['same v0 undefined', 'same v0 undefined']);

    await other.setData('/node', 'on');
    expect((await calls.untilCount(3)).at(-1)).toBe('on v1 NodeDataChanged');
  });

  it('delivers nothing when a missing node was created and deleted during a disconnection', async ({
    proxied,
    proxy,
    other,
  }) => {
    const { watch, calls } = recordData(proxied, '/node');
    await watch.ready;
    const states = recordStates(proxied);
    proxy.refuse();
    proxy.cut();
    await states.until((seen) => seen.includes('suspended'));
    await other.create('/node', 'came');
    await other.delete('/node');
    await proxy.accept();
    await states.until((seen) => seen.at(-1) === 'connected');
    await caughtUp(proxied);

    await other.create('/node', 'stays');
    expect(await calls.untilCount(2)).toEqual(['null undefined', 'stays v0 NodeCreated']);
  });

  it('delivers a child that was replaced by one of the same name in a transaction', async ({ client, other }) => {
    await other.create('/node/child', '', { makePath: true });
    const { watch, calls } = recordChildren(client, '/node');
    await watch.ready;
    await other.transaction().delete('/node/child').create('/node/child').commit();
    expect(await calls.untilCount(2)).toEqual(['[child] undefined', '[child] NodeChildrenChanged']);
  });

  it('delivers a child that was replaced by one of the same name during a disconnection, without an event', async ({
    proxied,
    proxy,
    other,
  }) => {
    await other.create('/node/child', '', { makePath: true });
    const { watch, calls } = recordChildren(proxied, '/node');
    await watch.ready;
    const states = recordStates(proxied);
    proxy.refuse();
    proxy.cut();
    await states.until((seen) => seen.includes('suspended'));
    await other.delete('/node/child');
    await other.create('/node/child');
    await proxy.accept();
    expect(await calls.untilCount(2)).toEqual(['[child] undefined', '[child] undefined']);

    await other.create('/node/more');
    expect((await calls.untilCount(3)).at(-1)).toBe('[child,more] NodeChildrenChanged');
  });

  it('continues when the node of a ChildrenWatch is recreated in a transaction', async ({ client, other }) => {
    await other.create('/node');
    const { watch, calls } = recordChildren(client, '/node');
    await watch.ready;
    await other.transaction().delete('/node').create('/node').commit();
    expect(await calls.untilCount(2)).toEqual(['[] undefined', '[] NodeChildrenChanged']);
    await other.create('/node/child');
    expect((await calls.untilCount(3)).at(-1)).toBe('[child] NodeChildrenChanged');
  });
});
