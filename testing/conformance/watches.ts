import assert from 'node:assert/strict';
import type { Watcher } from '../../lib/core/coordination-client.js';
import type { Claim } from './operations.js';
import { type Stage, WatcherRecord } from './stage.js';

type Change = (stage: Stage, path: string) => Promise<unknown>;

const set: Change = ({ other }, path) => other.setData(path, 'changed');
const remove: Change = ({ other }, path) => other.delete(path);
const addChild: Change = ({ other }, path) => other.create(`${path}/new`);
const create: Change = ({ other }, path) => other.create(path);

type Read = 'exists' | 'getData' | 'getChildren';

/** The read, whether its znode exists, the change and the event of it; `null` when there must be none. */
const EVENTS: readonly (readonly [read: Read, znode: 'present' | 'missing', Change, event: string | null])[] = [
  ['getData', 'present', set, 'NodeDataChanged'],
  ['getData', 'present', remove, 'NodeDeleted'],
  ['getData', 'present', addChild, null],
  ['exists', 'present', set, 'NodeDataChanged'],
  ['exists', 'present', remove, 'NodeDeleted'],
  ['exists', 'present', addChild, null],
  ['exists', 'missing', create, 'NodeCreated'],
  ['getChildren', 'present', addChild, 'NodeChildrenChanged'],
  ['getChildren', 'present', remove, 'NodeDeleted'],
  ['getChildren', 'present', set, null],
];

const CHANGES = new Map<Change, string>([
  [set, 'a change of the data'],
  [remove, 'the deletion'],
  [addChild, 'a new child'],
  [create, 'the creation'],
]);

const ROUNDS = 100;

/** A read and a change that are sent together. Returns whether the read has seen the change. */
type Race = (stage: Stage, round: number, events: WatcherRecord) => Promise<boolean>;

/** The read, the event of a round, and the race: the change may come before the answer, with it, or after it. */
const RACES: readonly (readonly [read: Read, event: (stage: Stage, round: number) => string, Race])[] = [
  [
    'getData',
    ({ at }) => `NodeDataChanged ${at('node')}`,
    async ({ client, other, at }, round, { watcher }) => {
      const [{ data, stat }] = await Promise.all([
        client.getData(at('node'), watcher),
        other.setData(at('node'), String(round)),
      ]);
      assert.equal(String(data), String(stat.version), 'data and stat must be of one moment');
      return stat.version === round;
    },
  ],
  [
    'getChildren',
    ({ at }) => `NodeChildrenChanged ${at('node')}`,
    async ({ client, other, at }, round, { watcher }) => {
      const [{ children, stat }] = await Promise.all([
        client.getChildren(at('node'), watcher),
        other.create(`${at('node')}/${round}`),
      ]);
      assert.equal(children.length, stat.numChildren, 'children and stat must be of one moment');
      return children.length === round;
    },
  ],
  [
    'exists',
    ({ at }, round) => `NodeCreated ${at(`new-${round}`)}`,
    async ({ client, other, at }, round, { watcher }) => {
      const path = at(`new-${round}`);
      const [stat] = await Promise.all([client.exists(path, watcher), other.create(path)]);
      return stat !== null;
    },
  ],
];

const OF_RACES: readonly Claim[] = RACES.map(([read, event, race]) => [
  `loses no change of ${ROUNDS} that are made at the time of its ${read}()`,
  async (stage) => {
    await stage.other.create(stage.at('node'), '0');
    for (let round = 1; round <= ROUNDS; round += 1) {
      const events = new WatcherRecord(stage);
      if (!(await race(stage, round, events))) await events.fires(event(stage, round));
    }
  },
]);

const OF_EVENTS: readonly Claim[] = EVENTS.map(([read, znode, change, type]) => {
  const does = type === null ? 'does not call' : `calls, with ${type},`;
  return [
    `${does} the watcher of ${read} on a ${znode} znode for ${CHANGES.get(change)}`,
    async (stage) => {
      const path = stage.at('node');
      if (znode === 'present') await stage.other.create(path, 'value');
      const events = new WatcherRecord(stage);
      await stage.client[read](path, events.watcher);
      await change(stage, path);
      if (type !== null) await events.fires(`${type} ${path}`);
      await stage.settled();
      assert.deepEqual(events.items, type === null ? [] : [`${type} ${path}`]);
    },
  ] satisfies Claim;
});

