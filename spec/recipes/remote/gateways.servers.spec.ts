import { describe, expect } from 'vitest';
import type { TreeChange, ZooKeeperClient } from '../../../index.js';
import { eventually } from '../../../testing/eventually.js';
import { SeededRandom } from '../../../testing/seeded-random.js';
import { it, type ServedGateway } from '../../support/http-fixtures.js';
import { MovingProxy } from '../../support/moving-proxy.js';
import { type RemoteOptions, recordRemote } from '../../support/remote-subscriptions.js';

const QUICK = { minDelay: 1, maxDelay: 20 };

/** The znodes as the calls of a function show them: checks that no call goes back, or comes twice. */
class Follower {
  readonly known = new Map<string, { czxid: bigint; mzxid: bigint; data: string }>();
  readonly faults: string[] = [];
  /** Of the newest state of each path, also of a deleted znode. */
  readonly #newest = new Map<string, bigint>();

  readonly told = ({ type, path, node, zxid }: TreeChange): void => {
    const before = this.known.get(path);
    const fault = (text: string): number => this.faults.push(`${type} ${path} at ${zxid}: ${text}`);
    if (!node) {
      if (!before) fault('it was not known');
      this.known.delete(path);
      this.#newest.set(path, before?.czxid ?? 0n);
      return;
    }
    const { czxid, mzxid } = node.stat;
    if ((type === 'created') !== (before === undefined)) fault(`it was ${before ? 'known' : 'unknown'}`);
    if (before ? mzxid <= before.mzxid : czxid <= (this.#newest.get(path) ?? -1n)) fault('it is older');
    this.known.set(path, { czxid, mzxid, data: String(node.data) });
  };
}

async function readAll(client: ZooKeeperClient, path: string, all = new Map<string, string>()) {
  const { data } = await client.getData(path);
  all.set(path, String(data));
  const { children } = await client.getChildren(path);
  for (const name of children) await readAll(client, `${path}/${name}`, all);
  return all;
}

const textOf = (all: ReadonlyMap<string, string>): string => JSON.stringify([...all].sort());

describe.for(['websocket', 'poll'] as const)('a remote subscription by %s', (transport) => {
  const noSockets = transport === 'poll';
  const record = (url: string, options: RemoteOptions = {}) => recordRemote(url, { retry: QUICK, ...options });

  it('G1: continues at a gateway that was restarted, and hears of what was created, changed and deleted', async ({
    client,
    other,
    serve,
  }) => {
    for (const name of ['same', 'changed', 'gone', 'gone/child', 'again']) await other.create(`/${name}`);
    const first = await serve(client, '/', { noSockets });
    const { subscription, calls, events, errors } = record(first.url);
    await subscription.ready;
    await first.close();
    await errors.untilCount(1);
    await other.setData('/changed', 'x');
    await other.create('/new');
    await other.deleteRecursive('/gone');
    await other.delete('/again');
    await other.create('/again');
    await serve(client, '/', { noSockets, port: first.port });
    await events.until((all) => all.includes('resynced'));
    expect([...calls.items].sort()).toEqual([
      'created /new',
      'deleted /gone',
      'deleted /gone/child',
      'modified /again recreated',
      'modified /changed',
    ]);
    expect(calls.items.indexOf('deleted /gone/child')).toBeLessThan(calls.items.indexOf('deleted /gone'));
    await other.create('/later');
    await calls.until((all) => all.includes('created /later'));
    await subscription.close();
  });

  it('G2: turns the full list of a gateway that has forgotten deletions into the differences', async ({
    client,
    other,
    serve,
  }) => {
    for (let nth = 0; nth < 6; nth += 1) await other.create(`/gone${nth}`);
    const { url, port } = await serve(client, '/', { noSockets, history: 2 });
    const witness = record(url);
    await witness.subscription.ready;
    const between = await MovingProxy.listen(port);
    const { subscription, calls, events, errors } = record(between.url);
    await subscription.ready;
    between.moveTo(null);
    await errors.untilCount(1);
    for (let nth = 0; nth < 6; nth += 1) await other.delete(`/gone${nth}`);
    await other.create('/new');
    await witness.calls.untilCount(7);
    between.moveTo(port);
    await events.until((all) => all.includes('resynced'));
    const deletions = [0, 1, 2, 3, 4, 5].map((nth) => `deleted /gone${nth}`);
    expect([...calls.items].sort()).toEqual(['created /new', ...deletions].sort());
    await subscription.close();
    await witness.subscription.close();
    await between.close();
  });
});

it('G2: says `reset` with the full list where deletions were forgotten, and the changes alone where not', async ({
  client,
  other,
  serve,
}) => {
  for (const name of ['/kept', '/gone1', '/gone2']) await other.create(name);
  const { url } = await serve(client, '/', { history: 1 });
  const poll = async (query: string): Promise<Record<string, unknown>> =>
    (await (await fetch(`${url}?${query}`)).json()) as Record<string, unknown>;
  const { position, seen } = await poll('');
  await other.delete('/gone1');
  await poll(`since=${position}&seen=${seen}`);
  const remembered = await poll(`since=${position}&seen=${seen}`);
  expect(remembered).not.toHaveProperty('reset');
  expect(remembered.changes).toMatchObject([{ type: 'deleted', path: '/gone1' }]);
  await other.delete('/gone2');
  await poll(`since=${remembered.position}&seen=${remembered.seen}`);
  const forgotten = await poll(`since=${position}&seen=${seen}`);
  expect(forgotten).toMatchObject({ reset: true });
  expect((forgotten.known as [string][]).map(([path]) => path).sort()).toContain('/kept');
  const restarted = await serve(client, '/');
  const answer = await fetch(`${restarted.url}?since=${position}&seen=${seen}`);
  expect(await answer.json()).toMatchObject({ reset: true });
});

it('G1, G3: 50 clients that move between two gateways, of which one restarts, end with the newest state', async ({
  connect,
  client,
  other,
  serve,
}) => {
  const random = new SeededRandom(16);
  await other.create('/t');
  for (let nth = 0; nth < 10; nth += 1) await other.create(`/t/n${nth}`, '0');
  const second = await connect();
  const gateways: ServedGateway[] = [await serve(client, '/t'), await serve(second, '/t')];
  const proxies = await Promise.all(gateways.map(({ port }) => MovingProxy.listen(port)));
  const followers = await Promise.all(
    Array.from({ length: 50 }, async (_, index) => {
      const follower = new Follower();
      // A load balancer: each connection goes to the gateway that is next.
      const recorded = recordRemote((proxies[index % 2] as MovingProxy).url, {
        retry: QUICK,
        during: follower.told,
        since: 0n,
      });
      await recorded.subscription.ready;
      return { follower, ...recorded };
    }),
  );
  const write = async (): Promise<void> => {
    const path = `/t/n${random.below(20)}`;
    const exists = (await other.exists(path)) !== null;
    if (!exists) await other.create(path, String(random.below(1_000)));
    else if (random.below(3) === 0) await other.delete(path);
    else await other.setData(path, String(random.below(1_000)));
  };
  for (let round = 0; round < 5; round += 1) {
    for (let nth = 0; nth < 10; nth += 1) await write();
    // Everybody moves to the other gateway.
    for (const [index, proxy] of proxies.entries()) {
      proxy.moveTo((gateways[(index + round + 1) % 2] as ServedGateway).port);
    }
    if (round % 3 !== 1) continue;
    const { port } = gateways[0] as ServedGateway;
    await gateways[0]?.close();
    for (let nth = 0; nth < 5; nth += 1) await write();
    gateways[0] = await serve(client, '/t', { port });
  }
  const truth = textOf(await readAll(other, '/t'));
  await Promise.all(
    followers.map(({ follower }) =>
      eventually(() => textOf(new Map([...follower.known].map(([path, { data }]) => [path, data]))) === truth, {
        within: 20_000,
      }),
    ),
  );
  expect(followers.flatMap(({ follower }) => follower.faults)).toEqual([]);
  await Promise.all(followers.map(({ subscription }) => subscription.close()));
  await Promise.all(proxies.map((proxy) => proxy.close()));
});
