import { describe } from 'vitest';
import type { WatchedEvent, ZooKeeperClient } from '../../../../index.js';
import { SESSION } from '../../../../lib/core/limits.js';
import { Recorder } from '../../../../testing/recorder.js';
import { RecordingTreeListener } from '../../../../testing/recording-tree-listener.js';
import { it } from '../../../support/fixtures.js';

/** As many reads as a client has in flight at most: the requests that follow wait. */
const fullQueue = (client: ZooKeeperClient): Promise<unknown> =>
  Promise.all(Array.from({ length: SESSION.requestsInFlight }, () => client.exists('/')));

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

describe('a recursive watch whose request waits behind many others', () => {
  it('is not taken along by the removal of a watcher of its root', async ({ client, other }) => {
    await other.create('/a');
    const watcher = () => {};
    await client.getData('/a', watcher);
    const reads = fullQueue(client);
    const listener = new RecordingTreeListener();
    client.watchTree('/a', listener);
    client.removeWatcher('/a', watcher);
    await reads;
    await listener.untilArmed();
    await client.sync('/');
    await other.create('/a/b');
    await listener.until((all) => all.includes('NodeCreated /a/b'));
  });

  it('outlives one above it that has caught up meanwhile', async ({ client, other }) => {
    await other.create('/a/b', '', { makePath: true });
    const above = new RecordingTreeListener();
    above.paths = ['/a', '/a/b'];
    const registrations = [client.watchTree('/a', above)];
    await above.untilArmed();
    await client.sync('/');
    const again = new RecordingTreeListener();
    [again.paths, again.position] = [above.paths, client.lastZxid];
    const reads = fullQueue(client);
    const below = new RecordingTreeListener();
    client.watchTree('/a/b', below);
    registrations.push(client.watchTree('/a', again));
    await reads;
    await Promise.all([below.untilArmed(), again.untilArmed()]);
    await other.setData('/a/b', 'x');
    await below.until((all) => all.includes('NodeDataChanged /a/b'));
    for (const registration of registrations) registration.remove();
    await client.sync('/');
    await other.create('/a/b/c');
    await below.until((all) => all.includes('NodeCreated /a/b/c'));
  });
});
