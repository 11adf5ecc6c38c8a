import type { Stat } from '../../lib/core/coordination-client.js';

/** How a znode has changed. */
export type ChangeType = 'created' | 'modified' | 'deleted';

/** A znode of a {@link Tree}. Frozen, as all watches of the tree share it. */
export interface TreeNode {
  /** Relative to the client's chroot. */
  readonly path: string;
  /**
   * The metadata. A change of the ACL is not noticed, and the properties about the children (`pzxid`, `cversion`,
   * `numChildren`) may be older than the tree. Of an unreadable znode it may be older too, or have only zeros, as
   * servers from ZooKeeper 3.8.4 and 3.9.2 on do not give it (ZOOKEEPER-2590).
   */
  readonly stat: Stat;
  /**
   * A copy of the data, made at each access. `null` when the watch has no data (`data: false`), or may not read it. Not
   * an own property: `{ ...node }` and `JSON.stringify` leave it out.
   */
  readonly data: Buffer | null;
  /** Whether the znode may not be read: its data and its children are unknown. */
  readonly unreadable: boolean;
}

/** The change of a znode: between two calls, whatever happened in between. Frozen. */
export interface TreeChange {
  /** How the znode has changed. */
  readonly type: ChangeType;
  /** Relative to the client's chroot. */
  readonly path: string;
  /**
   * The transaction: `czxid` of a created znode, `mzxid` of a modified one. Of a deleted one the zxid that the server
   * reports (from ZooKeeper 3.9 on); with older servers the newest zxid known when the deletion was found. So too of an
   * unreadable znode whose stat no server gives.
   */
  readonly zxid: bigint;
  /** The znode now; `null` when it was deleted. */
  readonly node: TreeNode | null;
  /** The znode before; `null` when it was created, and in the first call with `since`, which does not know it. */
  readonly before: TreeNode | null;
  /** Whether a modified znode was deleted and created again. */
  readonly recreated: boolean;
}

/**
 * Selects changes: all properties that are given must hold.
 *
 * @example
 * ```ts
 * import type { ChangeFilter } from 'zk-recipes';
 *
 * const workersThatCameOrWent: ChangeFilter = { path: '/workers/*', type: ['created', 'deleted'], ephemeral: true };
 * ```
 */
export interface ChangeFilter {
  /**
   * One pattern or several, any of which must match the whole path: `/jobs/*`, not `*`. `*` stands for one name, or for
   * a part of one; `**` for any number of names, none included.
   */
  path?: string | readonly string[] | undefined;
  /** One type or several. */
  type?: ChangeType | readonly ChangeType[] | undefined;
  /** Whether the znode is ephemeral; of a deleted one, whether it was. */
  ephemeral?: boolean | undefined;
  /** The prefix of a sequential znode's name: the ten digits must follow it. */
  sequential?: string | undefined;
  /** The znode must have been created, changed or deleted after this zxid. */
  after?: bigint | undefined;
}
