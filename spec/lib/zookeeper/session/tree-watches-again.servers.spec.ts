import { describe } from 'vitest';
import type { WatchedEvent, ZooKeeperClient } from '../../../../index.js';
import { Recorder } from '../../../../testing/recorder.js';
import { RecordingTreeListener } from '../../../../testing/recording-tree-listener.js';
import { it } from '../../../support/fixtures.js';

type Watcher = (event: WatchedEvent) => void;

const READS: Readonly<Record<string, (client: ZooKeeperClient, watcher: Watcher) => Promise<unknown>>> = {
  getData: (client, watcher) => client.getData('/a', watcher),
  exists: (client, watcher) => client.exists('/a', watcher),
  getChildren: (client, watcher) => client.getChildren('/a', watcher),
};

describe.for(Object.entries(READS))('a path that is watched again while its watch is being removed', ([name, read]) => {
  it(`keeps the recursive watch beside a watcher of ${name}, which loses no change either`, async ({
    client,
    other,
  }) => {
    await other.create('/a/b', '', { makePath: true });
    const first = new RecordingTreeListener();
    const registration = client.watchTree('/a', first);
    await first.untilArmed();
    const fired = new Recorder<string>();
    await read(client, ({ type }) => fired.record(type));
    registration.remove();
    const second = new RecordingTreeListener();
    client.watchTree('/a', second);
    await second.untilArmed();
    // After the answers to all that was sent because of the removal.
    await client.sync('/');
    await client.sync('/');
    await other.setData('/a', 'x');
    await other.create('/a/c');
    await fired.untilCount(1);
    await other.setData('/a/b', 'x');
    await other.delete('/a/b');
    await second.until((all) => all.includes('NodeDeleted /a/b'));
  });
});
