import { expect, test } from '@jest/globals';
import { ChildrenWatch, DataWatch, NoNodeError, ZooKeeperClient } from 'zk-recipes';
import { EmbeddedZooKeeper } from 'zk-recipes/embedded';

/** @param fake how the suite fakes its timers */
export function runScenario(fake = () => {}) {
  test('a client connects, reads, writes, watches and closes', async () => {
    fake();
    const server = await EmbeddedZooKeeper.start();
    const client = await new ZooKeeperClient(server.connectString).connect();
    await client.create('/node', 'one');
    const values = [];
    let called = () => {};
    const watch = new DataWatch(client, '/node', (data) => {
      values.push(String(data));
      called();
    });
    const children = new ChildrenWatch(client, '/', () => {});
    await Promise.all([watch.ready, children.ready]);
    const change = new Promise((resolve) => {
      called = resolve;
    });
    await client.setData('/node', 'two');
    await change;
    expect(values).toEqual(['one', 'two']);
    await expect(client.getData('/none')).rejects.toBeInstanceOf(NoNodeError);
    await client.close();
    await server.close();
    expect(watch.stopped).toBe(true);
  });
}
