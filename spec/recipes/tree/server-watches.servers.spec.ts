import { describe, expect } from 'vitest';
import { ChildrenWatch, DataWatch, TreeWatch, type ZooKeeperClient } from '../../../index.js';
import { eventually } from '../../../testing/eventually.js';
import { Recorder } from '../../../testing/recorder.js';
import { heldWatches } from '../../../testing/server-watches.js';
import { it } from '../../support/fixtures.js';
import { recordTree } from '../../support/recorded-trees.js';
import { TREE_WAYS } from '../../support/tree-ways.js';

/** The watches that the server has below a path: those of data and recursive ones by path. */
async function watchedPaths(port: number, chroot: string): Promise<string[]> {
  const { data } = await heldWatches([port]);
  const paths = data.map((each) => each.split(' ')[0] as string);
  return paths.filter((path) => path.startsWith(chroot)).map((path) => path.slice(chroot.length));
}

describe.for(TREE_WAYS.slice(0, 2))('a TreeWatch $name', ({ of, mode }) => {
  it('T11: has its watches removed from the server when the last one of the tree stops, and only then', async ({
    client,
    other,
    port,
    chroot,
  }) => {
    await other.create('/a/b', '', { makePath: true });
    const expected = mode === 'recursive' ? ['/a'] : ['/a', '/a/b'];
    const first = recordTree(of(client), '/a');
    const second = recordTree(of(client), '/a');
    await Promise.all([first.watch.ready, second.watch.ready]);
    expect(await watchedPaths(port, chroot)).toEqual(expected);
    first.watch.stop();
    await other.setData('/a/b', 'x');
    await second.calls.untilCount(2);
    expect(await watchedPaths(port, chroot)).toEqual(expected);
    second.watch.stop();
    await eventually(async () => (await watchedPaths(port, chroot)).length === 0);
    expect((await heldWatches([port])).children).toBe(0);
  });

  it('T11: leaves no watch behind when it is stopped before or while it reads', async ({
    client,
    other,
    port,
    chroot,
  }) => {
    for (let child = 0; child < 20; child += 1) await other.create(`/a/${child}`, '', { makePath: true });
    const watches = Array.from({ length: 4 }, () => recordTree(of(client), '/a').watch);
    watches[0]?.stop();
    await Promise.resolve();
    watches[1]?.stop();
    await client.sync('/');
    watches[2]?.stop();
    watches[3]?.stop();
    await client.sync('/');
    await eventually(async () => (await watchedPaths(port, chroot)).length === 0);
  });

  it('T9: writes nothing, not even its root', async ({ client, other }) => {
    const { watch } = recordTree(of(client), '/missing/root');
    await watch.ready;
    await client.sync('/');
    const { lastZxid } = client;
    watch.stop();
    const again = recordTree(of(client), '/missing/root');
    await again.watch.ready;
    await client.sync('/');
    expect(await other.exists('/missing')).toBe(null);
    expect(client.lastZxid - lastZxid).toBeLessThan(100n);
    again.watch.stop();
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
  it.for(ordersOf(['tree', 'data', 'children', 'below'] as const))(
    'lose no change, made and stopped as %j',
    async (order, { client, other }) => {
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
