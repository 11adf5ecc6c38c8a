import { describe, expect, it } from 'vitest';
import { ChildrenWatch, DataWatch, type Stat, type Watcher } from '../../../index.js';
import { FakeClient } from '../../../testing/fake-client.js';
import { turn } from '../../../testing/passing-time.js';

/** A client that hands out the same objects again and again, as one with a cache does. */
class CachingClient extends FakeClient {
  readonly stat: { -readonly [K in keyof Stat]: Stat[K] } = {
    ...{ czxid: 1n, mzxid: 1n, pzxid: 1n, ctime: 0, mtime: 0, version: 0, cversion: 0, aversion: 0 },
    ...{ ephemeralOwner: 0n, dataLength: 1, numChildren: 1 },
  };
  readonly data = Buffer.from('a');
  readonly children = ['a'];

  override async getData(path: string, watcher?: Watcher) {
    await super.getData(path, watcher);
    return { data: this.data, stat: this.stat };
  }

  override async getChildren(path: string, watcher?: Watcher) {
    await super.getChildren(path, watcher);
    return { children: this.children, stat: this.stat };
  }
}

function stage(): CachingClient {
  const client = new CachingClient();
  client.tree.create('/node', 'a');
  client.tree.create('/node/a');
  return client;
}

describe('the objects of a third-party client', () => {
  it('reach functions as copies, which cannot harm the client', async () => {
    const client = stage();
    const stats: (Stat | null)[] = [];
    new DataWatch(client, '/node', (data, stat) => {
      data?.fill('x');
      stats.push(stat);
    });
    new ChildrenWatch(client, '/node', (children) => children.push('x'));
    await turn();
    expect(stats).toEqual([client.stat]);
    expect(Object.isFrozen(stats[0])).toBe(true);
    expect(Object.isFrozen(client.stat)).toBe(false);
    expect([String(client.data), client.children]).toEqual(['a', ['a']]);
    expect(JSON.parse(JSON.stringify(stats[0]))).toMatchObject({ mzxid: '1', version: 0 });
  });

  it('may change after the read: a watch that joins sees what was read', async () => {
    const client = stage();
    const calls: unknown[] = [];
    new DataWatch(client, '/node', () => {});
    new ChildrenWatch(client, '/node', () => {});
    await turn();
    client.data.fill('x');
    client.children.push('x');
    client.stat.mzxid = 0n;
    new DataWatch(client, '/node', (data, stat) => calls.push([String(data), stat?.mzxid]));
    new ChildrenWatch(client, '/node', (children) => calls.push(children));
    await turn();
    expect(calls).toEqual([['a', 1n], ['a']]);
  });

  it('are compared as they were: no change is lost, and none is found twice', async () => {
    const client = stage();
    const calls: string[] = [];
    const change = async (mzxid: bigint): Promise<void> => {
      client.stat.mzxid = mzxid;
      client.data.write(String(mzxid));
      client.tree.set('/node', '');
      await turn();
    };
    for (const name of ['first', 'second']) {
      new DataWatch(client, '/node', (data, stat) => calls.push(`${name} ${data} ${stat?.mzxid}`));
    }
    await turn();
    await change(2n);
    await change(2n);
    await change(3n);
    const expected = ['a 1', '2 2', '3 3'].flatMap((call) => [`first ${call}`, `second ${call}`]);
    expect(calls).toEqual(expected);
  });
});
