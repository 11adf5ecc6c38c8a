import {
  ChildrenWatch,
  type CoordinationClient,
  DataWatch,
  PatientChildrenWatch,
  type WatchedEvent,
} from '../../../index.js';
import type { Recorder } from '../../../testing/recorder.js';

/** What a watch told its user. */
export interface Call {
  /** The data, or the names of the children; empty for a watch that tells of the event alone. */
  readonly state: string;
  readonly event: WatchedEvent['type'] | null;
  /** By `performance.now()`. */
  readonly at: number;
}

/** A write, relative to the znode that is watched. */
type Write = { readonly op: 'create'; readonly name: string } | { readonly op: 'setData'; readonly data: string };

/** A change, and what the watch tells of it. */
export interface Change {
  readonly write: Write;
  readonly state: string;
  readonly event: WatchedEvent['type'];
}

/** A kind of watch, and how it is told from outside whether it did what it promises. */
export interface Watched {
  readonly name: string;
  /** Whether its znode is there at first, with the data 0. */
  readonly hasNode: boolean;
  /** Whether `event` is always the server's own, over a recovery too. */
  readonly isOneShotWatcher: boolean;
  /** Resolves once it watches. */
  start(client: CoordinationClient, path: string, calls: Recorder<Call>): Promise<unknown>;
  /** The states that it tells before anything changes. */
  readonly initial: readonly string[];
  /** As many as it can tell of. */
  readonly changes: readonly [Change, ...Change[]];
}

const createA: Write = { op: 'create', name: '/a' };

function recorded(calls: Recorder<Call>, state: string, event: WatchedEvent | null): void {
  calls.record({ state, event: event?.type ?? null, at: performance.now() });
}

function watchChildren(client: CoordinationClient, path: string, calls: Recorder<Call>, waitForNode: boolean) {
  const options = { sendEvent: true, waitForNode } as const;
  const watch = new ChildrenWatch(
    client,
    path,
    (children, event) => recorded(calls, children ? children.join() : 'null', event),
    options,
  );
  return watch.ready;
}

/** Each watch that users have. */
export const WATCHED: readonly Watched[] = [
  {
    name: 'a DataWatch',
    hasNode: true,
    isOneShotWatcher: false,
    start: (client, path, calls) =>
      new DataWatch(client, path, (data, _stat, event) => recorded(calls, String(data), event)).ready,
    initial: ['0'],
    changes: [
      { write: { op: 'setData', data: '1' }, state: '1', event: 'NodeDataChanged' },
      { write: { op: 'setData', data: '2' }, state: '2', event: 'NodeDataChanged' },
    ],
  },
  {
    name: 'a ChildrenWatch',
    hasNode: true,
    isOneShotWatcher: false,
    start: (client, path, calls) => watchChildren(client, path, calls, false),
    initial: [''],
    changes: [
      { write: createA, state: 'a', event: 'NodeChildrenChanged' },
      { write: { op: 'create', name: '/b' }, state: 'a,b', event: 'NodeChildrenChanged' },
    ],
  },
  {
    name: 'a ChildrenWatch that waits for its znode',
    hasNode: false,
    isOneShotWatcher: false,
    start: (client, path, calls) => watchChildren(client, path, calls, true),
    initial: ['null'],
    changes: [
      { write: { op: 'create', name: '' }, state: '', event: 'NodeCreated' },
      { write: createA, state: 'a', event: 'NodeChildrenChanged' },
    ],
  },
  {
    name: "a PatientChildrenWatch's `changed`",
    hasNode: true,
    isOneShotWatcher: false,
    start: async (client, path, calls) => {
      const { changed } = await new PatientChildrenWatch(client, path, { timeBoundary: 20 }).start();
      void changed.then((event) => recorded(calls, '', event));
    },
    initial: [],
    changes: [{ write: createA, state: '', event: 'NodeChildrenChanged' }],
  },
  {
    name: 'a one-shot watcher of the client',
    hasNode: true,
    isOneShotWatcher: true,
    start: (client, path, calls) => client.getData(path, (event) => recorded(calls, '', event)),
    initial: [],
    changes: [{ write: { op: 'setData', data: '1' }, state: '', event: 'NodeDataChanged' }],
  },
];