/** The one-shot watchers. */
export const WATCHERS: readonly Claim[] = [
  ...OF_EVENTS,
  [
    'calls a watcher at most once, however often the znode changes',
    async (stage) => {
      const { client, other, at } = stage;
      await other.create(at('node'), '0');
      const [data, children] = [new WatcherRecord(stage), new WatcherRecord(stage)];
      await client.getData(at('node'), data.watcher);
      await client.getChildren(at('node'), children.watcher);
      for (const name of ['a', 'b', 'c']) {
        await other.setData(at('node'), name);
        await other.create(`${at('node')}/${name}`);
      }
      await data.fires(`NodeDataChanged ${at('node')}`);
      await children.fires(`NodeChildrenChanged ${at('node')}`);
      // Reads without a watcher arm nothing.
      await client.getData(at('node'));
      await other.setData(at('node'), 'd');
      await stage.settled();
      assert.deepEqual([data.items.length, children.items.length], [1, 1], 'each watcher must be called once');
    },
  ],
  [
    'arms nothing by a read that rejects',
    async (stage) => {
      const { client, other, at, rejects } = stage;
      const events = new WatcherRecord(stage);
      await rejects(client.getData(at('node'), events.watcher), 'NO_NODE', 'getData');
      await rejects(client.getChildren(at('node'), events.watcher), 'NO_NODE', 'getChildren');
      await other.create(at('node'), '0');
      await other.setData(at('node'), '1');
      await stage.settled();
      assert.deepEqual(events.items, []);
    },
  ],
  [
    'calls each of several watchers of one path',
    async (stage) => {
      const { client, other, at } = stage;
      await other.create(at('node'), '0');
      const records = Array.from({ length: 20 }, () => new WatcherRecord(stage));
      await Promise.all(records.map(({ watcher }) => client.getData(at('node'), watcher)));
      await other.setData(at('node'), '1');
      for (const record of records) await record.fires(`NodeDataChanged ${at('node')}`);
    },
  ],
  ...OF_RACES,
  [
    'does not call the watcher of getChildren for a change of a child, or below it',
    async (stage) => {
      const { client, other, at } = stage;
      await other.create(`${at('node')}/child`, '', { makePath: true });
      const events = new WatcherRecord(stage);
      await client.getChildren(at('node'), events.watcher);
      await other.setData(`${at('node')}/child`, 'changed');
      await other.create(`${at('node')}/child/new`);
      await stage.settled();
      assert.deepEqual(events.items, []);
    },
  ],
  [
    'calls no watcher that was removed, if it has removeWatcher()',
    async (stage) => {
      const { client, other, at } = stage;
      await other.create(at('node'), '0');
      const events = new WatcherRecord(stage);
      const kept = new WatcherRecord(stage);
      await client.getData(at('node'), events.watcher);
      await client.getData(at('node'), kept.watcher);
      client.removeWatcher?.(at('node'), events.watcher);
      await other.setData(at('node'), '1');
      await kept.fires(`NodeDataChanged ${at('node')}`);
      await stage.settled();
      assert.equal(events.items.length, client.removeWatcher ? 0 : 1);
    },
  ],
  [
    'takes the removal of a watcher that is not armed, at any time, if it has removeWatcher()',
    async ({ client, subject, other, at }) => {
      await other.create(at('node'));
      const watcher: Watcher = () => {};
      client.removeWatcher?.(at('node'), watcher);
      await client.getData(at('node'), watcher);
      client.removeWatcher?.(at('node'), watcher);
      client.removeWatcher?.(at('node'), watcher);
      await subject.close();
      client.removeWatcher?.(at('node'), watcher);
    },
  ],
];
