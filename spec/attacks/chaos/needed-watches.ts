import type { HeldWatches } from '../../../testing/server-watches.js';
import type { Violation } from '../../oracle/rules.js';
import { serverWatchViolations } from '../../oracle/server-watches.js';
import type { WatchAudit } from './watch-audit.js';

/** The watches that servers must hold at rest, and those that they may hold besides. */
export interface NeededWatches {
  readonly needed: readonly string[];
  readonly tolerated: readonly string[];
}

/** A tree that is followed. */
export interface FollowedPaths {
  readonly root: string;
  /** The znodes that SetWatches2 may have named, which finds out after an interruption what has changed. */
  readonly reportedPaths: readonly string[];
}

const CHILDREN = 'of children';

/**
 * For one client. Watches of children have no path here: servers report only their number.
 *
 * @param waitedFor the paths of all watches of children that ever waited for their znode
 * @param tree that the client follows
 */
export function neededWatches(
  sessionId: bigint | null,
  audits: readonly WatchAudit[],
  waitedFor: ReadonlySet<string>,
  tree: FollowedPaths | null,
): NeededWatches {
  const live = audits.filter(({ isOver }) => !isOver);
  const pathOf = ({ trail }: WatchAudit) => trail.history.path;
  const named = (path: string) => `data ${path} 0x${(sessionId ?? 0n).toString(16)}`;
  const ofData = (audit: WatchAudit) => named(pathOf(audit));
  const isMissing = ({ trail }: WatchAudit) => trail.history.truth?.key === null;
  const isOfData = (audit: WatchAudit) => audit.aspect === 'data' || (isMissing(audit) && !audit.isPatient);
  const groups = live.filter((audit) => audit.aspect === 'children' && !isMissing(audit));
  const paths = new Set(groups.map(pathOf));
  // `exists` arms a data watch also on a znode that has appeared since the read before. It stays while the children of
  // the path are watched, also when the watch that waited for the znode has stopped.
  const waiting = live.filter((audit) => audit.aspect === 'children' && waitedFor.has(pathOf(audit)));
  const data = new Set(live.filter(isOfData).map(ofData));
  const children = [...paths].map(() => CHILDREN);
  const left = new Set(waiting.map(ofData));
  if (!tree) return { needed: [...data, ...children], tolerated: [...left] };
  // Servers list a recursive watch as a data watch at its root, and count it among those of children before 3.9.
  // SetWatches2 arms both at each of the znodes.
  data.add(named(tree.root));
  for (const path of tree.reportedPaths) left.add(named(path));
  const needed = [...data, ...children];
  return { needed, tolerated: [...left, ...children, CHILDREN, ...tree.reportedPaths.map(() => CHILDREN)] };
}

/** Compares the watches of all clients with those that the servers hold. */
export function wrongServerWatches(
  { data, children }: HeldWatches,
  clients: readonly { readonly serverWatches: NeededWatches }[],
): Violation[] {
  const held = [...data.map((watch) => `data ${watch}`), ...Array.from({ length: children }, () => CHILDREN)];
  const all = clients.map(({ serverWatches }) => serverWatches);
  const needed = all.flatMap((each) => each.needed);
  const tolerated = all.flatMap((each) => each.tolerated);
  // One client's surplus comes on top of what the others need.
  for (const each of all) {
    if (!each.tolerated.includes(CHILDREN)) tolerated.push(...each.needed.filter(isOfChildren));
  }
  return serverWatchViolations({ held, needed, tolerated });
}

function isOfChildren(watch: string): boolean {
  return watch === CHILDREN;
}
