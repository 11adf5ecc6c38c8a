import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Stat } from '../../../../lib/core/coordination-client.js';
import type { ZooKeeperClient } from '../../../../lib/zookeeper/client.js';
import {
  type FakeConnection,
  type FakeNetwork,
  type FakeRequest,
  makeFakeClient,
} from '../../../../testing/fake-connector.js';
import { pass } from '../../../../testing/passing-time.js';
import { recordStates } from '../../../support/fixtures.js';

const NO_NODE = -101;
const NO_AUTH = -102;
const UNIMPLEMENTED = -6;
const SEEN = 100n;
const T = 3_000;

const stat = (zxid: bigint): Stat => ({
  ...{ czxid: 1n, mzxid: zxid, pzxid: zxid, ctime: 0, mtime: 0, version: 0, cversion: 0, aversion: 0 },
  ...{ ephemeralOwner: 0n, dataLength: 0, numChildren: 0 },
});

const pathOf = ({ frame }: FakeRequest): string => frame.toString('utf8', 16, 16 + frame.readInt32BE(12));

/** Answers the reads that arm watches: a zxid is the last change, a number an error. */
type Answers = Readonly<Record<string, bigint | number>>;

function answer(request: FakeRequest, answers: Answers): void {
  const found = answers[`${request.name} ${pathOf(request)}`] ?? answers[pathOf(request)] ?? 1n;
  if (typeof found === 'number') return request.refuse(found);
  request.answer(request.name === 'exists' ? stat(found) : { children: [], data: '', stat: stat(found) }, SEEN);
}

/** Ends a connection, and returns the next one, which is not open yet. */
async function replaced(network: FakeNetwork): Promise<FakeConnection> {
  const count = network.connections.items.length;
  network.last.end('failed');
  for (let time = 0; time < T && network.connections.items.length === count; time += 1) await pass(1);
  return network.last;
}

/** Lets a server answer each request as it arrives. */
async function serve(connection: FakeConnection, answers: Answers, setWatches = UNIMPLEMENTED): Promise<void> {
  connection.open();
  for (let nth = 0; ; nth += 1) {
    await pass(1);
    const request = connection.requests.items[nth];
    if (!request) return;
    if (request.name === 'setWatches') request.refuse(setWatches);
    else answer(request, answers);
  }
}

const names = (connection: FakeConnection): string[] =>
  connection.requests.items.map((request) => {
    const isRead = request.name === 'exists' || request.name === 'getChildren';
    return isRead ? `${request.name} ${pathOf(request)}` : request.name;
  });

/** A client that watches the data of /data, the creation of /missing and the children of /parent. */
async function watching(connectString = 'a:1') {
  const fake = makeFakeClient(connectString);
  const { client, network, logger } = fake;
  const connecting = client.connect();
  await pass(1);
  const first = network.last;
  first.open();
  await connecting;
  const events: string[] = [];
  const watcher = ({ type, path }: { type: string; path: string }) => events.push(`${type} ${path}`);
  const reads = [client.getData('/data', watcher), client.exists('/missing', watcher)];
  const children = client.getChildren('/parent', watcher);
  await pass(1);
  for (const request of first.requests.items) answer(request, { '/missing': NO_NODE });
  await Promise.all([...reads, children]);
  const states = recordStates(client);
  return { client, network, logger, first, events, watcher, states };
}

async function close(client: ZooKeeperClient): Promise<void> {
  const closing = client.close();
  await pass(2_000);
  await closing;
}

