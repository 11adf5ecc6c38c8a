import type {
  ChildrenAndStat,
  CoordinationClient,
  DataAndStat,
  Stat,
  Watcher,
} from '../../lib/core/coordination-client.js';
import { codeOf } from '../../lib/core/errors.js';
import { FrozenStat } from '../../lib/core/frozen-stat.js';
import { OBSERVING } from '../../lib/core/limits.js';
import { type KeptData, keepData } from './kept-data.js';

/** A state of an aspect of a znode, as its observer publishes it. */
export interface NodeState {
  /** `null` when the znode is missing. */
  readonly stat: Stat | null;
  /**
   * The transaction of the event that caused the read, 0n if the server did not report it; `null` for a first read or a
   * recovery.
   */
  readonly eventZxid: bigint | null;
  /** Equal if and only if the aspect is unchanged, within one observer. 0 while the znode is missing. */
  readonly revision: number;
}

/** The result of reading an aspect of a znode that exists. Only the aspect knows the rest of it. */
export interface Found {
  readonly stat: Stat;
}

/** One observable side of a znode, such as its data or its children. Observers of a path are kept by aspect object. */
export interface Aspect<S extends NodeState, F extends Found = Found> {
  /** Appears as `aspect` in the messages of the diagnostics channels. */
  readonly name: 'data' | 'children' | 'blob';
  /** Reads the aspect and arms the watch in one request. Rejects with `NO_NODE` when the znode is missing. */
  read(client: CoordinationClient, path: string, watcher: Watcher): Promise<F>;
  /**
   * Keeps nothing of what it is given: a third-party client may share its objects with others.
   *
   * @param found `null` when the znode is missing
   */
  toState(found: F | null, eventZxid: bigint | null, revision: number): S;
  /** The zxid of the aspect's last change. Versions restart at 0 when a znode is recreated; zxids only grow. */
  markOf(stat: Stat): bigint;
}

/** The data of a znode. */
export interface DataState extends NodeState {
  readonly data: KeptData | null;
}

/** The children of a znode, sorted by name. */
export interface ChildrenState extends NodeState {
  readonly children: string[] | null;
}

export const dataAspect: Aspect<DataState, DataAndStat> = {
  name: 'data',
  read: (client, path, watcher) => client.getData(path, watcher),
  toState: (found, eventZxid, revision) => ({
    data: found?.data ? keepData(found.data) : null,
    stat: found && FrozenStat.of(found.stat),
    eventZxid,
    revision,
  }),
  markOf: (stat) => stat.mzxid,
};

export const childrenAspect: Aspect<ChildrenState, ChildrenAndStat> = {
  name: 'children',
  read: (client, path, watcher) => client.getChildren(path, watcher),
  toState: (found, eventZxid, revision) => ({
    children: found && [...found.children].sort(),
    stat: found && FrozenStat.of(found.stat),
    eventZxid,
    revision,
  }),
  markOf: (stat) => stat.pzxid,
};

/** The outcome of one or more requests that read an aspect. */
interface Reading {
  /** `null` when the znode is missing. */
  readonly found: Found | null;
  /** Whether the server will report the next change. */
  readonly isArmed: boolean;
  /** Whether the server's answers contradict each other: there is no state to believe. */
  readonly isContradictory?: boolean;
}

/**
 * Continues after a failed read. A read of a missing znode arms no watch, so `exists` arms one where a subscriber waits
 * for the znode; when the znode has appeared in the meantime, it is read again, but not for ever.
 *
 * @throws the error, when it is neither `NO_NODE` nor resolved by a further request.
 */
export async function readAfterFailure(
  error: unknown,
  aspect: Aspect<NodeState>,
  client: CoordinationClient,
  path: string,
  watcher: Watcher,
  isAwaited: () => boolean,
): Promise<Reading> {
  let failure = error;
  for (let round = 1; ; round += 1) {
    // `exists` needs no READ permission: its watch reports when a further read is worthwhile.
    if (codeOf(failure) === 'NO_AUTH') await client.exists(path, watcher);
    if (codeOf(failure) !== 'NO_NODE') throw failure;
    if (!isAwaited()) return { found: null, isArmed: false };
    if ((await client.exists(path, watcher)) === null) return { found: null, isArmed: true };
    if (round > OBSERVING.roundsForMissing) return { found: null, isArmed: false, isContradictory: true };
    try {
      return { found: await aspect.read(client, path, watcher), isArmed: true };
    } catch (next) {
      failure = next;
    }
  }
}

/** A missing znode is an answer, not a failure. */
export function ignoreMissingNode(error: unknown): void {
  if (codeOf(error) !== 'NO_NODE') throw error;
}
