import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ClientClosedError, PatientChildrenWatch } from '../../../index.js';
import { FakeClient } from '../../../testing/fake-client.js';
import { outcome, pass } from '../../../testing/passing-time.js';
import { Recorder } from '../../../testing/recorder.js';

const BOUNDARY = 500;

function makeWatch(): { client: FakeClient; watch: PatientChildrenWatch } {
  const client = new FakeClient();
  client.tree.create('/node');
  client.tree.create('/node/b');
  client.tree.create('/node/a');
  return { client, watch: new PatientChildrenWatch(client, '/node', { timeBoundary: BOUNDARY }) };
}

/** A watch whose children have settled. */
async function settle() {
  const { client, watch } = makeWatch();
  const start = watch.start();
  await pass(BOUNDARY);
  const { changed } = await start;
  return { client, changed, change: outcome(changed) };
}

const changedEvent = { type: 'NodeChildrenChanged', path: '/node' };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('on a minimal client: PatientChildrenWatch, `changed`', () => {
  it('resolves with the first change, and releases everything', async () => {
    const { client, changed } = await settle();
    client.tree.create('/node/c');
    client.tree.create('/node/d');
    expect(await changed).toEqual(changedEvent);
    expect([client.listenerCount, vi.getTimerCount()]).toEqual([0, 0]);
  });

  it('resolves when a child is replaced by one of the same name', async () => {
    const { client, changed } = await settle();
    client.tree.replace('/node/a');
    expect(await changed).toEqual(changedEvent);
  });

  it('resolves with the deletion of the node', async () => {
    const client = new FakeClient();
    client.tree.create('/empty');
    const start = new PatientChildrenWatch(client, '/empty', { timeBoundary: BOUNDARY }).start();
    await pass(BOUNDARY);
    const { changed } = await start;
    client.tree.delete('/empty');
    expect(await changed).toEqual({ type: 'NodeDeleted', path: '/empty' });
    expect(client.listenerCount).toBe(0);
  });

  it('ignores a disconnection, a new session and a change of data', async () => {
    const { client, change } = await settle();
    for (const state of ['suspended', 'lost'] as const) {
      client.become(state);
      await pass(100_000);
      client.become('connected');
      await pass(100_000);
    }
    client.tree.set('/node', 'x');
    client.tree.set('/node/a', 'x');
    await pass(0);
    expect(change.value).toBe('pending');
    client.tree.create('/node/c');
    await pass(0);
    expect(change.value).toEqual(changedEvent);
  });

  it('resolves with null when a recovery finds the change', async () => {
    const { client, change } = await settle();
    client.become('suspended');
    client.tree.replace('/node/a');
    await pass(100_000);
    expect(change.value).toBe('pending');
    client.become('connected');
    await pass(0);
    expect(change.value).toBeNull();
    expect(client.listenerCount).toBe(0);
  });

  it("rejects when the client is closed, and with a signal's reason", async () => {
    const closed = await settle();
    closed.client.become('closed');
    await pass(0);
    expect(closed.change.value).toBeInstanceOf(ClientClosedError);
    expect(closed.client.listenerCount).toBe(0);

    const { client, watch } = makeWatch();
    const aborter = new AbortController();
    const start = watch.start({ signal: aborter.signal });
    await pass(BOUNDARY);
    const change = outcome((await start).changed);
    aborter.abort('no more');
    await pass(0);
    expect(change.value).toBe('no more');
    expect(client.listenerCount).toBe(0);
    expect(getEventListeners(aborter.signal, 'abort')).toEqual([]);
  });

  it('never causes an unhandled rejection', async () => {
    const unhandled = new Recorder<unknown>();
    process.on('unhandledRejection', unhandled.record);
    const { client, watch } = makeWatch();
    void watch.start();
    client.become('closed');
    await pass(0);
    const settled = makeWatch();
    void settled.watch.start();
    await pass(BOUNDARY);
    settled.client.become('closed');
    await pass(0);
    process.off('unhandledRejection', unhandled.record);
    expect(unhandled.items).toEqual([]);
  });
});
