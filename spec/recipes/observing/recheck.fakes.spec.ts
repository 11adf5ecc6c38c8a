import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ChildrenWatch, DataWatch, PatientChildrenWatch, type WatchedEvent } from '../../../index.js';
import { FakeClient } from '../../../testing/fake-client.js';
import { pass } from '../../../testing/passing-time.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const TEN_MINUTES = 600_000;
/** Some paths are rechecked every five seconds. */
const TICK = 5_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('on a minimal client: a change without an event', () => {
  it('is found after ten minutes, and delivered without an event', async () => {
    const client = new FakeClient();
    client.tree.create('/node', '0');
    const calls: [string, WatchedEvent | null][] = [];
    new DataWatch(client, '/node', (data, _, event) => void calls.push([String(data), event]));
    await pass(0);
    client.spendWatches();
    client.tree.set('/node', '1');
    await pass(TEN_MINUTES - TICK);
    expect(calls).toEqual([['0', null]]);
    await pass(2 * TICK);
    expect(calls).toEqual([
      ['0', null],
      ['1', null],
    ]);
    client.tree.set('/node', '2');
    await pass(0);
    expect(calls.at(-1)).toEqual(['2', { type: 'NodeDataChanged', path: '/node' }]);
  });

  it('is also found for children, a missing znode and settled children', async () => {
    const client = new FakeClient();
    client.tree.create('/node');
    const observed: unknown[] = [];
    new ChildrenWatch(client, '/node', (children) => void observed.push(children));
    new DataWatch(client, '/missing', (data) => void observed.push(data && String(data)));
    const { changed } = await startSettled(client);
    void changed.then((event) => observed.push(event));
    client.spendWatches();
    client.tree.create('/node/a');
    client.tree.create('/missing', 'here');
    observed.length = 0;
    await pass(TEN_MINUTES + 2 * TICK);
    expect(observed).toHaveLength(3);
    expect(observed).toEqual(expect.arrayContaining([['a'], 'here', null]));
  });

  it('costs one read per ten minutes, and no call when nothing has changed', async () => {
    const client = new FakeClient();
    client.tree.create('/node');
    let calls = 0;
    new DataWatch(client, '/node', () => {
      calls += 1;
    });
    await pass(0);
    const { length } = client.reads;
    await pass(6 * TEN_MINUTES);
    expect(client.reads.length - length).toBe(6);
    expect(calls).toBe(1);
  });

  it.each(['small', 'large'])('costs no second copy of the data, when it is %s', async (size) => {
    const bytes = size === 'small' ? 100 : 2_000_000;
    const client = new FakeClient();
    client.tree.create('/node', Buffer.alloc(bytes));
    const { getData } = client;
    const received: WeakRef<Buffer>[] = [];
    client.getData = async (...args) => {
      const { data, stat } = await getData.apply(client, args);
      const copy = Buffer.from(data);
      received.push(new WeakRef(copy));
      return { data: copy, stat: { ...stat } };
    };
    new DataWatch(client, '/node', () => {});
    await pass(TICK);
    const before = memoryOfBuffers();
    await pass(TEN_MINUTES);
    // Changes the stat, but not the data.
    client.tree.create('/node/child');
    await pass(TEN_MINUTES);
    expect(memoryOfBuffers() - before).toBeLessThan(bytes / 2 + 100_000);
    expect(received.map((buffer) => buffer.deref())).toEqual([undefined, undefined, undefined]);
  });

  it('is searched for on a few paths at a time', async () => {
    const client = new FakeClient();
    const paths = Array.from({ length: 1_200 }, (_, index) => `/node-${index}`);
    for (const path of paths) client.tree.create(path);
    await Promise.all(paths.map((path) => new DataWatch(client, path, () => {}).ready));
    await pass(TICK - 1);
    client.maxInFlight = 0;
    client.reads.length = 0;
    await pass(TEN_MINUTES);
    expect(client.maxInFlight).toBe((paths.length * TICK) / TEN_MINUTES);
    expect(new Set(client.reads).size).toBe(paths.length);
  });

  it('is not searched for without a connection, nor after the last watch has stopped', async () => {
    const client = new FakeClient();
    const watch = new DataWatch(client, '/node', () => {});
    await pass(0);
    client.become('suspended');
    client.reads.length = 0;
    await pass(2 * TEN_MINUTES);
    expect(client.reads).toEqual([]);
    watch.stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});

function memoryOfBuffers(): number {
  collectGarbage();
  // V8 frees the memory of buffers in another thread, and waits for it only as the next collection begins.
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

async function startSettled(client: FakeClient) {
  const settling = new PatientChildrenWatch(client, '/node', { timeBoundary: 10 }).start();
  await pass(20);
  return settling;
}
