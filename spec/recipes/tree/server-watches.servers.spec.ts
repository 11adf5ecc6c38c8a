import { isDeepStrictEqual } from 'node:util';
import { describe, expect } from 'vitest';
import { ChildrenWatch, DataWatch, TreeWatch, type ZooKeeperClient } from '../../../index.js';
import { eventually } from '../../../testing/eventually.js';
import { Recorder } from '../../../testing/recorder.js';
import { heldWatches } from '../../../testing/server-watches.js';
import { it } from '../../support/fixtures.js';
import { recordTree } from '../../support/recorded-trees.js';
import { startServer, type TestServer } from '../../support/test-server.js';
import { TREE_WAYS } from '../../support/tree-ways.js';

/** The watches that the server has: the paths of those of data and of recursive ones, and the number of the others. */
async function heldBy({ port }: TestServer): Promise<[paths: string[], children: number]> {
  const { data, children } = await heldWatches([port]);
  return [data.map((each) => each.split(' ')[0] as string), children];
}

/** A server whose watches are all of this spec: no word of ZooKeeper says whose the watches of children are. */
const itAlone = it.extend<{ server: TestServer; client: ZooKeeperClient; other: ZooKeeperClient }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest asks for the pattern
  server: async ({}, use) => {
    await using server = await startServer({ tickTime: 100 });
    await use(server);
  },
  client: async ({ server, connect }, use) => use(await connect({ connectString: server.connectString })),
  other: async ({ server, connect }, use) => use(await connect({ connectString: server.connectString })),
});

describe.for(TREE_WAYS.slice(0, 2))('a TreeWatch $name', ({ of, mode }) => {
  itAlone(
    'T11: has its watches removed from the server when the last one of the tree stops, and only then',
    async ({ client, other, server }) => {
      await other.create('/a/b', '', { makePath: true });
      const paths = mode === 'recursive' ? ['/a'] : ['/a', '/a/b'];
      // Before 3.9 a recursive watch counts twice, also among those of children.
      const expected = [paths, mode === 'recursive' ? expect.toBeOneOf([0, 1]) : paths.length];
      const first = recordTree(of(client), '/a');
      const second = recordTree(of(client), '/a');
      await Promise.all([first.watch.ready, second.watch.ready]);
      expect(await heldBy(server)).toEqual(expected);
      first.watch.stop();
      await other.setData('/a/b', 'x');
      await second.calls.untilCount(2);
      expect(await heldBy(server)).toEqual(expected);
      second.watch.stop();
      await eventually(async () => isDeepStrictEqual(await heldBy(server), [[], 0]));
    },
  );

  itAlone(
    'T11: leaves no watch behind when it is stopped before or while it reads',
    async ({ client, other, server }) => {
      for (let child = 0; child < 20; child += 1) await other.create(`/a/${child}`, '', { makePath: true });
      const watches = Array.from({ length: 4 }, () => recordTree(of(client), '/a').watch);
      watches[0]?.stop();
      await Promise.resolve();
      watches[1]?.stop();
      await client.sync('/');
      watches[2]?.stop();
      watches[3]?.stop();
      await client.sync('/');
      await eventually(async () => isDeepStrictEqual(await heldBy(server), [[], 0]));
    },
  );

  itAlone('T9: writes nothing, not even its root', async ({ client, other }) => {
    await other.create('/a');
    await client.sync('/');
    const { lastZxid } = client;
    for (const path of ['/missing/root', '/a']) {
      const { watch } = recordTree(of(client), path);
      await watch.ready;
      watch.stop();
      await client.sync('/');
    }
    expect(client.lastZxid).toBe(lastZxid);
    expect(await other.exists('/missing')).toBe(null);
  });
});

type Make = (
  client: ZooKeeperClient,
  record: (what: string) => void,
) => { readonly ready: Promise<void>; stop(): void };

const WATCHES: Readonly<Record<string, Make>> = {
  tree: (client, record) =>
    new TreeWatch(client, '/a', (tree) => record(Array.from(tree, ({ path, data }) => `${path}=${data}`).join())),
  data: (client, record) => new DataWatch(client, '/a', (data) => record(String(data))),
  children: (client, record) =>
    new ChildrenWatch(client, '/a', (names) => record(String(names)), { waitForNode: true }),
  below: (client, record) => new DataWatch(client, '/a/b', (data) => record(String(data))),
};

/** Every order of these. */
function ordersOf<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) => ordersOf(items.filter((other) => other !== item)).map((rest) => [item, ...rest]));
}

describe('T10: watches of the root and below it, beside a TreeWatch', () => {
  it.for(ordersOf(['tree', 'data', 'children', 'below'] as const).map((order) => ({ order, name: order.join(', ') })))(
    'lose no change, made and stopped in the order $name',
    async ({ order }, { client, other }) => {
      await other.create('/a', '0');
      await other.create('/a/b', '0');
      const seen = Object.fromEntries(order.map((name) => [name, new Recorder<string>()]));
      const made: Record<string, ReturnType<Make>> = {};
      for (const name of order) {
        made[name] = (WATCHES[name] as Make)(client, (what) => seen[name]?.record(what));
        await made[name]?.ready;
      }
      let value = 0;
      const change = async (): Promise<void> => {
        value += 1;
        const child = `c${value}`;
        await other.setData('/a', String(value));
        await other.setData('/a/b', String(value));
        await other.create(`/a/${child}`);
        const names = ['b', ...Array.from({ length: value }, (_, index) => `c${index + 1}`)].sort();
        const expected: Record<string, string> = {
          data: String(value),
          below: String(value),
          children: names.join(),
          tree: [`/a=${value}`, ...names.map((name) => `/a/${name}=${name === 'b' ? value : ''}`)].join(),
        };
        for (const name of Object.keys(made)) {
          await seen[name]?.until((all) => all.at(-1) === expected[name], { describe: `${name} ${expected[name]}` });
        }
      };
      await change();
      await change();
      for (const name of order) {
        made[name]?.stop();
        delete made[name];
        await change();
      }
    },
  );
});
