import { parentOf } from '../../lib/core/paths.js';
import { Change, type Coalesced, type TreeChange } from '../changes/index.js';
import { isKnownZxid, type KnownNode } from './known-node.js';
import { sort, type Work } from './slices.js';

/** A change of a known znode, before it is handed out. */
export interface NodeChange extends Coalesced<KnownNode> {
  /** Of a deleted znode whose state before is not known. */
  readonly wasEphemeral?: boolean;
}

/** Work on so many changes is done between two checks of the time. */
const AT_ONCE = 256;

interface Placed {
  readonly change: Change;
  /** As a number, which may be rounded: compared before the zxid, as it is faster. */
  readonly order: number;
}

/**
 * The changes as they are handed out, by zxid: the creation of a znode before those below it, and its deletion after
 * those below it.
 *
 * @param newestZxid stands for zxids that are not known: of deletions, and of znodes that may not be read
 */
export function* orderChanges(changes: Iterable<NodeChange>, newestZxid: bigint): Work<readonly TreeChange[]> {
  const all: NodeChange[] = [];
  const deletedAt = new Map<string, bigint>();
  for (const change of changes) {
    if (change.type === 'deleted') deletedAt.set(change.path, change.deletedAt ?? newestZxid);
    if (all.push(change) % AT_ONCE === 0) yield;
  }
  const placed: Placed[] = [];
  for (const change of all) {
    const zxid = change.type === 'deleted' ? zxidOfDeletion(change.path, deletedAt) : zxidOf(change, newestZxid);
    const length = placed.push({ change: new Change(change, zxid, change.wasEphemeral), order: Number(zxid) });
    if (length % AT_ONCE === 0) yield;
  }
  const sorted = yield* sort(placed, compare);
  return Object.freeze(sorted.map(({ change }) => change));
}

function zxidOf({ type, now }: NodeChange, newestZxid: bigint): bigint {
  const { stat, unreadable } = now as KnownNode;
  const zxid = type === 'created' ? stat.czxid : stat.mzxid;
  return unreadable && !isKnownZxid(zxid) ? newestZxid : zxid;
}

/** A znode is never deleted before those below it: a zxid that is not known is at most that of the znode above. */
function zxidOfDeletion(path: string, deletedAt: ReadonlyMap<string, bigint>): bigint {
  let zxid = deletedAt.get(path) as bigint;
  for (let above = parentOf(path); above !== null; above = parentOf(above)) {
    const other = deletedAt.get(above);
    if (other === undefined) break;
    if (other < zxid) zxid = other;
  }
  return zxid;
}

function compare(a: Placed, b: Placed): number {
  if (a.order !== b.order) return a.order - b.order;
  const [one, other] = [a.change, b.change];
  if (one.zxid !== other.zxid) return one.zxid < other.zxid ? -1 : 1;
  const [isDeleted, isOtherDeleted] = [one.type === 'deleted', other.type === 'deleted'];
  if (isDeleted !== isOtherDeleted) return isDeleted ? -1 : 1;
  const byLength = one.path.length - other.path.length;
  if (byLength !== 0) return isDeleted ? -byLength : byLength;
  return one.path < other.path ? -1 : 1;
}
