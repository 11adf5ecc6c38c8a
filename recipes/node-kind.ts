import type { CoordinationClient, Stat, Watcher } from '../lib/coordination-client.js';
import { codeOf } from '../lib/errors.js';

/** What is known of a znode; the stat is null when there is none. */
export interface NodeState {
  readonly stat: Stat | null;
}

/** A state, and how it was found. */
export interface Observation<S extends NodeState> {
  readonly state: S;
  /** Whether an event of the server led to the read, not a first call or a recovery. */
  readonly isByEvent: boolean;
  /** A history of the ensemble; states of different epochs cannot be compared. */
  readonly epoch: number;
}

/** A way to look at a znode: at its data, or at its children. */
export interface NodeKind<S extends NodeState> {
  readonly name: 'data' | 'children';
  /** What a missing znode looks like. */
  readonly missing: S;
  /** Reads, and arms the watch in the same request. Rejects when there is no znode. */
  read(client: CoordinationClient, path: string, watcher: Watcher): Promise<S>;
  /** The zxid of the last change of what is looked at. Versions start again at 0 with each recreation; zxids only grow. */
  mark(stat: Stat): bigint;
}

/** Whether nothing has changed in between. */
export function isSameObservation<S extends NodeState>(
  kind: NodeKind<S>,
  before: Observation<S>,
  now: Observation<S>,
): boolean {
  const [statBefore, stat] = [before.state.stat, now.state.stat];
  if (!statBefore || !stat) return statBefore === stat;
  return before.epoch === now.epoch && kind.mark(statBefore) === kind.mark(stat);
}

/** The data of a znode. */
export interface DataState extends NodeState {
  readonly data: Buffer | null;
}

/** The children of a znode, sorted by name. */
export interface ChildrenState extends NodeState {
  readonly children: string[] | null;
}

export const dataKind: NodeKind<DataState> = {
  name: 'data',
  missing: { data: null, stat: null },
  read: (client, path, watcher) => client.getData(path, watcher),
  mark: (stat) => stat.mzxid,
};

export const childrenKind: NodeKind<ChildrenState> = {
  name: 'children',
  missing: { children: null, stat: null },
  async read(client, path, watcher) {
    const { children, stat } = await client.getChildren(path, watcher);
    return { children: [...children].sort(), stat };
  },
  mark: (stat) => stat.pzxid,
};

/** What a read found, and whether the server will tell the next change of it. */
export interface Reading<S extends NodeState> {
  readonly state: S;
  readonly isArmed: boolean;
}

/**
 * Goes on after a read that failed. On a missing znode it has armed nothing, so that `exists` does it, where somebody
 * waits for the znode; should it have appeared in between, it is read again.
 *
 * @throws the error, when it says anything else.
 */
export async function readAfterFailure<S extends NodeState>(
  error: unknown,
  kind: NodeKind<S>,
  client: CoordinationClient,
  path: string,
  watcher: Watcher,
  isAwaited: () => boolean,
): Promise<Reading<S>> {
  for (let failure = error; ; ) {
    // Whoever may not read may still be told of changes: the next one is when to try again.
    if (codeOf(failure) === 'NO_AUTH') await client.exists(path, watcher);
    if (codeOf(failure) !== 'NO_NODE') throw failure;
    if (!isAwaited()) return { state: kind.missing, isArmed: false };
    if ((await client.exists(path, watcher)) === null) return { state: kind.missing, isArmed: true };
    try {
      return { state: await kind.read(client, path, watcher), isArmed: true };
    } catch (next) {
      failure = next;
    }
  }
}
