import type { CoordinationClient, Stat, Watcher } from '../../lib/core/coordination-client.js';
import { codeOf } from '../../lib/core/errors.js';

/** What was found at a znode, and how. */
export interface NodeState {
  /** `null` when there is no znode. */
  readonly stat: Stat | null;
  /** Whether an event of the server led to the read, not a first call or a recovery. */
  readonly isByEvent: boolean;
  /** A history of the ensemble; states of different epochs cannot be compared. */
  readonly epoch: number;
}

/** What a read gives of a znode that is there. */
type Found<S extends NodeState> = { readonly [K in Exclude<keyof S, 'isByEvent' | 'epoch'>]: NonNullable<S[K]> };

/** A way to look at a znode: at its data, or at its children. */
export interface NodeKind<S extends NodeState> {
  readonly name: 'data' | 'children';
  /** Reads, and arms the watch in the same request. Rejects when there is no znode. */
  read(client: CoordinationClient, path: string, watcher: Watcher): Promise<Found<S>>;
  /** @param found null when there is no znode */
  toState(found: Found<S> | null, isByEvent: boolean, epoch: number): S;
  /** The zxid of the last change of what is looked at. Versions start again at 0 with each recreation; zxids only grow. */
  mark(stat: Stat): bigint;
}

/** Whether nothing has changed in between. */
export function isSameState<S extends NodeState>(kind: NodeKind<S>, before: S, now: S): boolean {
  if (!before.stat || !now.stat) return before.stat === now.stat;
  return before.epoch === now.epoch && kind.mark(before.stat) === kind.mark(now.stat);
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
  read: (client, path, watcher) => client.getData(path, watcher),
  toState: (found, isByEvent, epoch) => ({ data: found?.data ?? null, stat: found?.stat ?? null, isByEvent, epoch }),
  mark: (stat) => stat.mzxid,
};

export const childrenKind: NodeKind<ChildrenState> = {
  name: 'children',
  read: (client, path, watcher) => client.getChildren(path, watcher),
  toState: (found, isByEvent, epoch) => {
    const children = found && [...found.children].sort();
    return { children, stat: found?.stat ?? null, isByEvent, epoch };
  },
  mark: (stat) => stat.pzxid,
};

/** What a read found, and whether the server will tell the next change of it. */
export interface Reading<S extends NodeState> {
  /** `null` when there is no znode. */
  readonly found: Found<S> | null;
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
    if (!isAwaited()) return { found: null, isArmed: false };
    if ((await client.exists(path, watcher)) === null) return { found: null, isArmed: true };
    try {
      return { found: await kind.read(client, path, watcher), isArmed: true };
    } catch (next) {
      failure = next;
    }
  }
}
