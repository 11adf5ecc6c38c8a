import type { HeldWatches } from '../../../testing/server-watches.js';
import type { Violation } from '../../oracle/rules.js';
import { serverWatchViolations } from '../../oracle/server-watches.js';
import type { WatchAudit } from './watch-audit.js';

/** The watches that servers must hold at rest, and those that they may hold besides. */
export interface NeededWatches {
  readonly needed: readonly string[];
  readonly tolerated: readonly string[];
}

const CHILDREN = 'of children';

/**
 * For one client. Watches of children have no path here: servers report only their number.
 *
 * @param waitedFor the paths of all watches of children that ever waited for their znode
 */
export function neededWatches(
  sessionId: bigint | null,
  audits: readonly WatchAudit[],
  waitedFor: ReadonlySet<string>,
): NeededWatches {
  const live = audits.filter(({ isOver }) => !isOver);
  const pathOf = ({ trail }: WatchAudit) => trail.history.path;
  const ofData = (audit: WatchAudit) => `data ${pathOf(audit)} 0x${(sessionId ?? 0n).toString(16)}`;
  const isMissing = ({ trail }: WatchAudit) => trail.history.truth?.key === null;
  const isOfData = (audit: WatchAudit) => audit.aspect === 'data' || (isMissing(audit) && !audit.isPatient);
  const groups = live.filter((audit) => audit.aspect === 'children' && !isMissing(audit));
  const paths = new Set(groups.map(pathOf));
  // `exists` arms a data watch also on a znode that has appeared since the read before. It stays while the children of
  // the path are watched, also when the watch that waited for the znode has stopped.
  const waiting = live.filter((audit) => audit.aspect === 'children' && waitedFor.has(pathOf(audit)));
  return {
    needed: [...new Set(live.filter(isOfData).map(ofData)), ...[...paths].map(() => CHILDREN)],
    tolerated: waiting.map(ofData),
  };
}

/** Compares the watches of all clients with those that the servers hold. */
export function wrongServerWatches(
  { data, children }: HeldWatches,
  clients: readonly { readonly serverWatches: NeededWatches }[],
): Violation[] {
  const held = [...data.map((watch) => `data ${watch}`), ...Array.from({ length: children }, () => CHILDREN)];
  const all = clients.map(({ serverWatches }) => serverWatches);
  const needed = all.flatMap((each) => each.needed);
  return serverWatchViolations({ held, needed, tolerated: all.flatMap((each) => each.tolerated) });
}
