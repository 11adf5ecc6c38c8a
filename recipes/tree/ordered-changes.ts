import { parentOf } from '../../lib/core/paths.js';
import { Change, type Coalesced, type TreeChange } from '../changes/index.js';
import { isKnownZxid, type KnownNode } from './known-node.js';
import { forEach, sort, type Work } from './slices.js';

/** A change of a known znode, before it is handed out. */
export interface NodeChange extends Coalesced<KnownNode> {
  /** Of a deleted znode whose state before is not known. */
  readonly wasEphemeral?: boolean;
}

/** Work on so many changes is done between two checks of the time. */
const AT_ONCE = 256;

/**
 * The changes as they are handed out, by zxid: the creation of a znode before those below it, and its deletion after
 * those below it.
 *
 * @param newestZxid stands for zxids that are not known: of deletions, and of znodes that may not be read
 */
export function* orderChanges(changes: Iterable<NodeChange>, newestZxid: bigint): Work<readonly TreeChange[]> {
  const made: Change[] = [];
  const deletions: NodeChange[] = [];
  yield* forEach(changes, AT_ONCE, (change) => {
    if (change.type === 'deleted') deletions.push(change);
    else made.push(new Change(change, zxidOf(change, newestZxid)));
  });
  const deletedAt = new Map<string, bigint>();
  yield* forEach(deletions, AT_ONCE, ({ path, deletedAt: zxid }) => deletedAt.set(path, zxid ?? newestZxid));
  yield* forEach(deletions, AT_ONCE, (deletion) => {
    made.push(new Change(deletion, zxidOfDeletion(deletion.path, deletedAt), deletion.wasEphemeral));
  });
  return Object.freeze(yield* sort(made, compare));
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

function compare(one: Change, other: Change): number {
  const byZxid = Change.compareZxids(one, other);
  if (byZxid !== 0) return byZxid;
  const [isDeleted, isOtherDeleted] = [one.type === 'deleted', other.type === 'deleted'];
  if (isDeleted !== isOtherDeleted) return isDeleted ? -1 : 1;
  const byLength = one.path.length - other.path.length;
  if (byLength !== 0) return isDeleted ? -byLength : byLength;
  return one.path < other.path ? -1 : 1;
}
