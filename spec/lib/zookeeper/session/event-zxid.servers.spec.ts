import { describe, expect } from 'vitest';
import { ChildrenWatch, DataWatch, PatientChildrenWatch, type WatchedEvent } from '../../../../index.js';
import { Recorder } from '../../../../testing/recorder.js';
import { it, recordStates } from '../../../support/fixtures.js';
import { isSince39 } from '../../../support/server-version.js';

/** With the transaction, if the server reports it. */
async function expected(port: number, type: WatchedEvent['type'], path: string, zxid: bigint): Promise<WatchedEvent> {
  return (await isSince39(port)) ? { type, path, zxid } : { type, path };
}

const NOTIFICATION = -1;
const ZXID_OFFSET = 4;

describe('the event of a watcher', () => {
  it('has the transaction that created the znode, where the server reports it', async ({ client, other, port }) => {
    const events = new Recorder<WatchedEvent>();
    await client.exists('/a', events.record);
    await other.create('/a');
    const [event] = await events.untilCount(1);
    const stat = await client.exists('/a');
    expect(event).toStrictEqual(await expected(port, 'NodeCreated', '/a', stat?.czxid ?? 0n));
  });

  it('has the transaction that changed the data', async ({ client, other, port }) => {
    await other.create('/a');
    await client.sync('/');
    const events = new Recorder<WatchedEvent>();
    await client.getData('/a', events.record);
    const { mzxid } = await other.setData('/a', 'new');
    const [event] = await events.untilCount(1);
    expect(event).toStrictEqual(await expected(port, 'NodeDataChanged', '/a', mzxid));
  });

  it('has the transaction that changed the children, and the one that deleted the znode', async ({
    client,
    other,
    port,
  }) => {
    await other.create('/a/b', '', { makePath: true });
    await client.sync('/');
    const events = new Recorder<WatchedEvent>();
    await client.getChildren('/', events.record);
    await client.getData('/a/b', events.record);
    await other.delete('/a/b');
    const [deleted] = await events.untilCount(1);
    const { pzxid } = (await other.exists('/a')) ?? {};
    expect(deleted).toStrictEqual(await expected(port, 'NodeDeleted', '/a/b', pzxid ?? 0n));
    await other.delete('/a');
    const [, changed] = await events.untilCount(2);
    const root = await other.exists('/');
    expect(changed).toStrictEqual(await expected(port, 'NodeChildrenChanged', '/', root?.pzxid ?? 0n));
  });

  it('is accepted by JSON.stringify', async ({ client, other }) => {
    const events = new Recorder<WatchedEvent>();
    await client.exists('/a', events.record);
    await other.create('/a');
    const [event] = await events.untilCount(1);
    expect(JSON.parse(JSON.stringify(event))).toMatchObject({ type: 'NodeCreated', path: '/a' });
  });
});

describe('the event of a watch', () => {
  it('has the transaction that the function of a DataWatch is called for', async ({ client, other, port }) => {
    const calls = new Recorder<[zxid: bigint | undefined, WatchedEvent | null]>();
    new DataWatch(client, '/a', (_data, stat, event) => calls.record([stat?.mzxid, event]));
    await calls.untilCount(1);
    await other.create('/a');
    await calls.untilCount(2);
    await other.setData('/a', 'new');
    const [first, created, changed] = await calls.untilCount(3);
    expect(first).toEqual([undefined, null]);
    expect(created?.[1]).toStrictEqual(await expected(port, 'NodeCreated', '/a', created?.[0] ?? 0n));
    expect(changed?.[1]).toStrictEqual(await expected(port, 'NodeDataChanged', '/a', changed?.[0] ?? 0n));
    await other.delete('/a');
    const deleted = (await calls.untilCount(4))[3];
    const { pzxid } = (await other.exists('/')) ?? {};
    expect(deleted?.[1]).toStrictEqual(await expected(port, 'NodeDeleted', '/a', pzxid ?? 0n));
  });

  it('has the transaction that changed the children', async ({ client, other, port }) => {
    const events = new Recorder<WatchedEvent | null>();
    new ChildrenWatch(client, '/', (_children, event) => events.record(event), { sendEvent: true });
    await events.untilCount(1);
    const { changed } = await new PatientChildrenWatch(client, '/', { timeBoundary: 1 }).start();
    await other.create('/a');
    const { pzxid } = (await other.exists('/')) ?? {};
    const event = await expected(port, 'NodeChildrenChanged', '/', pzxid ?? 0n);
    expect(await events.untilCount(2)).toStrictEqual([null, event]);
    expect(await changed).toStrictEqual(event);
  });
});

describe('an event with a transaction that no server can have', () => {
  it('is passed on without it, and leaves the last transaction of the client as it was', async ({
    proxy,
    proxied,
    other,
  }) => {
    const states = recordStates(proxied);
    proxy.transform((frame) => {
      if (frame.readInt32BE(0) === NOTIFICATION) frame.writeBigInt64BE(2n ** 63n - 1n, ZXID_OFFSET);
      return frame;
    });
    const events = new Recorder<WatchedEvent>();
    await proxied.exists('/a', events.record);
    await other.create('/a');
    expect(await events.untilCount(1)).toStrictEqual([{ type: 'NodeCreated', path: '/a' }]);
    proxy.cut();
    await states.until((all) => all.at(-1) === 'connected');
    expect([states.items, proxied.epoch]).toEqual([['suspended', 'connected'], 0]);
  });
});
