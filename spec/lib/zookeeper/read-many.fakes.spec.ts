import { describe, expect, it } from 'vitest';
import {
  ClientClosedError,
  ConnectionLossError,
  NoAuthError,
  NoNodeError,
  type ZnodeRead,
  type ZooKeeperClient,
  ZooKeeperError,
} from '../../../index.js';
import { CLIENT } from '../../../lib/core/limits.js';
import { ServerCode } from '../../../lib/protocol/server-code.js';
import { makeFakeClient } from '../../../testing/fake-connector.js';
import { turn } from '../../../testing/passing-time.js';
import { asksForLeaves, close, connected, Player, paths, pathsOf, STAT, znode } from '../../support/played-reads.js';
import { rejectionOf } from '../../support/rejection.js';

const { requestsInFlight } = CLIENT.readMany;

describe('readMany()', () => {
  it('asks for data and children of several znodes in one request, and returns them in order', async () => {
    const { client, network, player } = await connected();
    const reading = client.readMany(paths(3));
    await turn();
    expect(player.all.map(pathsOf)).toEqual([['/n0', '/n1', '/n2']]);
    await player.answerAll();
    expect(await reading).toEqual(paths(3).map(znode));
    await close(client, network);
  });

  it('doubles the znodes of a request while replies are small, with eight requests in flight', async () => {
    const { client, network, player } = await connected();
    const reading = client.readMany(paths(3_000));
    await turn();
    expect(player.waiting.map((request) => pathsOf(request).length)).toEqual(new Array(8).fill(10));
    expect(requestsInFlight).toBe(8);
    let most = 0;
    while (player.waiting.length > 0) {
      most = Math.max(most, player.waiting.length);
      await player.answer();
    }
    expect(most).toBe(8);
    const sizes = player.all.slice(8).map((request) => pathsOf(request).length);
    expect(sizes.slice(0, 6)).toEqual([20, 20, 20, 20, 20, 20]);
    expect(Math.max(...sizes)).toBe(200);
    expect(await reading).toEqual(paths(3_000).map(znode));
    await close(client, network);
  });

  it('asks for fewer znodes when a reply was large', async () => {
    const { client, network, player } = await connected();
    player.bytesOf = (count) => count * 128 * 1024;
    const reading = client.readMany(paths(200));
    await turn();
    await player.answerAll();
    const sizes = player.all.map((request) => pathsOf(request).length);
    expect(sizes.slice(0, 8)).toEqual(new Array(8).fill(10));
    expect(new Set(sizes.slice(8))).toEqual(new Set([2]));
    expect(await reading).toHaveLength(200);
    await close(client, network);
  });

  it('asks for no children once most znodes have none, and for all parts of the others', async () => {
    const { client, network, player } = await connected();
    const parents = new Set(['/n100', '/n150']);
    const expected = (path: string): ZnodeRead => ({ ...znode(path), children: parents.has(path) ? ['child'] : [] });
    player.outcomeOf = expected;
    const reading = client.readMany(paths(200));
    await turn();
    await player.answerAll();
    expect(await reading).toEqual(paths(200).map(expected));
    const [first, later] = [player.all.slice(0, 8), player.all.slice(8)];
    expect(first.some(asksForLeaves)).toBe(false);
    expect(later.filter((request) => !asksForLeaves(request)).map(pathsOf)).toEqual([[...parents]]);
    expect(later.filter(asksForLeaves).flatMap(pathsOf)).toEqual(paths(200).slice(80));
    await close(client, network);
  });

  it('asks for all parts again where many znodes have children', async () => {
    const { client, network, player } = await connected();
    const isLeaf = (path: string): boolean => Number(path.slice(2)) < 100;
    const expected = (path: string): ZnodeRead => ({ ...znode(path), children: isLeaf(path) ? [] : ['child'] });
    player.outcomeOf = expected;
    const reading = client.readMany(paths(1_000));
    await turn();
    await player.answerAll();
    expect(await reading).toEqual(paths(1_000).map(expected));
    const asked = player.all.flatMap((request) => pathsOf(request));
    // Twice those of the requests that were on their way when the first such reply came.
    expect(asked.length).toBeLessThan(1_000 + 250);
    await close(client, network);
  });

  it('begins with as many as its largest requests have, and with data alone, where it expects small leaves', async () => {
    const { client, network, player } = await connected();
    const parent = { ...znode('/n1'), stat: { ...STAT, numChildren: 1 }, children: ['child'] };
    player.outcomeOf = (path) => (path === '/n1' ? parent : znode(path));
    const reading = client.readMany(paths(250), { leaves: true });
    await turn();
    expect(player.all.map((request) => [pathsOf(request).length, asksForLeaves(request)])).toEqual([
      [200, true],
      [50, true],
    ]);
    await player.answerAll();
    expect(player.all.slice(2).map(pathsOf)).toEqual([['/n1']]);
    expect(await reading).toEqual(paths(250).map(player.outcomeOf));
    await close(client, network);
  });

  it('has the error of each znode in its place, with the path that the user knows', async () => {
    const { client, network, player } = await connected({}, 'a:1/root/app');
    player.outcomeOf = (path) => {
      if (path === '/root/app/b') return ServerCode.NO_NODE;
      return path === '/root/app/c' ? ServerCode.NO_AUTH : znode(path);
    };
    const reading = client.readMany(['/', '/b', '/c', '/b']);
    await turn();
    const request = player.waiting.find(({ name }) => name === 'multiRead');
    expect(request && pathsOf(request)).toEqual(['/root/app', '/root/app/b', '/root/app/c', '/root/app/b']);
    await player.answerAll();
    const [root, ...errors] = await reading;
    expect(root).toEqual(znode('/root/app'));
    expect(errors).toEqual([expect.any(NoNodeError), expect.any(NoAuthError), expect.any(NoNodeError)]);
    expect(errors[0]).toMatchObject({
      path: '/b',
      serverCode: -101,
      message: expect.stringMatching(/^readMany \/b: /),
    });
    await close(client, network);
  });

  it('takes the list as it was at the call, and may be called with none', async () => {
    const { client, network, player } = await connected();
    const list = paths(2);
    const reading = client.readMany(list);
    list.length = 0;
    await turn();
    await player.answerAll();
    expect(await reading).toHaveLength(2);
    expect(await client.readMany([])).toEqual([]);
    expect(player.all).toHaveLength(1);
    await close(client, network);
  });

  it.each<[string, (client: ZooKeeperClient) => Promise<unknown>]>([
    ['no list', (client) => client.readMany('/a' as never)],
    ['a bad path among many', (client) => client.readMany([...paths(100), '/bad/'])],
    ['no path among many', (client) => client.readMany([...paths(100), undefined as never])],
    ['an unknown option', (client) => client.readMany(['/a'], { dat: false } as never)],
    ['an option that is not valid', (client) => client.readMany(['/a'], { data: 0 } as never)],
    ['another option that is not valid', (client) => client.readMany(['/a'], { leaves: 'all' } as never)],
    ['options that are none', (client) => client.readMany(['/a'], true as never)],
  ])('refuses %s, and sends nothing', async (_name, call) => {
    const { client, network, player } = await connected();
    const error = await rejectionOf(call(client));
    expect(error).toBeInstanceOf(ZooKeeperError);
    expect((error as ZooKeeperError).code).toMatch(/^INVALID_(ARGUMENT|PATH)$/);
    expect(player.all).toEqual([]);
    await close(client, network);
  });

  it('names a path that is none, and other text, which may be a secret, by its place alone', async () => {
    const { client, network } = await connected();
    expect(await rejectionOf(client.readMany(['/a', '/b//c']))).toMatchObject({
      ...{ code: 'INVALID_PATH', path: '/b//c', message: expect.stringContaining('"/b//c"') },
    });
    const message = 'paths[1] is not a znode path: it must start with "/"';
    expect(await rejectionOf(client.readMany(['/a', 'password']))).toMatchObject({ code: 'INVALID_PATH', message });
    await close(client, network);
  });

  it('sends again what was in flight when the connection ended', async () => {
    const { client, network, player } = await connected();
    const reading = client.readMany(paths(100));
    await turn();
    await player.answer();
    const lost = player.waiting.map(pathsOf);
    expect(lost).toHaveLength(8);
    player.connection.end('failed');
    const second = new Player(await network.connection(2));
    await second.connection.requests.untilCount(8);
    // Each after a pause of its own, of which some may have ended before the connection was there.
    expect(second.waiting.map((request) => String(pathsOf(request))).toSorted()).toEqual(lost.map(String).toSorted());
    await second.answerAll();
    expect(await reading).toEqual(paths(100).map(znode));
    await close(client, network);
  });

  it('rejects with the first failure of a request, and sends nothing after it', async () => {
    const { client, network, player } = await connected({ retry: { maxAttempts: 1 } });
    const reading = rejectionOf(client.readMany(paths(1_000)));
    await turn();
    player.connection.end('failed');
    expect(await reading).toBeInstanceOf(ConnectionLossError);
    const second = await network.connection(2);
    await turn();
    expect(second.requests.items).toEqual([]);
    await close(client, network);
  });

  it('rejects when the client is closed', async () => {
    const { client, network } = await connected();
    const reading = rejectionOf(client.readMany(paths(1_000)));
    await turn();
    await close(client, network);
    expect(await reading).toBeInstanceOf(ClientClosedError);
    expect(await rejectionOf(client.readMany(paths(1)))).toBeInstanceOf(ClientClosedError);
  });
});

describe('lastZxid', () => {
  it('is the newest transaction that a server has reported', async () => {
    const { client, network } = makeFakeClient();
    expect(client.lastZxid).toBe(0n);
    network.onConnection = (connection) => connection.open();
    await client.connect();
    network.last.hear(7n);
    expect(client.lastZxid).toBe(7n);
    network.last.hear(5n);
    network.last.notify({ type: 'NodeCreated', path: '/a', zxid: 9n });
    expect(client.lastZxid).toBe(7n);
    await close(client, network);
  });
});
