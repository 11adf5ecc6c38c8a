import type { Tree, TreeChange, TreeNode } from '../../index.js';
import { parentOf } from '../../lib/core/paths.js';

/** A znode as far as a watch reports its changes. */
export interface AuditedNode {
  readonly czxid: bigint;
  readonly mzxid: bigint;
  readonly data: string | null;
}

/** The zxids of a znode whose stat the server keeps from those who may not read. */
const HIDDEN = 0n;

/** A znode of a tree, as it is compared with the server's. */
export function auditedOf({ stat: { czxid, mzxid }, data }: TreeNode): AuditedNode {
  return { czxid, mzxid, data: data?.toString('latin1') ?? null };
}

/**
 * Checks the calls of a watch of a tree: the changes of each, applied in their order to the tree before, give the tree;
 * they come once per path, parents' creations before children's and children's deletions before parents'.
 */
export class TreeAudit {
  readonly violations: string[] = [];
  /** The changes applied so far. */
  readonly copy: Map<string, AuditedNode>;
  readonly #root: string;
  #position = -1n;
  #epoch: number | undefined;

  /** @param copy of the tree that the watch resumes from */
  constructor(root: string, copy: ReadonlyMap<string, AuditedNode> = new Map()) {
    this.#root = root;
    this.copy = new Map(copy);
  }

  /** A call with these arguments has begun. */
  see(tree: Tree, changes: readonly TreeChange[]): void {
    if (new Set(changes.map(({ path }) => path)).size !== changes.length) this.#fail('a path comes twice');
    for (const change of changes) this.apply(change);
    this.#checkOrder(changes);
    this.expectEqual(new Map(Array.from(tree, (node) => [node.path, auditedOf(node)])), 'the tree of the call');
    if (tree.size !== this.copy.size) this.#fail(`its size is ${tree.size}, not ${this.copy.size}`);
    const { epoch } = tree as { epoch?: number };
    // After a restore from a backup positions start again.
    if (epoch === this.#epoch && tree.position < this.#position)
      this.#fail(`its position went back from ${this.#position} to ${tree.position}`);
    this.#position = tree.position;
    this.#epoch = epoch;
  }

  apply({ type, path, node, before, zxid, recreated }: TreeChange): void {
    const known = this.copy.get(path);
    const fail = (reason: string): void => this.#fail(`${type} ${path} ${reason}`);
    if (type === 'created' && known) fail('is known');
    if (type !== 'created' && !known) fail('is unknown');
    if ((type === 'deleted') !== (node === null)) fail('is beside the wrong znode');
    if (node && path !== this.#root && !this.copy.has(parentOf(path) as string)) fail('comes before the one above');
    if (type === 'created' && before !== null) fail('has a znode before');
    if (type === 'modified' && known) {
      const isOther = known.czxid !== node?.stat.czxid && known.czxid !== HIDDEN;
      if (recreated !== isOther) fail(`is ${recreated ? '' : 'not '}recreated`);
    } else if (recreated) fail('is recreated');
    if (before && before.stat.mzxid !== known?.mzxid) fail('has another znode before');
    const own = type === 'created' ? node?.stat.czxid : node?.stat.mzxid;
    if (node && !(node.unreadable && own === HIDDEN) && zxid !== own) fail(`has zxid ${zxid}`);
    if (node) this.copy.set(path, auditedOf(node));
    else this.copy.delete(path);
  }

  /** At rest the changes give the znodes of the server. */
  expectEqual(actual: ReadonlyMap<string, AuditedNode>, name: string): void {
    for (const path of new Set([...actual.keys(), ...this.copy.keys()])) {
      const [one, other] = [print(actual.get(path)), print(this.copy.get(path))];
      if (one !== other) this.#fail(`${path} is ${one} in ${name}, and ${other} by the changes`);
    }
  }

  #checkOrder(changes: readonly TreeChange[]): void {
    const at = new Map(changes.map(({ path, type }, index) => [path, { type, index }]));
    for (const [index, { path, type, zxid }] of changes.entries()) {
      const above = path === this.#root ? undefined : at.get(parentOf(path) as string);
      if (type === 'created' && above?.type === 'created' && above.index > index)
        this.#fail(`${path} before its parent`);
      if (type === 'deleted' && above?.type === 'deleted' && above.index < index)
        this.#fail(`${path} after its parent`);
      const before = changes[index - 1];
      if (before && before.zxid > zxid) this.#fail(`${before.path} at ${before.zxid} before ${path} at ${zxid}`);
    }
  }

  #fail(violation: string): void {
    this.violations.push(violation);
  }
}

function print(node: AuditedNode | undefined): string {
  return node ? `${node.czxid}/${node.mzxid} ${node.data}` : 'missing';
}
