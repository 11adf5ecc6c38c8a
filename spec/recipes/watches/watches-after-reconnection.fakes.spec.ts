import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ZooKeeperClient } from '../../../lib/zookeeper/client.js';
import { DataWatch } from '../../../recipes/watches/data-watch.js';
import { makeFakeClient } from '../../../testing/fake-connector.js';
import { pass } from '../../../testing/passing-time.js';
import { Recorder } from '../../../testing/recorder.js';

/** Every pause lasts at least half of this, in ms: far longer than a reconnection takes. */
const LONG_PAUSE = 600_000;
const NO_NODE = -101;
const STAT = { czxid: 1n, mzxid: 1n, pzxid: 1n };

async function connected() {
  const fake = makeFakeClient('a:1', { retry: { minDelay: LONG_PAUSE, maxDelay: LONG_PAUSE } });
  fake.network.onConnection = (connection) => connection.open();
  const connecting = fake.client.connect();
  await pass(1);
  await connecting;
  return fake;
}

function watch(client: ZooKeeperClient): Recorder<string | null> {
  const values = new Recorder<string | null>();
  new DataWatch(client, '/a', (data) => values.record(data && String(data)));
  return values;
}

/** Closes the client, whose server says nothing to it. */
async function endOf(client: ZooKeeperClient): Promise<void> {
  const closing = client.close();
  await pass(2_000);
  await closing;
}

describe('after a reconnection a DataWatch', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  // As in scenario 3936859958 of the simulation.
  it('learns at once that the znode is gone when the connection ended before that was known', async () => {
    const { client, network } = await connected();
    const values = watch(client);
    await pass(0);
    network.last.named('getData')[0]?.answer({ data: Buffer.from('kept'), stat: STAT });
    await pass(0);
    network.last.notify({ type: 'NodeDeleted', path: '/a' });
    await pass(0);
    network.last.named('getData')[1]?.refuse(NO_NODE);
    await pass(0);
    expect(network.last.named('exists')).toHaveLength(1);
    expect(values.items).toEqual(['kept']);
    network.last.end('failed');
    await pass(100);
    expect(client.state).toBe('connected');
    network.last.named('exists')[0]?.answer(null);
    await pass(0);
    expect(values.items).toEqual(['kept', null]);
    await endOf(client);
  });

  // As in scenario 1483202322 of the simulation.
  it('of a missing znode has its first call at once when no server was reached for long', async () => {
    const { client, network } = await connected();
    const values = watch(client);
    await pass(0);
    expect(network.last.named('getData')).toHaveLength(1);
    network.onConnection = (connection) => connection.end('failed');
    network.last.end('failed');
    await pass(10_000);
    expect(client.state).toBe('lost');
    network.onConnection = (connection) => connection.open();
    await pass(600);
    expect(client.state).toBe('connected');
    network.last.named('getData')[0]?.refuse(NO_NODE);
    await pass(0);
    network.last.named('exists')[0]?.answer(null);
    await pass(0);
    expect(values.items).toEqual([null]);
    await endOf(client);
  });
});
