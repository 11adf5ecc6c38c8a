import { expect, it } from 'vitest';
import { ChildrenWatch, DataWatch, TreeWatch } from '../../../index.js';
import { FakeTreeClient } from '../../../testing/fake-tree-client.js';
import { Recorder } from '../../../testing/recorder.js';

it.each([
  ['DataWatch', (client: FakeTreeClient) => new DataWatch(client, '/a', () => {})],
  ['ChildrenWatch', (client: FakeTreeClient) => new ChildrenWatch(client, '/a', () => {})],
  ['TreeWatch', (client: FakeTreeClient) => new TreeWatch(client, '/a', () => {})],
] as const)(
  'listeners of resynced never run inside the event of a client that emits at once: %s',
  async (_, watchOf) => {
    const client = new FakeTreeClient();
    client.tree.create('/a', '');
    const watch = watchOf(client);
    await watch.ready;
    const heard = new Recorder<boolean>();
    let isEmitting = false;
    watch.on('resynced', () => heard.record(isEmitting));
    client.become('suspended');
    isEmitting = true;
    client.become('connected');
    isEmitting = false;
    await heard.untilCount(1);
    expect(heard.items).toEqual([false]);
    watch.stop();
  },
);
