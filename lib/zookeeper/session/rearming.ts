import type { Deadline } from '../../core/deadline.js';
import { SESSION } from '../../core/limits.js';
import { setWatchesRequest, syncRequest } from '../../protocol/requests.js';
import { ServerCode } from '../../protocol/server-code.js';
import { armByRead, type ConnectionReads } from './arming-reads.js';
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

async function rearmByReading(rearming: Rearming): Promise<string | null> {
  const pending = rearming.watches.entries();
  const readers = Array.from({ length: SESSION.rearmingReads }, () => readEach(rearming, pending));
  const reasons = await Promise.all(readers);
  return reasons.find((reason) => reason !== null) ?? null;
}

async function readEach(rearming: Rearming, pending: Iterable<[WatchList, string]>): Promise<string | null> {
  const { link, watches, seen, isCurrent, deadline } = rearming;
  const ask: ConnectionReads['ask'] = (wire) => link.ask(wire, deadline(UNANSWERED));
  for (const [list, path] of pending) {
    const error = await armByRead(watches, { from: seen.rearmFrom, ask }, list, path);
    if (!isCurrent()) return null;
    if (error !== 0) return `arming the watch of ${path} failed with error ${error}`;
  }
  return null;
}
