import {
  ChildrenWatch,
  type CoordinationClient,
  DataWatch,
  PatientChildrenWatch,
  type WatchedEvent,
} from '../../../index.js';
import { type Aspect, NO_ZNODE } from '../../oracle/moment.js';
import type { User } from './user.js';

/** A write, relative to the znode that is watched. */
export type Write =
  | { readonly op: 'create'; readonly name: string }
  | { readonly op: 'setData'; readonly data: string };

/** A change, and the call that it leads to. */
export interface Change {
  readonly write: Write;
  readonly state: string;
  readonly event: WatchedEvent['type'];
}

/** A watch that has started. */
export interface Started {
  readonly stopped: boolean;
  stop(): void;
}

/** A kind of watch, with the calls that it promises. */
export interface Watched {
  readonly name: string;
  readonly aspect: Aspect;
  /** Whether its znode exists at first, with the data 0. */
  readonly hasNode: boolean;
  /** Whether `event` is always the server's own, over a recovery too. */
  readonly isOneShotWatcher: boolean;
  /** Resolves once it watches; with null when it ends by itself after its first change. */
  start(client: CoordinationClient, user: User): Promise<Started | null>;
  /** The states that it delivers before anything changes. */
  readonly initial: readonly (string | null)[];
  /** As many as it can deliver. */
  readonly changes: readonly [Change, ...Change[]];
  /** Another change, of which a stopped watch must deliver nothing. */
  readonly afterStop: Write;
}

const createA: Write = { op: 'create', name: '/a' };
const createLast: Write = { op: 'create', name: '/last' };
const setLast: Write = { op: 'setData', data: 'last' };

async function follow(user: User, watch: DataWatch | ChildrenWatch<boolean>): Promise<Started> {
  user.see({ what: 'constructed' });
  if (user.hasErrorListener) watch.on('error', (error) => user.see({ what: 'reported', error }));
  watch.on('stop', (reason) => user.see({ what: 'stopped', reason }));
  await watch.ready;
  return watch;
}

function watchData(client: CoordinationClient, user: User): Promise<Started> {
  const watch = new DataWatch(client, user.path, (data, stat, event) =>
    user.called(stat ? { mark: stat.mzxid, contents: String(data) } : NO_ZNODE, event),
  );
  return follow(user, watch);
}

function watchChildren(client: CoordinationClient, user: User, waitForNode: boolean): Promise<Started> {
  const options = { sendEvent: true, waitForNode };
  const watch = new ChildrenWatch<boolean>(
    client,
    user.path,
    (children: string[] | null, event) =>
      user.called(children ? { mark: null, contents: children.join() } : NO_ZNODE, event),
    options,
  );
  return follow(user, watch);
}

/** Every kind of watch. */
export const WATCHED: readonly Watched[] = [
  {
    name: 'a DataWatch',
    aspect: 'data',
    hasNode: true,
    isOneShotWatcher: false,
    start: watchData,
    initial: ['0'],
    changes: [
      { write: { op: 'setData', data: '1' }, state: '1', event: 'NodeDataChanged' },
      { write: { op: 'setData', data: '2' }, state: '2', event: 'NodeDataChanged' },
    ],
    afterStop: setLast,
  },
  {
    name: 'a ChildrenWatch',
    aspect: 'children',
    hasNode: true,
    isOneShotWatcher: false,
    start: (client, user) => watchChildren(client, user, false),
    initial: [''],
    changes: [
      { write: createA, state: 'a', event: 'NodeChildrenChanged' },
      { write: { op: 'create', name: '/b' }, state: 'a,b', event: 'NodeChildrenChanged' },
    ],
    afterStop: createLast,
  },
  {
    name: 'a ChildrenWatch that waits for its znode',
    aspect: 'children',
    hasNode: false,
    isOneShotWatcher: false,
    start: (client, user) => watchChildren(client, user, true),
    initial: [null],
    changes: [
      { write: { op: 'create', name: '' }, state: '', event: 'NodeCreated' },
      { write: createA, state: 'a', event: 'NodeChildrenChanged' },
    ],
    afterStop: createLast,
  },
  {
    name: "a PatientChildrenWatch's `changed`",
    aspect: 'children',
    hasNode: true,
    isOneShotWatcher: false,
    start: async (client, user) => {
      const { changed } = await new PatientChildrenWatch(client, user.path, { timeBoundary: 20 }).start();
      void changed.then((event) => user.record('', event));
      return null;
    },
    initial: [],
    changes: [{ write: createA, state: '', event: 'NodeChildrenChanged' }],
    afterStop: createLast,
  },
  {
    name: 'a one-shot watcher of the client',
    aspect: 'data',
    hasNode: true,
    isOneShotWatcher: true,
    start: async (client, user) => {
      await client.getData(user.path, (event) => user.record('', event));
      return null;
    },
    initial: [],
    changes: [{ write: { op: 'setData', data: '1' }, state: '', event: 'NodeDataChanged' }],
    afterStop: setLast,
  },
];
