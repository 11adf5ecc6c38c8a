import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { DataWatch } from '../../../index.js';
import { FakeClient } from '../../../testing/fake-client.js';
import { turn } from '../../../testing/passing-time.js';
import { Recorder } from '../../../testing/recorder.js';

const realImmediate = setImmediate;
const COUNT = 3_000;
const AT_ONCE = 1_000;

/** Watches of as many nodes, and the values of their calls. */
function watchMany(client: FakeClient): { paths: string[]; calls: Recorder<string> } {
  const paths = Array.from({ length: COUNT }, (_, index) => `/group${index % 50}/node${index}`);
  for (let group = 0; group < 50; group += 1) client.tree.create(`/group${group}`);
  for (const path of paths) client.tree.create(path, '0');
  const calls = new Recorder<string>();
  for (const path of paths) new DataWatch(client, path, (data) => calls.record(String(data)));
  return { paths, calls };
}

/** Waits until every read that may begin has begun. */
async function turns(): Promise<void> {
  for (let count = 0; count < 50; count += 1) await turn();
}

const all = (value: string) => Array(COUNT).fill(value);

describe('on a minimal client: 3,000 watches', () => {
  it('have at most 1,000 reads in flight, at the start and at a recovery, and read each node once', async () => {
    const client = new FakeClient();
    const { paths, calls } = watchMany(client);
    await turns();
    expect(calls.items).toEqual(all('0'));
    expect(client.maxInFlight).toBeLessThanOrEqual(AT_ONCE);
    expect(client.reads.length).toBe(COUNT);

    client.become('suspended');
    for (const path of paths) client.tree.set(path, '1');
    calls.clear();
    client.reads.length = 0;
    const release = client.hold();
    client.become('connected');
    await turns();
    expect(client.inFlight).toBe(AT_ONCE);
    release();
    await turns();
    expect(calls.items).toEqual(all('1'));
    expect(client.maxInFlight).toBe(AT_ONCE);
    expect(client.reads.length).toBe(COUNT);
    expect(client.armed).toBe(COUNT);
  });

  it('recover from a cut in the middle of a recovery', async () => {
    const client = new FakeClient();
    const { paths, calls } = watchMany(client);
    await turns();
    client.become('suspended');
    for (const path of paths) client.tree.set(path, '1');
    calls.clear();
    client.hold();
    client.become('connected');
    await turns();
    client.become('suspended');
    const release = client.hold();
    await turns();
    client.become('connected');
    release();
    expect(await calls.untilCount(COUNT)).toEqual(all('1'));
    expect(client.maxInFlight).toBe(AT_ONCE);
    expect(client.armed).toBe(COUNT);
  });

  it('send no read for a watch that is stopped before its turn', async () => {
    const client = new FakeClient();
    const release = client.hold();
    const first = Array.from({ length: AT_ONCE }, (_, index) => new DataWatch(client, `/first${index}`, () => {}));
    const waiting = new DataWatch(client, '/waiting', () => {});
    const last = new DataWatch(client, '/last', () => {});
    waiting.stop();
    release();
    await Promise.all([...first, last].map((watch) => watch.ready));
    expect(client.reads).not.toContain('getData /waiting');
  });

  it('are called under fake timers that nobody advances, and so are those made after them', async () => {
    onTestFinished(() => void vi.useRealTimers());
    vi.useFakeTimers();
    const client = new FakeClient();
    const { calls } = watchMany(client);
    for (let count = 0; count < 50; count += 1) await new Promise((resolve) => realImmediate(resolve));
    expect(calls.items).toEqual(all('0'));
    vi.useRealTimers();
    await new DataWatch(client, '/group0', () => calls.record('later')).ready;
    expect(calls.last).toBe('later');
  });
});
