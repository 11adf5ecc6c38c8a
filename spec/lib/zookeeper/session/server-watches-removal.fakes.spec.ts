import { describe, expect, it } from 'vitest';
import type { ZooKeeperClient } from '../../../../index.js';
import { type FakeConnection, type FakeNetwork, makeFakeClient } from '../../../../testing/fake-connector.js';
import { turn } from '../../../../testing/passing-time.js';
import { statWith } from '../../../support/tree-nodes.js';

const STAT = statWith({});
const NO_WATCHER = -121;

/** Opens the nth connection, and waits until the client knows. */
async function opened(network: FakeNetwork, nth: number): Promise<FakeConnection> {
  const connection = await network.connection(nth);
  connection.open();
  await turn();
  return connection;
}

/** A connected client with a watcher on `/a`, whose server watch is armed. */
async function watching() {
  const { client, network } = makeFakeClient();
  const connecting = client.connect();
  const connection = await opened(network, 1);
  await connecting;
  const watcher = () => {};
  const read = client.getData('/a', watcher);
  await turn();
  connection.named('getData')[0]?.answer({ data: Buffer.alloc(0), stat: STAT });
  await read;
  return { client, network, connection, watcher };
}

/** The same client on its second connection, before its watches are re-armed. */
async function rearming() {
  const { client, network, connection, watcher } = await watching();
  connection.end('failed');
  return { client, network, connection: await opened(network, 2), watcher };
}

async function close(client: ZooKeeperClient, connection: FakeConnection): Promise<void> {
  const closing = client.close();
  await turn();
  connection.named('closeSession')[0]?.answer();
  await closing;
}

describe('a watcher whose event has come', () => {
  it('is not called any more when it is removed before its turn', async () => {
    const { client, connection } = await watching();
    const calls: string[] = [];
    const second = (): void => void calls.push('second');
    const first = (): void => {
      calls.push('first');
      client.removeWatcher('/a', second);
    };
    const reads = [first, second].map((watcher) => client.getData('/a', watcher));
    await turn();
    for (const read of connection.named('getData').slice(1)) read.answer({ data: Buffer.alloc(0), stat: STAT });
    await Promise.all(reads);
    connection.notify({ type: 'NodeDataChanged', path: '/a' });
    await turn();
    expect(calls).toEqual(['first']);
    await close(client, connection);
  });

  it('is not called any more when it is removed in the same turn, alone on its path', async () => {
    const { client, connection } = await watching();
    const calls: string[] = [];
    const watcher = (): void => void calls.push('called');
    const read = client.exists('/b', watcher);
    await turn();
    connection.named('exists')[0]?.answer(STAT);
    await read;
    connection.notify({ type: 'NodeDataChanged', path: '/b' });
    client.removeWatcher('/b', watcher);
    await turn();
    expect(calls).toEqual([]);
    await close(client, connection);
  });
});

it('a watcher that is removed is armed again by a read on its way', async () => {
  const { client, connection } = await watching();
  const events: string[] = [];
  const watcher = ({ type }: { type: string }): void => void events.push(type);
  const read = client.exists('/b', watcher);
  client.removeWatcher('/b', watcher);
  await turn();
  connection.named('exists')[0]?.answer(STAT);
  await read;
  connection.notify({ type: 'NodeDataChanged', path: '/b' });
  await turn();
  expect(events).toEqual(['NodeDataChanged']);
  await close(client, connection);
});

describe('the removal of a server watch', () => {
  it('is requested once, and its refusal does no harm', async () => {
    const { client, connection, watcher } = await watching();
    client.removeWatcher('/a', watcher);
    client.removeWatcher('/a', watcher);
    await turn();
    const requests = connection.named('removeWatches');
    expect(requests.length).toBe(1);
    requests[0]?.refuse(NO_WATCHER);
    await turn();
    expect(client.state).toBe('connected');
    await close(client, connection);
  });

  it('is not requested when the watch has fired', async () => {
    const { client, connection, watcher } = await watching();
    connection.notify({ type: 'NodeDataChanged', path: '/a' });
    client.removeWatcher('/a', watcher);
    await turn();
    expect(connection.named('removeWatches')).toEqual([]);
    await close(client, connection);
  });

  it('is requested only after the watches are re-armed', async () => {
    const { client, connection, watcher } = await rearming();
    client.removeWatcher('/a', watcher);
    await turn();
    expect(connection.named('removeWatches')).toEqual([]);
    connection.named('setWatches')[0]?.answer();
    await turn();
    expect(connection.named('removeWatches').length).toBe(1);
    await close(client, connection);
  });

  it('is dropped when the connection ends before the watches are re-armed', async () => {
    const { client, network, connection, watcher } = await rearming();
    client.removeWatcher('/a', watcher);
    connection.end('failed');
    const third = await opened(network, 3);
    expect(third.requests.items).toEqual([]);
    await close(client, third);
  });

  it('is not requested by a closed client', async () => {
    const { client, connection, watcher } = await watching();
    const closing = client.close();
    client.removeWatcher('/a', watcher);
    await turn();
    expect(connection.named('removeWatches')).toEqual([]);
    connection.named('closeSession')[0]?.answer();
    await closing;
  });
});
