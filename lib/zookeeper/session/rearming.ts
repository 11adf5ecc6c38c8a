import type { WatchedEvent } from '../../core/coordination-client.js';
import type { Deadline } from '../../core/deadline.js';
import { SESSION } from '../../core/limits.js';
import { existsRequest, getChildrenRequest, setWatchesRequest, syncRequest } from '../../protocol/requests.js';
import { ServerCode } from '../../protocol/server-code.js';
import { REPLY_TOO_LARGE } from '../connection/connection.js';
import type { Link } from './link.js';
import type { OptionalOperations } from './optional-operations.js';
import type { SeenZxids } from './seen-zxids.js';
import type { SessionLog } from './session-log.js';
import type { SessionWatches, WatchList } from './session-watches.js';

const UNANSWERED = 'a read that arms a watch was not answered';

/** The parameters of arming the watches over a new connection. */
export interface Rearming {
  readonly link: Link;
  readonly watches: SessionWatches;
  readonly seen: SeenZxids;
  readonly log: SessionLog;
  readonly optional: OptionalOperations;
  /** Whether the link is still wanted. */
  readonly isCurrent: () => boolean;
  /** Makes the deadline of an answer, with the reason for which the connection ends then. */
  readonly deadline: (reason: string) => Deadline;
}

/** Errors of a read that say nothing about the znode's changes: its watcher has to look for itself. */
const UNREADABLE: ReadonlySet<number> = new Set([ServerCode.NO_AUTH, REPLY_TOO_LARGE]);

/**
 * Arms all watches again, by SetWatches where the server has it; after a probe, once the server has shown what the
 * ensemble has.
 *
 * @returns `null` when there is nothing to do; otherwise a promise of the reason for which it failed, or of `null`
 */
export function rearm(rearming: Rearming): Promise<string | null> | null {
  return rearming.link.isProbe ? rearmAfterProbe(rearming) : rearmAccepted(rearming);
}

/**
 * Learns what the ensemble has, from a server that answers without our last zxid. A ping would only say what this one
 * server has; a sync is answered after all that the leader has committed, and never by a follower without a leader.
 */
async function rearmAfterProbe(rearming: Rearming): Promise<string | null> {
  const { link, seen, log, isCurrent, deadline } = rearming;
  const error = await link.request(syncRequest('/'), deadline('a sync was not answered'));
  if (!isCurrent()) return null;
  if (error !== 0) return `a sync failed with error ${error}`;
  const lastZxid = seen.last;
  if (link.zxid < lastZxid) {
    seen.yieldTo(link.zxid);
    log.historyLost(link.server, lastZxid, link.zxid);
  }
  return rearmAccepted(rearming);
}

/** The server has what the client has seen. */
function rearmAccepted(rearming: Rearming): Promise<string | null> | null {
  rearming.seen.accepted();
  return rearming.watches.isEmpty ? null : rearmAll(rearming);
}

async function rearmAll(rearming: Rearming): Promise<string | null> {
  const { link, watches, seen, optional, isCurrent, deadline } = rearming;
  const from = seen.rearmFrom;
  if (!optional.begin('setWatches', link)) return rearmByReading(rearming);
  for (const paths of watches.chunks()) {
    const error = await link.request(setWatchesRequest(from, paths), deadline('SetWatches was not answered'));
    if (!isCurrent()) return null;
    optional.answered('setWatches', link, error);
    if (error === ServerCode.UNIMPLEMENTED) return rearmByReading(rearming);
    if (error !== 0) return `arming the watches failed with error ${error}`;
  }
  return null;
}

/**
 * Arms each watch by a read, and reports the change that the server would have reported: a stat newer than `from`, or a
 * znode that has come or gone.
 */
async function rearmByReading(rearming: Rearming): Promise<string | null> {
  const pending = rearming.watches.entries();
  const readers = Array.from({ length: SESSION.rearmingReads }, () => readEach(rearming, pending));
  const reasons = await Promise.all(readers);
  return reasons.find((reason) => reason !== null) ?? null;
}

async function readEach(rearming: Rearming, pending: Iterable<[WatchList, string]>): Promise<string | null> {
  for (const [list, path] of pending) {
    const error = await readOne(rearming, list, path);
    if (!rearming.isCurrent()) return null;
    if (error !== 0) return `arming the watch of ${path} failed with error ${error}`;
  }
  return null;
}

/** Returns the error for which the watch is neither armed nor called; 0 for none. */
async function readOne(rearming: Rearming, list: WatchList, path: string): Promise<number> {
  const { watches } = rearming;
  const { error, change } =
    list === 'child' ? await readChildren(rearming, path) : await readStat(rearming, path, list);
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

async function readChildren({ link, seen, deadline }: Rearming, path: string): Promise<Finding> {
  const { error, value } = await link.ask(getChildrenRequest(path, true), deadline(UNANSWERED));
  return { error, change: value && value.stat.pzxid <= seen.rearmFrom ? null : 'NodeChildrenChanged' };
}

async function readStat({ link, seen, deadline }: Rearming, path: string, list: 'data' | 'exist'): Promise<Finding> {
  const { error, value } = await link.ask(existsRequest(path, true), deadline(UNANSWERED));
  if (list === 'exist') return { error, change: 'NodeCreated' };
  return { error, change: value && value.mzxid <= seen.rearmFrom ? null : 'NodeDataChanged' };
}
