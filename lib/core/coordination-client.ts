import type { Logger } from './logger.js';

/**
 * Where a client stands.
 *
 * - `latent`: nothing runs; `connect()` has not been called, or has failed.
 * - `connecting`: the first connection is being made.
 * - `connected`: there is a session, and every watch stands on the server.
 * - `suspended`: the connection is gone, the session may live.
 * - `lost`: the session is gone; a new one is being made.
 * - `closed`: `close()` was called. Final.
 */
export type ClientState = 'latent' | 'connecting' | 'connected' | 'suspended' | 'lost' | 'closed';

/** A change that a server reported to a one-shot watch. */
export interface WatchedEvent {
  /** What happened to the znode. */
  readonly type: 'NodeCreated' | 'NodeDeleted' | 'NodeDataChanged' | 'NodeChildrenChanged';
  /** The znode, relative to the chroot. */
  readonly path: string;
}

/** A one-shot watch: called at most once, only for a change that the server reported. */
export type Watcher = (event: WatchedEvent) => void;

/** What ZooKeeper knows of a znode besides its data. Zxids and the owner's session id are 64 bits wide, hence `bigint`. */
export interface Stat {
  /** Zxid of the transaction that created the znode. */
  readonly czxid: bigint;
  /** Zxid of the last change of the data. Grows with each, also when the value is the same or the znode was recreated. */
  readonly mzxid: bigint;
  /** Zxid of the last creation or deletion of a child. */
  readonly pzxid: bigint;
  /** When the znode was created, in ms since the epoch, by the server's clock. */
  readonly ctime: number;
  /** When the data last changed, in ms since the epoch, by the server's clock. */
  readonly mtime: number;
  /** Number of changes of the data. Starts again at 0 when the znode is recreated. */
  readonly version: number;
  /** Number of changes of the list of children. Starts again at 0 when the znode is recreated. */
  readonly cversion: number;
  /** Number of changes of the ACL. Starts again at 0 when the znode is recreated. */
  readonly aversion: number;
  /** The session that owns an ephemeral znode; `0n` for all others. */
  readonly ephemeralOwner: bigint;
  /** Length of the data in bytes. */
  readonly dataLength: number;
  /** Number of children. */
  readonly numChildren: number;
}

/** What a znode holds. */
export interface DataAndStat {
  /** Empty when the znode was created without data. */
  data: Buffer;
  /** All else about the znode. */
  stat: Stat;
}

/** What is below a znode. */
export interface ChildrenAndStat {
  /** The names of the children, in no order. */
  children: string[];
  /** All else about the znode. */
  stat: Stat;
}

/** One entry of an access control list. */
export interface Acl {
  /** Sum of READ 1, WRITE 2, CREATE 4, DELETE 8, ADMIN 16; all of them are 31. */
  perms: number;
  /** The authentication scheme: `world`, `auth`, `digest`, `ip`, `x509`, ... */
  scheme: string;
  /** Who it is about, in the words of the scheme: `anyone`, `user:hash`, `10.0.0.0/8`, ... */
  id: string;
}

/** What kind of znode to create. The sequential ones get ten digits appended to their name by the server. */
export type CreateMode = 'persistent' | 'ephemeral' | 'persistent-sequential' | 'ephemeral-sequential' | 'container';

/** How to create a znode. */
export interface CreateOptions {
  /** Default `persistent`. */
  mode?: CreateMode;
  /** Who may do what. Default: the world, everything. */
  acl?: Acl[];
  /** Create the missing parents too (persistent, with the same ACL). Default `false`. */
  makePath?: boolean;
}

/**
 * What a recipe needs of a coordination service. Any client that can do this can carry the recipes;
 * `ZooKeeperClient` is the one that comes with them.
 */
export interface CoordinationClient {
  /** Where the client stands now. */
  readonly state: ClientState;
  /** Where a recipe reports what nobody listens to. Without one it reports to the console. */
  readonly logger?: Logger;
  /**
   * A client whose one-shot watches outlive its connections and sessions, and whose reads never go back in time, says
   * so by having this number. Recipes then read again only what the server reported as changed. It changes when the
   * client had to break the promise, as after a restore of the ensemble from a backup: recipes then forget what they
   * knew and read everything again. On a client without it they do so at each return to `connected`.
   */
  readonly epoch?: number;
  /** The znode's stat, or `null` when there is none. The watch is armed either way: for creation, or for data and deletion. */
  exists(path: string, watcher?: Watcher): Promise<Stat | null>;
  /** The znode's data and stat. Arms the watch for a change of the data and for deletion. Rejects when there is no znode, and arms nothing then. */
  getData(path: string, watcher?: Watcher): Promise<DataAndStat>;
  /** The names of the children and the znode's stat. Arms the watch for a created or deleted child and for the znode's own deletion. */
  getChildren(path: string, watcher?: Watcher): Promise<ChildrenAndStat>;
  /** Creates a znode. Resolves with the path created, which differs from the one asked for when the mode is sequential. */
  create(path: string, data?: Buffer | string, options?: CreateOptions): Promise<string>;
  /** Sets the data; `version` -1 means whatever version. */
  setData(path: string, data: Buffer | string, version?: number): Promise<Stat>;
  /** Deletes a znode without children; `version` -1 means whatever version. */
  delete(path: string, version?: number): Promise<void>;
  /**
   * Takes a one-shot watcher back: it is not called any more. A recipe does so when its last watch on a path stops; a
   * client without it keeps the watcher until it fires.
   */
  removeWatcher?(path: string, watcher: Watcher): void;
  /** Tells each change of {@link CoordinationClient.state}. */
  on(event: 'state', listener: (state: ClientState) => void): this;
  /** Takes a listener away. */
  off(event: 'state', listener: (state: ClientState) => void): this;
}
