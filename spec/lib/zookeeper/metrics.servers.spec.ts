import { describe, expect } from 'vitest';
import { ChildrenWatch, DataWatch, NoNodeError, PatientChildrenWatch, subscribe, TreeWatch } from '../../../index.js';
import { METRICS } from '../../../lib/core/limits.js';
import { BlobStorage } from '../../../recipes/blobs/index.js';
import { eventually } from '../../../testing/eventually.js';
import { expireSession } from '../../../testing/session-killer.js';
import { it, recordStates } from '../../support/fixtures.js';

describe('metrics()', () => {
  it('counts requests by operation and outcome, with their latencies in cumulative buckets', async ({ client }) => {
    await client.create('/a', 'data');
    for (let times = 0; times < 3; times += 1) await client.getData('/a');
    await expect(client.getData('/missing')).rejects.toThrow(NoNodeError);
    expect(await client.exists('/missing')).toBe(null);
    const { requests } = client.metrics();
    expect(requests.create).toMatchObject({ succeeded: 1, failed: {} });
    expect(requests.getData).toMatchObject({ succeeded: 3, failed: { NO_NODE: 1 } });
    // The check of the chroot is one, too.
    expect(requests.exists).toMatchObject({ succeeded: 2, failed: {} });
    const { count, sum, buckets } = requests.getData?.latency ?? { count: 0, sum: 0, buckets: [] };
    expect([count, sum > 0]).toEqual([4, true]);
    expect(buckets.map(({ le }) => le)).toEqual([...METRICS.latencyBounds]);
    const counts = buckets.map((bucket) => bucket.count);
    expect(counts).toEqual([...counts].sort((one, other) => one - other));
    expect(counts.at(-1)).toBe(4);
  });

  it('is a plain object of its own at each call, in every state', async ({ makeClient }) => {
    const client = makeClient();
    const before = client.metrics();
    expect(before).toMatchObject({ state: 'latent', connections: { attempted: 0, opened: 0 }, requests: {} });
    await client.connect();
    await client.exists('/');
    expect(before).toMatchObject({ state: 'latent', requests: {} });
    const after = client.metrics();
    expect(JSON.parse(JSON.stringify(after))).toEqual(after);
    await client.close();
    expect(client.metrics()).toMatchObject({
      state: 'closed',
      statesEntered: { connecting: 1, connected: 1, closed: 1 },
    });
  });

  it('counts connections, reconnections, lost sessions and bytes over all of them', async ({
    proxied,
    proxy,
    port,
  }) => {
    const states = recordStates(proxied);
    const first = proxied.metrics();
    expect(first).toMatchObject({ reconnections: 0, connections: { attempted: 1, opened: 1 } });
    proxy.cut();
    await states.until((seen) => seen.includes('connected'));
    expect(proxied.metrics()).toMatchObject({
      reconnections: 1,
      statesEntered: { suspended: 1, connected: 2, lost: 0 },
    });
    states.clear();
    await expireSession(proxied, port);
    await states.until((seen) => seen.includes('lost') && seen.includes('connected'));
    const last = proxied.metrics();
    expect(last).toMatchObject({ state: 'connected', statesEntered: { lost: 1 } });
    // Also by the connection that ends the session.
    expect(last.reconnections).toBeGreaterThanOrEqual(2);
    expect(last.statesEntered.connected).toBe(last.reconnections + 1);
    expect(last.connections.opened).toBe(last.statesEntered.connected);
    expect(last.connections.attempted).toBeGreaterThanOrEqual(last.connections.opened);
    expect(last.bytes.sent).toBeGreaterThan(first.bytes.sent);
    expect(last.bytes.received).toBeGreaterThan(first.bytes.received);
  });

  it('counts requests that have failed without an answer, and those in the queue', async ({
    connect,
    proxy,
    chroot,
  }) => {
    const connectString = `${proxy.connectString}${chroot}`;
    const client = await connect({ connectString, retry: { maxAttempts: 1 } });
    await client.create('/a');
    proxy.blackHole('to-server');
    const reading = client.getData('/a').catch((error: { code: string }) => error.code);
    expect(client.metrics().queue).toEqual({ waiting: 0, inFlight: 1 });
    proxy.cut();
    expect(await reading).toBe('CONNECTION_LOSS');
    expect(client.metrics()).toMatchObject({
      queue: { waiting: 0, inFlight: 0 },
      requests: { getData: { succeeded: 0, failed: { CONNECTION_LOSS: 1 }, latency: { count: 0 } } },
    });
  });

  it('counts the watches of each kind, their calls and failed calls, and what the server reports', async ({
    client,
    other,
  }) => {
    await client.create('/a', '1');
    const listen = { error: () => {} };
    const data = new DataWatch(client, '/a', (value) => {
      if (String(value) === '2') throw new Error('boom');
    }).on('error', listen.error);
    const children = new ChildrenWatch(client, '/a', () => {});
    const tree = new TreeWatch(client, '/a', () => {});
    const subscription = subscribe(client, '/a', null, () => {
      throw new Error('boom');
    }).on('error', listen.error);
    const patient = new PatientChildrenWatch(client, '/a').start().catch((error: Error) => error);
    const storage = new BlobStorage(client);
    const blob = storage.watch('id', () => {});
    const unused = new DataWatch(client, '/a');
    await Promise.all([data, children, tree, subscription, blob].map(({ ready }) => ready));
    const one = { running: 1, calls: 1, failedCalls: 0 };
    expect(client.metrics().watches).toEqual({
      ...{ data: one, children: one, tree: one, blob: one },
      subscription: { running: 1, calls: 0, failedCalls: 0 },
      patient: { running: 1, calls: 0, failedCalls: 0 },
    });
    await other.setData('/a', '2');
    await eventually(() => {
      const now = client.metrics().watches;
      return now.data.failedCalls === 1 && now.tree.calls === 2 && now.subscription.failedCalls === 1;
    });
    expect(client.metrics().watches).toMatchObject({
      data: { running: 1, calls: 2, failedCalls: 1 },
      children: one,
      subscription: { calls: 1, failedCalls: 1 },
    });
    expect(client.metrics().notifications).toBeGreaterThanOrEqual(1);
    for (const watch of [data, children, tree, unused]) watch.stop();
    await subscription.close();
    blob.stop();
    await client.close();
    await patient;
    for (const { running } of Object.values(client.metrics().watches)) expect(running).toBe(0);
  });
});
