import { describe, expect } from 'vitest';
import { type WatchedEvent, ZooKeeperClient } from '../../../../index.js';
import { CLICKHOUSE_KEEPER, ZOOKEEPER_3_5 } from '../../../../lib/embedded/behaviour.js';
import { BEHAVIOUR } from '../../../../lib/embedded/options.js';
import { Recorder } from '../../../../testing/recorder.js';
import { RecordingLogger } from '../../../../testing/recording-logger.js';
import { RecordingTreeListener } from '../../../../testing/recording-tree-listener.js';
import { it } from '../../../support/embedded-fixtures.js';

const makeClient = (connectString: string): ZooKeeperClient =>
  new ZooKeeperClient(connectString, { sessionTimeout: 2_000, logger: new RecordingLogger() });

describe('watchTree()', () => {
  it('says once per connection that a server of ZooKeeper 3.5 has no recursive watches, and costs one connection', async ({
    start,
  }) => {
    const server = await start({ [BEHAVIOUR]: ZOOKEEPER_3_5 });
    await using client = await makeClient(server.connectString).connect();
    await client.create('/a');
    const states = new Recorder<string>();
    client.on('state', states.record);
    const listener = new RecordingTreeListener();
    client.watchTree('/a', listener);
    await listener.until((all) => all.filter((call) => call === 'unsupported').length === 2);
    expect(listener.items).toEqual(['unsupported', 'interrupted', 'unsupported']);
    expect(states.items).toEqual(['suspended', 'connected']);
    const second = new RecordingTreeListener();
    client.watchTree('/b', second);
    await second.until((all) => all.includes('unsupported'));
    server.dropConnections();
    await second.until((all) => all.length === 3);
    expect(second.items).toEqual(['unsupported', 'interrupted', 'unsupported']);
    expect(states.items).toEqual(['suspended', 'connected', 'suspended', 'connected']);
  });

  it('leaves one-shot watches of the root whole at a server that has no recursive ones', async ({ start }) => {
    const server = await start({ [BEHAVIOUR]: ZOOKEEPER_3_5 });
    await using client = await makeClient(server.connectString).connect();
    await client.create('/a');
    const fired = new Recorder<WatchedEvent>();
    const listener = new RecordingTreeListener();
    client.watchTree('/a', listener);
    await client.getData('/a', fired.record);
    await listener.until((all) => all.filter((call) => call === 'unsupported').length === 2);
    await client.setData('/a', 'x');
    await fired.untilCount(1);
  });

  it('suspects every known znode at a server that cannot say what has changed, and arms the watch', async ({
    start,
  }) => {
    const server = await start({ [BEHAVIOUR]: CLICKHOUSE_KEEPER });
    await using client = await makeClient(server.connectString).connect();
    await client.create('/a');
    await client.create('/a/b');
    const listener = new RecordingTreeListener();
    client.watchTree('/a', listener);
    await listener.untilArmed();
    listener.paths = ['/a', '/a/b'];
    listener.position = client.lastZxid;
    server.dropConnections();
    await listener.untilArmed(2);
    expect(listener.events).toEqual([
      'NodeDataChanged /a',
      'NodeChildrenChanged /a',
      'NodeDataChanged /a/b',
      'NodeChildrenChanged /a/b',
    ]);
    await client.setData('/a/b', 'x');
    await listener.until((all) => all.at(-1) === 'NodeDataChanged /a');
  });
});
