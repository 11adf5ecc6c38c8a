import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { subscribe, TreeWatch, ZooKeeperClient } from '../../../index.js';
import { EmbeddedChild } from '../../../testing/embedded-child.js';
import { FaultProxy } from '../../../testing/fault-proxy.js';
import { Recorder } from '../../../testing/recorder.js';
import { RecordingLogger } from '../../../testing/recording-logger.js';
import { LoopMonitor } from '../../support/loop-monitor.js';
import { Gate } from '../../support/recorded-subscriptions.js';

const FOLDERS = 100;
const ZNODES = 100_000;
const LONGEST = 50;

let server: EmbeddedChild;
let port: number;

const connect = (at = port): Promise<ZooKeeperClient> =>
  new ZooKeeperClient(`127.0.0.1:${at}`, { sessionTimeout: 20_000, logger: new RecordingLogger() }).connect();

/** The znodes below the root, folders first. */
function pathsBelow(root: string): string[][] {
  const folders = Array.from({ length: FOLDERS }, (_, nth) => `${root}/${nth}`);
  const each = ZNODES / FOLDERS - 1;
  return [folders, ...folders.map((path) => Array.from({ length: each }, (_, nth) => `${path}/${nth}`))];
}

async function createAll(client: ZooKeeperClient, root: string): Promise<void> {
  await client.create(root);
  for (const paths of pathsBelow(root)) {
    const transaction = client.transaction();
    for (const path of paths) transaction.create(path, 'data of a znode');
    await transaction.commit();
  }
}

beforeAll(async () => {
  server = new EmbeddedChild();
  ({ port } = await server.costs());
  await using client = await connect();
  await createAll(client, '/large');
}, 120_000);

afterAll(() => {
  server[Symbol.dispose]();
});

describe(`a tree of ${ZNODES} znodes blocks the event loop for less than ${LONGEST} ms`, () => {
  it('in the first call of a TreeWatch, when all have changed, and when all are deleted', async () => {
    await using client = await connect();
    await using writer = await connect();
    await createAll(writer, '/changing');
    const gates = [new Gate(), new Gate()];
    const calls = new Recorder<number>();
    const longest: Record<string, number> = {};
    using monitor = new LoopMonitor();
    using _watch = new TreeWatch(client, '/changing', (tree, changes) => {
      calls.record(changes.length);
      return tree.size > 0 ? gates[calls.items.length - 1]?.opened : undefined;
    });
    await calls.untilCount(1, { within: 60_000 });
    longest.first = monitor.longest;
    expect(calls.items).toEqual([ZNODES + 1]);

    // Nothing is measured while the changes are made: they take their own part of the loop.
    for (const paths of pathsBelow('/changing')) {
      const transaction = writer.transaction();
      for (const path of paths) transaction.setData(path, 'newer data');
      await transaction.commit();
    }
    await client.sync('/');
    monitor.reset();
    gates[0]?.open();
    await calls.untilCount(2, { within: 60_000 });
    longest.changed = monitor.longest;
    expect(calls.items[1]).toBe(ZNODES);

    await writer.deleteRecursive('/changing');
    await client.sync('/');
    monitor.reset();
    gates[1]?.open();
    await calls.untilCount(3, { within: 60_000 });
    longest.deleted = monitor.longest;
    expect(calls.items[2]).toBe(ZNODES + 1);
    for (const each of Object.values(longest)) expect(each).toBeLessThan(LONGEST);
  }, 240_000);

  it('when it is found unchanged after a cut', async () => {
    await using proxy = await FaultProxy.listen({ port });
    await using client = await connect(proxy.port);
    const resynced = new Recorder<void>();
    using watch = new TreeWatch(client, '/large', () => {});
    watch.on('resynced', () => resynced.record());
    await watch.ready;
    using monitor = new LoopMonitor();
    proxy.cut();
    await resynced.untilCount(1, { within: 60_000 });
    expect(monitor.longest).toBeLessThan(LONGEST);
  }, 120_000);

  it('in a subscription that hands all of them out, and is resumed from its checkpoint', async () => {
    await using client = await connect();
    using monitor = new LoopMonitor();
    let count = 0;
    const onChange = (): void => {
      count += 1;
    };
    const first = subscribe(client, '/large', null, onChange, { since: 0n });
    await first.ready;
    const handingOut = monitor.longest;
    expect(count).toBe(ZNODES + 1);
    const since = first.checkpoint();
    await first.close();
    monitor.reset();
    const resumed = subscribe(client, '/large', null, onChange, { since });
    await resumed.ready;
    expect(count).toBe(ZNODES + 1);
    expect(Math.max(handingOut, monitor.longest)).toBeLessThan(LONGEST);
    await resumed.close();
  }, 120_000);
});
