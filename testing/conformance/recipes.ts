import assert from 'node:assert/strict';
import { type Tree, TreeWatch } from '../../recipes/tree/index.js';
import { ChildrenWatch, DataWatch, PatientChildrenWatch } from '../../recipes/watches/index.js';
import type { Claim } from './operations.js';
import { Recording, type Stage } from './stage.js';

type Fault = () => Promise<void>;

/** The three watches, with changes before, during and after the fault. */
async function watchesGoOn(stage: Stage, fault: Fault): Promise<void> {
  const { client, other, at } = stage;
  await other.create(at('node'), '0');
  const data = new Recording<string>(stage, 'the values of the DataWatch');
  const mzxids: bigint[] = [];
  const children = new Recording<string>(stage, 'the lists of the ChildrenWatch');
  const dataWatch = new DataWatch(client, at('node'), (value, stat) => {
    if (stat) mzxids.push(stat.mzxid);
    data.add(String(value));
  });
  const childrenWatch = new ChildrenWatch(client, at('node'), (names) => children.add(names.join()));
  await stage.within(Promise.all([dataWatch.ready, childrenWatch.ready]), 'the first calls');
  const patience = new PatientChildrenWatch(client, at('node'), { timeBoundary: 100 });
  const { changed } = await stage.within(patience.start(), 'children that have come to rest');

  await fault();
  await other.setData(at('node'), '1');
  await other.create(`${at('node')}/a`);
  await data.until((values) => values.at(-1) === '1', 'the value 1');
  await children.until((lists) => lists.at(-1) === 'a', 'the list a');
  await stage.within(changed, 'the change of the children');
  await other.setData(at('node'), '2');
  await other.create(`${at('node')}/b`);
  await data.until((values) => values.at(-1) === '2', 'the value 2');
  await children.until((lists) => lists.at(-1) === 'a,b', 'the list a,b');

  assert.deepEqual(data.items, ['0', '1', '2'], 'no value may come twice');
  assert.deepEqual(children.items, ['', 'a', 'a,b'], 'no list may come twice');
  const sorted = [...new Set(mzxids)].sort((a, b) => (a < b ? -1 : 1));
  assert.deepEqual(mzxids, sorted, 'the mzxids must grow');
  assert.deepEqual([dataWatch.stopped, childrenWatch.stopped], [false, false]);
  dataWatch.stop();
  childrenWatch.stop();
}

const contentOf = (tree: Tree): string => Array.from(tree, ({ path, data }) => `${path}=${data}`).join(' ');

/** A TreeWatch, with changes before and after the fault. */
async function treeGoesOn(stage: Stage, fault: Fault): Promise<void> {
  const { client, other, at } = stage;
  const root = at('node');
  await other.create(root, '0');
  await other.create(`${root}/a`, '0');
  const trees = new Recording<string>(stage, 'the trees of the TreeWatch');
  const watch = new TreeWatch(client, root, (tree) => trees.add(contentOf(tree)));
  await stage.within(watch.ready, 'the first call');
  assert.deepEqual(trees.items, [`${root}=0 ${root}/a=0`]);
  await fault();
  await other.setData(`${root}/a`, '1');
  await other.create(`${root}/a/b`, '1');
  const larger = `${root}=0 ${root}/a=1 ${root}/a/b=1`;
  await trees.until((all) => all.at(-1) === larger, 'a change and a new znode');
  await other.delete(`${root}/a/b`);
  await other.delete(`${root}/a`);
  await trees.until((all) => all.at(-1) === `${root}=0`, 'deletions');
  await other.create(`${root}/a`, '2');
  await trees.until((all) => all.at(-1) === `${root}=0 ${root}/a=2`, 'the znode that was created again');
  assert.equal(watch.stopped, false);
  watch.stop();
}

/** Without a fault. */
export const RECIPES: readonly Claim[] = [
  ['carries DataWatch, ChildrenWatch and PatientChildrenWatch', (stage) => watchesGoOn(stage, async () => {})],
  ['carries a TreeWatch', (stage) => treeGoesOn(stage, async () => {})],
  [
    'carries a DataWatch to the last of many changes, over a deletion too',
    async (stage) => {
      const { client, other, at } = stage;
      const values = new Recording<string>(stage, 'the values of the DataWatch');
      const watch = new DataWatch(client, at('node'), (data) => values.add(String(data)));
      await stage.within(watch.ready, 'the first call');
      assert.deepEqual(values.items, ['null']);
      await other.create(at('node'), 'first');
      for (let value = 0; value < 100; value += 1) await other.setData(at('node'), String(value));
      await values.until((all) => all.at(-1) === '99', 'the value 99');
      await other.delete(at('node'));
      await values.until((all) => all.at(-1) === 'null', 'the deletion');
      await other.create(at('node'), 'again');
      await values.until((all) => all.at(-1) === 'again', 'the new znode');
      watch.stop();
    },
  ],
];

/** Over the loss of a connection. */
export const RECIPES_OVER_CUTS: readonly Claim[] = [
  ['carries the three watches over a cut', (stage) => watchesGoOn(stage, () => stage.cut())],
  ['carries a TreeWatch over a cut', (stage) => treeGoesOn(stage, () => stage.cut())],
];

/** Over the loss of a session. */
export const RECIPES_OVER_EXPIRIES: readonly Claim[] = [
  [
    'carries a TreeWatch over the end of its session',
    async (stage) => {
      if (stage.environment.session !== 'ends') await treeGoesOn(stage, () => stage.expire());
    },
  ],
  [
    'carries the three watches over the end of its session, or stops them with client-closed',
    async (stage) => {
      if (stage.environment.session !== 'ends') return watchesGoOn(stage, () => stage.expire());
      const { client, path } = stage;
      const reasons = new Recording<string>(stage, 'the reasons');
      const ignore = (): void => {};
      const watches = [
        new DataWatch(client, path, ignore),
        new ChildrenWatch(client, path, ignore),
        new TreeWatch(client, path, ignore),
      ];
      for (const watch of watches) watch.on('stop', reasons.add);
      await stage.within(Promise.all(watches.map(({ ready }) => ready)), 'the first calls');
      await stage.expire();
      await reasons.until((all) => all.length === watches.length, 'the ends of the watches');
      assert.deepEqual(
        reasons.items,
        watches.map(() => 'client-closed'),
      );
    },
  ],
];
