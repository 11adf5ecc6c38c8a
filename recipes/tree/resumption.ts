import { type Checkpoint, comparePaths, type KnownZnode, type KnownZnodes } from '../changes/index.js';
import { isKnownZxid, isOtherZnode, type KnownNode } from './known-node.js';
import type { NodeChange } from './ordered-changes.js';
import type { Scope } from './scope.js';
import type { TreeSnapshot } from './tree-snapshot.js';

/** The moment after which changes are reported. */
export class Resumption {
  readonly #since: bigint | Checkpoint;
  readonly #scope: Scope;

  constructor(since: bigint | Checkpoint, scope: Scope) {
    this.#since = since;
    this.#scope = scope;
  }

  get position(): bigint {
    return typeof this.#since === 'bigint' ? this.#since : this.#since.position;
  }

  /** Whether deletions can be found: the znodes of then are known. */
  get isExact(): boolean {
    return this.known !== null;
  }

  /**
   * Why the moment is none of this ensemble's, if that shows.
   *
   * @param newestZxid that the ensemble has reported; `undefined` when the client does not say it
   */
  flawOf(tree: TreeSnapshot, newestZxid: bigint | undefined): string | null {
    const { position } = this;
    if (newestZxid !== undefined && newestZxid < position) {
      return `the ensemble is at zxid ${newestZxid}, before the position ${position}`;
    }
    const czxid = tree.get(tree.root)?.stat.czxid;
    if (!this.known || !czxid || czxid > position) return null;
    const [root] = this.known;
    return root && !isOtherZnode(root.czxid, czxid) ? null : 'the znode at the root is another one';
  }

  /** How a tree differs from the known znodes, or from the position. */
  *changesTo(tree: TreeSnapshot): Generator<NodeChange> {
    if (!this.known) return yield* changesAfter(this.position, tree);
    for (const change of changesBetween(this.known, tree)) {
      if (change.type !== 'deleted' || this.#scope.includes(change.path)) yield change;
    }
  }

  /** The znodes of then; `null` when only the position is known. */
  get known(): KnownZnodes | null {
    return typeof this.#since === 'bigint' ? null : this.#since.known;
  }
}

/** All znodes, as created. */
export function* allOf(tree: TreeSnapshot): Generator<NodeChange> {
  for (const now of tree.nodes()) yield made('created', now);
}

function made(type: 'created' | 'modified', now: KnownNode, recreated = false): NodeChange {
  return { type, path: now.path, before: null, now, recreated };
}

/** The znodes that have changed after a zxid. */
export function* changesAfter(position: bigint, tree: TreeSnapshot): Generator<NodeChange> {
  for (const now of tree.nodes()) {
    if (now.stat.czxid > position) yield made('created', now);
    else if (now.stat.mzxid > position) yield made('modified', now);
  }
}

/** Both are in the same order. */
function* changesBetween(known: KnownZnodes, tree: TreeSnapshot): Generator<NodeChange> {
  const [before, now] = [known[Symbol.iterator](), tree.nodes()[Symbol.iterator]()];
  let [old, current] = [before.next(), now.next()];
  while (!old.done || !current.done) {
    const order = old.done ? 1 : current.done ? -1 : comparePaths(old.value.path, current.value.path);
    if (order < 0) yield deleted(old.value as KnownZnode);
    else if (order > 0) yield made('created', current.value as KnownNode);
    else if (isOtherZnode(old.value.czxid, current.value.stat.czxid)) yield made('modified', current.value, true);
    else if (isModified(old.value, current.value)) yield made('modified', current.value);
    if (order <= 0) old = before.next();
    if (order >= 0) current = now.next();
  }
}

function isModified({ mzxid, isUnreadable }: KnownZnode, { stat, unreadable }: KnownNode): boolean {
  return isUnreadable !== unreadable || (mzxid !== stat.mzxid && isKnownZxid(mzxid) && isKnownZxid(stat.mzxid));
}

function deleted({ path, isEphemeral }: KnownZnode): NodeChange {
  return { type: 'deleted', path, before: null, now: null, recreated: false, wasEphemeral: isEphemeral };
}
