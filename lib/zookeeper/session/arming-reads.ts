import type { WatchedEvent } from '../../core/coordination-client.js';
import { existsRequest, getChildrenRequest, type WatchedPaths, type WireRequest } from '../../protocol/requests.js';
import { ServerCode } from '../../protocol/server-code.js';
import { REPLY_TOO_LARGE } from '../connection/connection.js';
import type { ServerWatchType } from './submission.js';

/** The watches that are armed by reads, as the server lacks SetWatches. */
interface ArmedWatches {
  fire(event: WatchedEvent): void;
  release(type: ServerWatchType, absolute: string): void;
}

/** The reads over one connection. */
export interface ConnectionReads {
  /** Changes after this transaction count. */
  readonly from: bigint;
  ask<T>(wire: WireRequest<T>): Promise<{ readonly error: number; readonly value: T | undefined }>;
}

/** Errors of a read that say nothing about the znode's changes: its watcher has to look for itself. */
const UNREADABLE: ReadonlySet<number> = new Set([ServerCode.NO_AUTH, REPLY_TOO_LARGE]);

/**
 * Arms a watch by a read, and reports the change that the server would have reported: a stat newer than `from`, or a
 * znode that has come or gone.
 *
 * @returns the error for which the watch is neither armed nor called; 0 for none
 */
export async function armByRead(
  watches: ArmedWatches,
  reads: ConnectionReads,
  list: keyof WatchedPaths,
  path: string,
): Promise<number> {
  const { error, change } = list === 'child' ? await readChildren(reads, path) : await readStat(reads, path, list);
  const isMissing = error === ServerCode.NO_NODE;
  if (error !== 0 && !isMissing && !UNREADABLE.has(error)) return error;
  if (isMissing && list !== 'exist') watches.fire({ type: 'NodeDeleted', path });
  else if (change && !isMissing) watches.fire({ type: change, path });
  // The read has armed a watch even if a change was found, or if the last watcher has gone meanwhile.
  const isArmed = error === 0 || error === REPLY_TOO_LARGE || (isMissing && list !== 'child');
  if (isArmed) watches.release(list === 'child' ? 'child' : 'data', path);
  return 0;
}

interface Finding {
  readonly error: number;
  /** The change since, if there was one, or if it cannot be known. */
  readonly change: WatchedEvent['type'] | null;
}

async function readChildren({ ask, from }: ConnectionReads, path: string): Promise<Finding> {
  const { error, value } = await ask(getChildrenRequest(path, true));
  return { error, change: value && value.stat.pzxid <= from ? null : 'NodeChildrenChanged' };
}

async function readStat({ ask, from }: ConnectionReads, path: string, list: 'data' | 'exist'): Promise<Finding> {
  const { error, value } = await ask(existsRequest(path, true));
  if (list === 'exist') return { error, change: 'NodeCreated' };
  return { error, change: value && value.mzxid <= from ? null : 'NodeDataChanged' };
}
