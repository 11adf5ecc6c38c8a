import { describe, expect } from 'vitest';
import { ChildrenWatch, DataWatch, type Stat, type WatchedEvent, type ZooKeeperClient } from '../../../index.js';
import { Recorder } from '../../../testing/recorder.js';
import { caughtUp } from '../../support/caught-up.js';
import { eventOf } from '../../support/event-of.js';
import { it, recordStates } from '../../support/fixtures.js';
import { createWithNullData } from '../../support/raw-create.js';

type Call = [Buffer | null, Stat | null, WatchedEvent | null];

function recordData(client: ZooKeeperClient, path: string): { watch: DataWatch; calls: Recorder<string> } {
  const calls = new Recorder<string>();
  return { watch: new DataWatch(client, path, (data) => calls.record(String(data))), calls };
}

function recordChildren(client: ZooKeeperClient, path: string): { watch: ChildrenWatch; calls: Recorder<string> } {
  const calls = new Recorder<string>();
  return { watch: new ChildrenWatch(client, path, (children) => calls.record(children.join())), calls };
}

describe('1. First call', () => {
  it('calls once with the data, the stat and no event', async ({ client }) => {
    await client.create('/node', 'one');
    const calls = new Recorder<Call>();
    await new DataWatch(client, '/node', (...args) => calls.record(args)).ready;
    await caughtUp(client);

    const stat = await client.exists('/node');
    expect(calls.items).toEqual([[Buffer.from('one'), stat, null]]);
  });

  it('calls once with nulls for a missing node', async ({ client }) => {
    const calls = new Recorder<Call>();
    await new DataWatch(client, '/node', (...args) => calls.record(args)).ready;
    await caughtUp(client);
    expect(calls.items).toEqual([[null, null, null]]);
  });

  it('calls a ChildrenWatch once with the names in order', async ({ client }) => {
    await client.create('/node');
    for (const name of ['b', 'c', 'B', 'a10', 'a9']) await client.create(`/node/${name}`);
    const calls = new Recorder<unknown[]>();
    await new ChildrenWatch(client, '/node', (...args) => calls.record(args)).ready;
    await caughtUp(client);
    expect(calls.items).toEqual([[['B', 'a10', 'a9', 'b', 'c']]]);
  });

  it('calls with an empty Buffer, and no null, for a node with null data', async ({ client, port, chroot }) => {
    await createWithNullData(port, `${chroot}/node`);
    const calls = new Recorder<Call>();
    await new DataWatch(client, '/node', (...args) => calls.record(args)).ready;
    const [[data, stat] = []] = calls.items;
    expect(data).toEqual(Buffer.alloc(0));
    expect(stat).toMatchObject({ version: 0, dataLength: 0 });
  });

  it('calls with a null-data node that appears, as a creation', async ({ client, port, chroot }) => {
    const calls = new Recorder<Call>();
    await new DataWatch(client, '/node', (...args) => calls.record(args)).ready;
    await createWithNullData(port, `${chroot}/node`);
    const [, [data, stat, event] = []] = await calls.untilCount(2);
    expect(data).toEqual(Buffer.alloc(0));
    expect(stat).toMatchObject({ version: 0 });
    expect(event).toEqual(eventOf('NodeCreated', '/node'));
  });

  it('then calls at every change, with its event', async ({ client, other }) => {
    const calls = new Recorder<string>();
    await new DataWatch(client, '/node', (data, stat, event) => calls.record(`${data} ${stat?.version} ${event?.type}`))
      .ready;
    await other.create('/node', 'one');
    await calls.untilCount(2);
    await other.setData('/node', 'two');
    await calls.untilCount(3);
    await other.delete('/node');
    await calls.untilCount(4);
    expect(calls.items).toEqual([
      'null undefined undefined',
      'one 0 NodeCreated',
      'two 1 NodeDataChanged',
      'null undefined NodeDeleted',
    ]);
  });

  it('calls exactly once when it was registered before connect()', async ({ makeClient, other }) => {
    await other.create('/node', 'one');
    await other.create('/node/child');
    const client = makeClient();
    const data = recordData(client, '/node');
    const children = recordChildren(client, '/node');

    await client.connect();
    await Promise.all([data.watch.ready, children.watch.ready]);
    await caughtUp(client);
    expect(data.calls.items).toEqual(['one']);
    expect(children.calls.items).toEqual(['child']);

    await other.setData('/node', 'two');
    await other.create('/node/more');
    expect(await data.calls.untilCount(2)).toEqual(['one', 'two']);
    expect(await children.calls.untilCount(2)).toEqual(['child', 'child,more']);
  });

  it('calls exactly once, with the newest, when it was registered while suspended', async ({
    proxied,
    proxy,
    other,
  }) => {
    await other.create('/node', 'one');
    const states = recordStates(proxied);
    proxy.refuse();
    proxy.cut();
    await states.until((seen) => seen.includes('suspended'));
    const data = recordData(proxied, '/node');
    const children = recordChildren(proxied, '/node');
    await other.setData('/node', 'two');
    await other.create('/node/child');

    await proxy.accept();
    await Promise.all([data.watch.ready, children.watch.ready]);
    await caughtUp(proxied);
    expect(data.calls.items).toEqual(['two']);
    expect(children.calls.items).toEqual(['child']);
  });

  it('calls exactly once, with the newest, when it was registered while lost', async ({
    connect,
    proxy,
    chroot,
    other,
  }) => {
    const client = await connect({ connectString: `${proxy.connectString}${chroot}`, sessionTimeout: 500 });
    await other.create('/node', 'one');
    const states = recordStates(client);
    proxy.refuse();
    proxy.cut();
    await states.until((seen) => seen.includes('lost'));
    const data = recordData(client, '/node');
    const children = recordChildren(client, '/node');
    await other.setData('/node', 'two');
    await other.create('/node/child');

    await proxy.accept();
    await Promise.all([data.watch.ready, children.watch.ready]);
    await caughtUp(client);
    expect(data.calls.items).toEqual(['two']);
    expect(children.calls.items).toEqual(['child']);
    await client.close();
  });

  it('calls a watch that joins others on its path once, with the newest', async ({ client, other }) => {
    await other.create('/node', 'one');
    const first = recordData(client, '/node');
    await first.watch.ready;
    await other.setData('/node', 'two');
    await first.calls.untilCount(2);

    const second = recordData(client, '/node');
    await second.watch.ready;
    await caughtUp(client);
    expect(second.calls.items).toEqual(['two']);
    expect(first.calls.items).toEqual(['one', 'two']);
  });
});
