import type { CoordinationClient, Stat, Watcher } from '../lib/coordination-client.js';
import { codeOf } from '../lib/errors.js';

/** What is known of a znode; the stat is null when there is none. */
export interface NodeState {
  readonly stat: Stat | null;
}

/** What a read found, and whether the server will tell the next change of it. */
export interface Reading<S extends NodeState> {
  readonly state: S;
  readonly isArmed: boolean;
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

/**
 * Reads what is there now, and arms the watch for the next change. On a missing znode a read arms nothing, so that
 * `exists` does it, where somebody waits for the znode; should it have appeared in between, it is read again.
 */
export async function readNode<S extends NodeState>(
  kind: NodeKind<S>,
  client: CoordinationClient,
  path: string,
  watcher: Watcher,
  isAwaited: () => boolean,
): Promise<Reading<S>> {
  for (;;) {
    try {
      return { state: await kind.read(client, path, watcher), isArmed: true };
    } catch (error) {
      // Whoever may not read may still be told of changes: the next one is when to try again.
      if (codeOf(error) === 'NO_AUTH') await client.exists(path, watcher);
      if (codeOf(error) !== 'NO_NODE') throw error;
    }
    if (!isAwaited()) return { state: kind.missing, isArmed: false };
    if ((await client.exists(path, watcher)) === null) return { state: kind.missing, isArmed: true };
  }
}
