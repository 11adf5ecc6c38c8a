import { describe, expect } from 'vitest';
import { ChildrenWatch, DataWatch } from '../../../index.js';
import { FaultProxy } from '../../../testing/fault-proxy.js';
import { Recorder } from '../../../testing/recorder.js';
import { it, recordStates } from '../../support/fixtures.js';
import { CONNECTION_TROUBLES, EXPIRIES, type Trouble, troubledScene } from '../../support/troubles.js';

const TROUBLES: readonly Trouble[] = [
  ...CONNECTION_TROUBLES,
  ...EXPIRIES,
  {
    name: 'a session that expires while there is no server',
    begin: async ({ proxy, until }) => {
      proxy.refuse();
      proxy.cut();
      await until('lost');
    },
    end: ({ proxy }) => proxy.accept(),
  },
];

describe('8. Survival', () => {
  it.for(TROUBLES)('continues over $name', async ({ begin, end }, { connect, proxy, port, chroot, other }) => {
    const client = await connect({ connectString: `${proxy.connectString}${chroot}`, sessionTimeout: 800 });
    await other.create('/node', '0');
    const mzxids = new Recorder<bigint>();
    const data = new Recorder<string>();
    const watchData = new DataWatch(client, '/node', (value, stat) => {
      mzxids.record(stat?.mzxid ?? -1n);
      data.record(String(value));
    });
    const children = new Recorder<string>();
    const watchChildren = new ChildrenWatch(client, '/node', (names) => children.record(names.join()));
    await Promise.all([watchData.ready, watchChildren.ready]);

    const scene = troubledScene(client, proxy, port);
    await begin(scene);
    await other.setData('/node', '1');
    await other.create('/node/a');
    await end?.(scene);
    await data.until((all) => all.at(-1) === '1');
    await children.until((all) => all.at(-1) === 'a');

    // The watches are armed again.
    await other.setData('/node', '2');
    await other.create('/node/b');
    await data.until((all) => all.at(-1) === '2');
    await children.until((all) => all.at(-1) === 'a,b');
    expect(data.items).toEqual(['0', '1', '2']);
    expect(children.items).toEqual(['', 'a', 'a,b']);
    expect(mzxids.items).toEqual([...new Set(mzxids.items)].sort((a, b) => (a < b ? -1 : 1)));
    expect([watchData.stopped, watchChildren.stopped]).toEqual([false, false]);
    await client.close();
  });

  it('continues from server to server', async ({ connect, proxy, port, chroot, other }) => {
    await using second = await FaultProxy.listen({ port });
    const proxies = [proxy, second];
    const connectString = `${proxy.connectString},${second.connectString}${chroot}`;
    const client = await connect({ connectString });
    await other.create('/node', '0');
    const calls = new Recorder<string>();
    await new DataWatch(client, '/node', (data) => calls.record(String(data))).ready;

    for (const value of ['1', '2', '3', '4']) {
      const states = recordStates(client);
      const used = proxies.find(({ connectionCount }) => connectionCount > 0);
      used?.refuse();
      used?.cut();
      await other.setData('/node', value);
      await calls.until((all) => all.at(-1) === value);
      await states.until((seen) => seen.includes('suspended') && client.state === 'connected');
      await used?.accept();
    }
    expect(calls.items).toEqual(['0', '1', '2', '3', '4']);
    await client.close();
  });

  it('continues over repeated cuts in the middle of changes', async ({ proxied, proxy, other }) => {
    await other.create('/node', '0');
    const calls = new Recorder<number>();
    const watch = new DataWatch(proxied, '/node', (data) => calls.record(Number(data)));
    await watch.ready;
    for (let value = 1; value <= 60; value += 1) {
      await other.setData('/node', String(value));
      if (value % 6 === 0) proxy.cutAfter(value, 'to-client');
    }
    await proxy.pass();
    await calls.until((all) => all.at(-1) === 60);
    await other.setData('/node', '61');
    await calls.until((all) => all.at(-1) === 61);
    expect(calls.items).toEqual([...new Set(calls.items)].sort((a, b) => a - b));
  });

  it('delivers a deletion, a creation and a change made without a connection', async ({ proxied, proxy, other }) => {
    await other.create('/deleted', 'x');
    await other.create('/changed', 'x');
    const calls = new Recorder<string>();
    const paths = ['/deleted', '/created', '/changed'];
    const watches = paths.map(
      (path) => new DataWatch(proxied, path, (data, _stat, event) => calls.record(`${path} ${data} ${event}`)),
    );
    await Promise.all(watches.map((watch) => watch.ready));
    calls.clear();
    const states = recordStates(proxied);
    proxy.refuse();
    proxy.cut();
    await states.until((seen) => seen.includes('suspended'));
    await other.delete('/deleted');
    await other.create('/created', 'y');
    await other.setData('/changed', 'y');
    await proxy.accept();
    const seen = await calls.untilCount(3);
    expect([...seen].sort()).toEqual(['/changed y null', '/created y null', '/deleted null null']);
  });
});
