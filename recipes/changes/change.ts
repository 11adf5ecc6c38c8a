import type { Coalesced } from './change-set.js';
import type { ChangeType, TreeChange, TreeNode } from './types.js';

/** A change as it is handed out: frozen, because several watches share it. */
export class Change implements TreeChange {
  readonly type: ChangeType;
  readonly path: string;
  readonly zxid: bigint;
  readonly node: TreeNode | null;
  readonly before: TreeNode | null;
  readonly recreated: boolean;
  /** Known of a znode that was deleted before the resumption, too. */
  readonly #isEphemeral: boolean;
  /** The zxid as a number, which may be rounded. */
  readonly #order: number;

  /**
   * @param zxid of the change
   * @param wasEphemeral of a deleted znode whose state before is not known
   */
  constructor(
    { type, path, before, now, recreated }: Omit<Coalesced<TreeNode>, 'deletedAt'>,
    zxid: bigint,
    wasEphemeral = false,
  ) {
    this.type = type;
    this.path = path;
    this.zxid = zxid;
    this.node = now;
    this.before = before;
    this.recreated = recreated;
    const owner = (now ?? before)?.stat.ephemeralOwner;
    this.#isEphemeral = owner === undefined ? wasEphemeral : owner !== 0n;
    this.#order = Number(zxid);
    Object.freeze(this);
  }

  /** Whether the znode is, or was, ephemeral. Also takes a change of another transport. */
  static isEphemeral(change: TreeChange): boolean {
    if (#isEphemeral in change) return change.#isEphemeral;
    const owner = (change.node ?? change.before)?.stat.ephemeralOwner;
    return owner !== undefined && owner !== 0n;
  }

  /** Compares the zxids. Numbers come first, as comparing bigints takes longer. */
  static compareZxids(one: Change, other: Change): number {
    if (one.#order !== other.#order) return one.#order - other.#order;
    return one.zxid === other.zxid ? 0 : one.zxid < other.zxid ? -1 : 1;
  }

  /** Called by `JSON.stringify`, which has no form for bigints. */
  toJSON(): object {
    return { ...this, zxid: `${this.zxid}` };
  }
}