describe('a server without SetWatches', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('gets a read for each watch, and the watches fire when it reports a change', async () => {
    const { client, network, events, states } = await watching();
    const second = await replaced(network);
    await serve(second, { '/missing': NO_NODE });
    expect(names(second)).toEqual(['setWatches', 'exists /data', 'exists /missing', 'getChildren /parent']);
    expect(second.requests.items.slice(1).every(({ frame }) => frame.at(-1) === 1)).toBe(true);
    expect([states.items, events]).toEqual([['suspended', 'connected'], []]);
    second.notify({ type: 'NodeDataChanged', path: '/data' });
    second.notify({ type: 'NodeCreated', path: '/missing' });
    second.notify({ type: 'NodeChildrenChanged', path: '/parent' });
    await pass(1);
    expect(events).toEqual(['NodeDataChanged /data', 'NodeCreated /missing', 'NodeChildrenChanged /parent']);
    await close(client);
  });

  it.each<[string, Answers, string[]]>([
    ['nothing newer than the last transaction seen', { '/data': SEEN, '/parent': SEEN }, []],
    ['newer data', { '/data': SEEN + 1n }, ['NodeDataChanged /data']],
    ['newer children', { '/parent': SEEN + 1n }, ['NodeChildrenChanged /parent']],
    ['a znode that has come', { '/missing': 1n }, ['NodeCreated /missing']],
    ['znodes that have gone', { '/data': NO_NODE, '/parent': NO_NODE }, ['NodeDeleted /data', 'NodeDeleted /parent']],
    [
      'what may not be read',
      { '/data': NO_AUTH, '/parent': NO_AUTH },
      ['NodeDataChanged /data', 'NodeChildrenChanged /parent'],
    ],
  ])('fires the watches of %s', async (_what, answers, expected) => {
    const { client, network, first, events, states } = await watching();
    first.hear(SEEN);
    await serve(await replaced(network), { '/missing': NO_NODE, ...answers });
    expect(events).toEqual(expected);
    expect(states.last).toBe('connected');
    await close(client);
  });

  it('is asked to remove the watches of changed znodes that nobody watches again', async () => {
    const { client, network } = await watching();
    await serve(await replaced(network), { '/data': SEEN + 1n, '/missing': NO_NODE, '/parent': NO_NODE });
    const removals = network.last.named('removeWatches').map((request) => pathOf(request));
    expect(removals).toEqual(['/data']);
    await close(client);
  });

  it('is left when a read fails for a reason that says nothing about the znode', async () => {
    const { client, network, events, states } = await watching();
    await serve(await replaced(network), { '/missing': NO_NODE, '/parent': -122 });
    expect([network.last.destroyed, states.items, events]).toEqual([true, ['suspended'], []]);
    await close(client);
  });

  it('is remembered by its address, and no other server is', async () => {
    const { client, network, first } = await watching('a:1,b:1');
    const used = new Map<string, string[]>();
    for (let nth = 2; nth <= 5; nth += 1) {
      const connection = await replaced(network);
      await serve(connection, { '/missing': NO_NODE }, connection.server === first.server ? UNIMPLEMENTED : 0);
      used.set(connection.server, [...(used.get(connection.server) ?? []), names(connection)[0] ?? '']);
    }
    const [other] = [...used.keys()].filter((server) => server !== first.server);
    expect(used.get(first.server)).toEqual(['setWatches', 'exists /data']);
    expect(used.get(other as string)).toEqual(['setWatches', 'setWatches']);
    await close(client);
  });

  it('that hangs up on it twice is read from at the third connection', async () => {
    const { client, network, states } = await watching();
    for (let nth = 0; nth < 2; nth += 1) {
      const connection = await replaced(network);
      connection.open();
      await pass(1);
      expect(names(connection)).toEqual(['setWatches']);
    }
    await serve(await replaced(network), { '/missing': NO_NODE });
    expect(names(network.last)[0]).toBe('exists /data');
    expect(states.items).toEqual(['suspended', 'connected']);
    await close(client);
  });

  it('is not taken for one when it has answered it before', async () => {
    const { client, network } = await watching();
    await serve(await replaced(network), {}, 0);
    for (let nth = 0; nth < 4; nth += 1) {
      (await replaced(network)).open();
      await pass(1);
      expect(names(network.last)).toEqual(['setWatches']);
    }
    await close(client);
  });
});

describe('a server without RemoveWatches', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  /** Watches a path, and stops. */
  async function watchAndStop(client: ZooKeeperClient, connection: FakeConnection): Promise<FakeRequest | undefined> {
    const watcher = () => {};
    const read = client.exists('/a', watcher);
    await pass(1);
    connection.named('exists').at(-1)?.answer(stat(1n));
    await read;
    const before = connection.named('removeWatches').length;
    client.removeWatcher('/a', watcher);
    await pass(1);
    return connection.named('removeWatches')[before];
  }

  async function connected() {
    const fake = makeFakeClient();
    const connecting = fake.client.connect();
    await pass(1);
    fake.network.last.open();
    await connecting;
    return fake;
  }

  it('gets one, and the log says nothing', async () => {
    const { client, network, logger } = await connected();
    (await watchAndStop(client, network.last))?.refuse(UNIMPLEMENTED);
    expect(await watchAndStop(client, network.last)).toBe(undefined);
    (await replaced(network)).open();
    await pass(1);
    expect(await watchAndStop(client, network.last)).toBe(undefined);
    expect([...logger.messages('warn'), ...logger.messages('error')]).toEqual([]);
    await close(client);
  });

  it('that hangs up on it gets no more after five connections', async () => {
    const { client, network } = await connected();
    const sent: boolean[] = [];
    for (let nth = 0; nth < 7; nth += 1) {
      sent.push((await watchAndStop(client, network.last)) !== undefined);
      (await replaced(network)).open();
      await pass(1);
    }
    expect(sent).toEqual([true, true, true, true, true, false, false]);
    await close(client);
  });

  it('is not taken for one when it has answered it before, if only that there is no such watch', async () => {
    const { client, network } = await connected();
    (await watchAndStop(client, network.last))?.refuse(-121);
    for (let nth = 0; nth < 7; nth += 1) {
      expect(await watchAndStop(client, network.last)).not.toBe(undefined);
      (await replaced(network)).open();
      await pass(1);
    }
    await close(client);
  });
});
