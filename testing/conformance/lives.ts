import assert from 'node:assert/strict';
import type { ClientState } from '../../lib/core/coordination-client.js';
import { codeOf } from '../../lib/core/errors.js';
import type { Claim } from './operations.js';
import { type Outcome, outcomeOf, type Stage, statesOf, WatcherRecord } from './stage.js';

/** The codes with which a request may be rejected whose connection or session has ended. */
const LOSSES = ['CONNECTION_LOSS', 'SESSION_EXPIRED', 'CLIENT_CLOSED'];

/** How often changes are made around a fault: one of them may come before it, or after the recovery. */
const FAULTS = 5;

/** The outcomes of requests of each kind, in flight. */
function requests({ client, at }: Stage): Promise<Outcome>[] {
  return Array.from({ length: 25 }, (_, index) => [
    client.exists(at('node')),
    client.getData(at('node')),
    client.getChildren(at('node')),
    client.setData(at('node'), String(index)),
    client.create(at(`created-${performance.now()}-${index}`)),
    client.delete(at('missing')).catch(unlessMissing),
  ])
    .flat()
    .map(outcomeOf);
}

function unlessMissing(error: unknown): void {
  if (codeOf(error) !== 'NO_NODE') throw error;
}

/** Repeats a write of the other client, whose connection may end too. */
async function persist(write: () => Promise<unknown>): Promise<void> {
  for (;;) {
    const { isFulfilled, code } = await outcomeOf(write());
    if (isFulfilled || code === 'NODE_EXISTS') return;
    assert.ok(LOSSES.includes(String(code)), `a write of the other client rejected with ${code}`);
  }
}

/** Watchers of each kind on their way over a fault. @param state that the client is in before it has recovered */
async function watchersOver(stage: Stage, fault: () => Promise<void>, state: ClientState): Promise<void> {
  const { client, other, at } = stage;
  await other.create(at('node'), '0');
  const [data, children, absent] = [new WatcherRecord(stage), new WatcherRecord(stage), new WatcherRecord(stage)];
  await client.getData(at('node'), data.watcher);
  await client.getChildren(at('node'), children.watcher);
  await client.exists(at('absent'), absent.watcher);
  const states = statesOf(stage);
  await fault();
  // A client may take a session back, and be connected once more, before another connection ends it.
  await states.until((seen) => seen.includes(state) && seen.at(-1) === 'connected', 'the recovery');
  await stage.settled();
  assert.deepEqual([data.items, children.items, absent.items], [[], [], []], 'there was no change');
  if (client.epoch === undefined) return;
  await other.setData(at('node'), '1');
  await other.create(`${at('node')}/child`);
  await other.create(at('absent'));
  await data.fires(`NodeDataChanged ${at('node')}`);
  await children.fires(`NodeChildrenChanged ${at('node')}`);
  await absent.fires(`NodeCreated ${at('absent')}`);
}

/** Changes that are made while the client has no connection, or at the moment of its end or return. */
async function changesAround(stage: Stage, fault: () => Promise<void>): Promise<void> {
  const { client, other, at } = stage;
  if (client.epoch === undefined) return;
  await other.create(at('node'), '0');
  for (let round = 1; round <= FAULTS; round += 1) {
    const absent = at(`absent-${round}`);
    const events = [new WatcherRecord(stage), new WatcherRecord(stage), new WatcherRecord(stage)] as const;
    await stage.within(client.getData(at('node'), events[0].watcher), 'getData');
    await stage.within(client.getChildren(at('node'), events[1].watcher), 'getChildren');
    await stage.within(client.exists(absent, events[2].watcher), 'exists');
    await Promise.all([
      fault(),
      persist(() => other.setData(at('node'), String(round))),
      persist(() => other.create(`${at('node')}/${round}`)),
      persist(() => other.create(absent)),
    ]);
    await events[0].fires(`NodeDataChanged ${at('node')}`);
    await events[1].fires(`NodeChildrenChanged ${at('node')}`);
    await events[2].fires(`NodeCreated ${absent}`);
  }
}

