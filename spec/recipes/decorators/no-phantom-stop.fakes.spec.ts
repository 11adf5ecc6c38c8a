import { channel } from 'node:diagnostics_channel';
import { expect, it, onTestFinished } from 'vitest';
import { childrenWatch, dataWatch, watchesOf } from '../../../recipes/decorators/index.js';
import { FakeClient } from '../../../testing/fake-client.js';
import { turn } from '../../../testing/passing-time.js';
import { Recorder } from '../../../testing/recorder.js';

it('the decoration of a class makes no watch: no stop is published before an instance stops one', async () => {
  const stops = new Recorder<unknown>();
  channel('zk-recipes:watch:stop').subscribe(stops.record);
  onTestFinished(() => void channel('zk-recipes:watch:stop').unsubscribe(stops.record));
  const client = new FakeClient();
  client.tree.create('/node');
  class Service {
    @dataWatch(client, '/node')
    onData(): void {}

    @childrenWatch(
      () => client,
      () => '/node',
    )
    onChildren(): void {}
  }
  await turn();
  expect(stops.items).toEqual([]);
  expect([client.listenerCount, client.reads.length]).toEqual([0, 0]);

  for (const watch of watchesOf(new Service())) watch.stop();
  await turn();
  const common = { client, path: '/node', reason: 'stopped' };
  expect(stops.items).toEqual([
    { ...common, aspect: 'data' },
    { ...common, aspect: 'children' },
  ]);
});
