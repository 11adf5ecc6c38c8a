import { Change } from './change.js';
import type { KnownZnode, KnownZnodes } from './checkpoint-format.js';
import { comparePaths } from './path-order.js';
import type { TreeChange } from './types.js';

/** No znode at all. */
export const NO_ZNODES: KnownZnodes = { size: 0, [Symbol.iterator]: () => [][Symbol.iterator]() };

/** The znodes after these changes. */
export function withChanges(known: KnownZnodes, changes: readonly TreeChange[]): KnownZnodes {
  if (changes.length === 0) return known;
  let { size } = known;
  for (const { type } of changes) size += type === 'created' ? 1 : type === 'deleted' ? -1 : 0;
  return { size, [Symbol.iterator]: () => merged(known, changes) };
}

function* merged(known: KnownZnodes, changes: readonly TreeChange[]): Generator<KnownZnode> {
  const sorted = [...changes].sort((a, b) => comparePaths(a.path, b.path));
  let next = 0;
  for (const znode of known) {
    let change = sorted[next];
    for (; change && comparePaths(change.path, znode.path) < 0; change = sorted[next]) {
      yield* znodeOf(change);
      next += 1;
    }
    if (change?.path !== znode.path) yield znode;
  }
  for (const change of sorted.slice(next)) yield* znodeOf(change);
}

function* znodeOf(change: TreeChange): Generator<KnownZnode> {
  const { path, node } = change;
  if (!node) return;
  const { czxid, mzxid } = node.stat;
  yield { path, czxid, mzxid, isEphemeral: Change.isEphemeral(change), isUnreadable: node.unreadable };
}