/** Without a fault. */
export const STATES: readonly Claim[] = [
  [
    'is connected once it is there, and returns itself from on() and off()',
    async ({ client }) => {
      assert.equal(client.state, 'connected');
      const listener = (): void => {};
      assert.equal(client.on('state', listener), client);
      assert.equal(client.off('state', listener), client);
    },
  ],
  [
    'is closed by its end, settles every promise, and rejects with CLIENT_CLOSED from then on',
    async (stage) => {
      const { client, subject, other, at } = stage;
      await other.create(at('node'));
      const states = statesOf(stage);
      const removed: ClientState[] = [];
      const listener = (state: ClientState): void => void removed.push(state);
      client.on('state', listener).off('state', listener);
      const events = new WatcherRecord(stage);
      await client.getData(at('node'), events.watcher);
      const pending = requests(stage);
      const closing = stage.within(Promise.resolve(subject.close()), 'its close');
      await stage.settle(pending, LOSSES, 'requests in flight at the close');
      await closing;
      assert.equal(client.state, 'closed');
      await states.until((seen) => seen.at(-1) === 'closed', 'the state closed');
      await stage.settle(requests(stage), ['CLIENT_CLOSED'], 'requests after the close');
      await stage.rejects(client.exists(at('node')), 'CLIENT_CLOSED', 'exists() after the close');
      await other.setData(at('node'), 'later');
      await other.exists(at('node'));
      await stage.within(Promise.resolve(subject.close()), 'a second close');
      assert.deepEqual([events.items, removed], [[], []], 'no watcher, and no removed listener, may be called');
    },
  ],
];

/** Over the loss of a connection. */
export const CUTS: readonly Claim[] = [
  [
    'is suspended when its connection ends, and connected again in the same session',
    async (stage) => {
      const { client, at } = stage;
      await client.create(at('mine'), '', { mode: 'ephemeral' });
      const states = statesOf(stage);
      const present: [ClientState, ClientState][] = [];
      client.on('state', (state) => present.push([state, client.state]));
      await stage.cut();
      await states.until((seen) => seen.includes('suspended') && seen.at(-1) === 'connected', 'the recovery');
      for (const [reported, state] of present) assert.equal(state, reported, 'listeners must find the state reported');
      assert.deepEqual(
        states.items.filter((state) => state === 'lost' || state === 'closed'),
        [],
      );
      assert.equal(client.state, 'connected');
      assert.notEqual(await client.exists(at('mine')), null, 'the ephemeral znode must live');
    },
  ],
  [
    'settles every promise when its connection ends',
    async (stage) => {
      const { other, at } = stage;
      await other.create(at('node'));
      const states = statesOf(stage);
      const pending = requests(stage);
      await stage.cut();
      await stage.settle(pending, LOSSES, 'requests in flight at the cut');
      await states.until((seen) => seen.at(-1) === 'connected', 'the recovery');
      await stage.within(stage.client.getData(at('node')), 'a read after the recovery');
    },
  ],
  [
    'calls no watcher because of the cut alone; with `epoch` its watchers outlive it',
    (stage) => watchersOver(stage, () => stage.cut(), 'suspended'),
  ],
  [
    'loses no change that is made around a cut, if it has an `epoch`',
    (stage) => changesAround(stage, () => stage.cut()),
  ],
  [
    'takes the removal of a watcher while it has no connection, if it has removeWatcher()',
    async (stage) => {
      const { client, other, at } = stage;
      await other.create(at('node'), '0');
      const events = new WatcherRecord(stage);
      await client.getData(at('node'), events.watcher);
      const states = statesOf(stage);
      const errors: unknown[] = [];
      client.on('state', (state) => {
        try {
          if (state === 'suspended') client.removeWatcher?.(at('node'), events.watcher);
        } catch (error) {
          errors.push(error);
        }
      });
      await stage.cut();
      await states.until((seen) => seen.at(-1) === 'connected', 'the recovery');
      assert.deepEqual(errors, []);
      if (!client.removeWatcher) return;
      await other.setData(at('node'), '1');
      await stage.settled();
      assert.deepEqual(events.items, []);
    },
  ],
];

/** Over the loss of a session. */
export const EXPIRIES: readonly Claim[] = [
  [
    'reports lost when its session ends, then its new session, or closed',
    async (stage) => {
      const { client, other, at } = stage;
      await client.create(at('mine'), '', { mode: 'ephemeral' });
      const states = statesOf(stage);
      await stage.expire();
      const last = stage.environment.session === 'ends' ? 'closed' : 'connected';
      await states.until((seen) => seen.includes('lost') && seen.at(-1) === last, `the states lost and ${last}`);
      assert.equal(client.state, last);
      assert.equal(await other.exists(at('mine')), null, 'the ephemeral znode must be gone');
      if (last === 'connected') await stage.within(client.create(at('new')), 'a write in the new session');
      else await stage.rejects(client.create(at('new')), 'CLIENT_CLOSED', 'a write without a session');
    },
  ],
  [
    'calls no watcher because of the end of its session alone; with `epoch` its watchers outlive it',
    async (stage) => {
      if (stage.environment.session !== 'ends') await watchersOver(stage, () => stage.expire(), 'lost');
    },
  ],
  [
    'settles every promise when its session ends',
    async (stage) => {
      const { other, at } = stage;
      await other.create(at('node'));
      const pending = requests(stage);
      await stage.expire();
      await stage.settle([...pending, ...requests(stage)], LOSSES, 'requests around the end of the session');
    },
  ],
];
