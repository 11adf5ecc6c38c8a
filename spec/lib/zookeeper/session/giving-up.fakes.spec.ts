import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeFakeClient } from '../../../../testing/fake-connector.js';
import { outcome, pass } from '../../../../testing/passing-time.js';

const T = 3_000;

/** A client that is connected by a session of so many ms. */
async function connected(sessionTimeout = T) {
  const fake = makeFakeClient('a:1', { retry: { maxAttempts: 1 } });
  const connecting = fake.client.connect();
  await pass(1);
  fake.network.last.open({ sessionTimeout });
  await connecting;
  return { ...fake, first: fake.network.last };
}

const failure = (promise: Promise<unknown>) => outcome(promise.catch((error: unknown) => error));

describe('a session', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('rejects the requests that wait at once, when connect() gives up', async () => {
    const { client } = makeFakeClient();
    const connecting = failure(client.connect({ timeout: 200 }));
    const creation = failure(client.create('/a'));
    await pass(250);
    expect(connecting.value).toMatchObject({ code: 'CONNECT_TIMEOUT' });
    expect(creation.value).toMatchObject({ code: 'CONNECTION_LOSS', path: '/a' });
    expect(vi.getTimerCount()).toBe(0);
    await client.close();
  });

  it('lets a request wait for a connection for as long as the servers have granted, not as was asked for', async () => {
    const { client, network, first } = await connected(1_000);
    first.end('failed');
    const read = failure(client.exists('/a'));
    await pass(900);
    expect(read.value).toBe('pending');
    await pass(300);
    expect(read.value).toMatchObject({ message: expect.stringContaining('no server was reached within 1000 ms') });
    network.onConnection = (connection) => connection.open();
    void client.close();
    await pass(2_000);
  });

  it('sends no pings beside requests that keep it alive', async () => {
    const { client, first } = await connected();
    for (let passed = 0; passed < 2 * T; passed += T / 10) {
      const read = client.exists('/a');
      first.requests.last?.answer(null);
      await read;
      await pass(T / 10);
    }
    expect(first.pings.items).toEqual([]);
    void client.close();
    await pass(2_000);
  });

  it('leaves a server in time that does not answer a request which waited for it, where it granted less than was asked', async () => {
    const { client, network } = makeFakeClient('a:1', { retry: { maxAttempts: 1 } });
    const connecting = client.connect();
    const read = failure(client.exists('/a'));
    await pass(1);
    network.last.open({ sessionTimeout: 300 });
    await connecting;
    for (let passed = 0; passed < 600; passed += 30) {
      network.last.hear();
      await pass(30);
    }
    expect(read.value).toMatchObject({ cause: { message: expect.stringContaining('left a request unanswered') } });
    void client.close();
    await pass(2_000);
  });

  it('rejects what is in flight as soon as the server has ended it', async () => {
    const { client, first } = await connected();
    const creation = failure(client.create('/a'));
    const closing = client.close();
    expect(creation.value).toBe('pending');
    first.named('closeSession')[0]?.answer();
    await closing;
    await pass(1);
    expect(creation.value).toMatchObject({ code: 'CLIENT_CLOSED', path: '/a' });
  });

  it('calls no watcher any more while it waits for its end, whatever the server reports', async () => {
    const { client, first } = await connected();
    const calls: string[] = [];
    const reads = [
      client.exists('/a', ({ type }) => calls.push(type)),
      client.exists('/b', ({ type }) => calls.push(type)),
    ];
    for (const { answer } of first.named('exists')) answer({});
    await Promise.all(reads);
    first.notify({ type: 'NodeDataChanged', path: '/a' });
    await pass(0);
    const closing = client.close();
    first.notify({ type: 'NodeDataChanged', path: '/b' });
    await pass(0);
    first.named('closeSession')[0]?.answer();
    await closing;
    expect(calls).toEqual(['NodeDataChanged']);
  });

  it('is closed without a server as soon as none can know it any more', async () => {
    const { client, network, first } = await connected();
    network.onConnection = (connection) => connection.end('failed');
    first.end('failed');
    await pass(T - 500);
    const closing = outcome(client.close().then(() => 'closed'));
    await pass(600);
    expect([closing.value, vi.getTimerCount()]).toEqual(['closed', 0]);
  });

  it('is not replaced in order to be closed, when a server says that it has expired', async () => {
    const { client, network, first } = await connected();
    first.end('failed');
    await pass(100);
    const closing = outcome(client.close().then(() => 'closed'));
    network.last.end('expired');
    await pass(1);
    expect([closing.value, network.connections.items.length, vi.getTimerCount()]).toEqual(['closed', 2, 0]);
  });

  it('ends when it is closed amid the arming of its watches, also if that is answered first', async () => {
    const { client, network, first } = await connected();
    const read = client.getChildren('/a', () => {});
    first.requests.last?.answer({ children: [], stat: {} });
    await read;
    network.onConnection = (connection) => connection.open();
    first.end('failed');
    await pass(600);
    const [setWatches] = network.last.named('setWatches');
    const closing = outcome(client.close().then(() => 'closed'));
    setWatches?.answer();
    await pass(1);
    expect([client.state, closing.value]).toEqual(['closed', 'pending']);
    network.last.named('closeSession')[0]?.answer();
    await pass(1);
    expect([closing.value, network.last.destroyed, vi.getTimerCount()]).toEqual(['closed', true, 0]);
  });
});
