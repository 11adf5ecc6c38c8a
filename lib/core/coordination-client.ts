import type { ZooKeeperError } from './errors.js';
import type { Logger } from './logger.js';

/**
 * The state of a client.
 *
 * - `latent`: nothing runs; `connect()` has not been called, or has failed.
 * - `connecting`: the first connection is being made.
 * - `connected`: there is a session, and every watch is armed on the server.
 * - `read-only`: no server with a quorum was found, and another one answers reads from the state that it has. Writes
 *   reject. Only with the client's option `readOnly`.
 * - `suspended`: the connection is gone, the session may live.
 * - `lost`: the session is gone; a new one is being made.
 * - `closed`: `close()` was called. Final.
 */
export type ClientState = 'latent' | 'connecting' | 'connected' | 'read-only' | 'suspended' | 'lost' | 'closed';

/** A server, as the connect string names it. */
export interface ServerName {
  /** A host name or an IP address. */
  readonly host: string;
  /** The TCP port. */
  readonly port: number;
}

/** The circumstances of a change of the client's state. */
export interface StateChange {
  /** The server that the client is connected to now; `null` without a connection. */
  readonly server: ServerName | null;
  /** The id of the session; `null` while there is none. */
  readonly sessionId: bigint | null;
  /** Why the connection or the session has ended, or could not be had; `null` for a change without a failure. */
  readonly cause: Error | null;
}

/** A change that a server reported to a one-shot watch. */
export interface WatchedEvent {
  /** The change of the znode. */
  readonly type: 'NodeCreated' | 'NodeDeleted' | 'NodeDataChanged' | 'NodeChildrenChanged';
  /** The znode, relative to the chroot. */
  readonly path: string;
  /**
   * The transaction of the change, from servers that report it: ZooKeeper 3.9 and later, for a change that happens
   * while the watch is armed. Missing otherwise, as for a change that a reconnection found. `JSON.stringify` gives it
   * as a decimal string.
   */
  readonly zxid?: bigint;
}

/** A one-shot watch: called at most once, only for a change that the server reported. */
export type Watcher = (event: WatchedEvent) => void;

/**
 * The metadata of a znode. Zxids and the owner's session id are 64 bits wide, hence `bigint`.
 *
 * The stats of this package are frozen, because all watches of a path share one: a copy, as by `{ ...stat }`, can be
 * changed. They are instances of a class whose `toJSON` gives the bigints as decimal strings, so that `JSON.stringify`
 * accepts a stat; a copy has no `toJSON`. `assert.deepStrictEqual` distinguishes a stat from a plain object.
 */
export interface Stat {
  /** Zxid of the transaction that created the znode. */
  readonly czxid: bigint;
  /** Zxid of the last change of the data. Grows with each change, even to the same value or by a recreation. */
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

/** The data and the stat of a znode. */
export interface DataAndStat {
  /** Empty when the znode was created without data. */
  data: Buffer;
  /** The znode's metadata. */
  stat: Stat;
}

/** The children and the stat of a znode. */
export interface ChildrenAndStat {
  /** The names of the children, in no order. */
  children: string[];
  /** The znode's metadata. */
  stat: Stat;
}

/** A znode as {@link CoordinationClient.readMany} reads it. */
export interface ZnodeRead {
  /** Empty for a znode without data, and when no data was asked for. */
  readonly data: Buffer;
  /** The znode's metadata. */
  readonly stat: Stat;
  /** The names of the children, in no order. */
  readonly children: string[];
}

/**
 * Receives the reports of {@link CoordinationClient.watchTree}. All methods are called synchronously while the client
 * works: the user's code has to wait for a later microtask.
 */
export interface TreeListener {
  /**
   * The server reported a change of the root or of a znode below it. `NodeChildrenChanged` is reported only after a
   * reconnection, for a znode of {@link TreeListener.known}. A change may be reported twice.
   */
  changed(event: WatchedEvent): void;
  /**
   * The server's watch is armed: for the first time, after a reconnection, or in a new session. The changes since
   * {@link TreeListener.position} of the znodes that {@link TreeListener.known} gave were reported before.
   */
  armed(): void;
  /**
   * The connection has ended: no change is reported until the watch is armed again. Called before the listeners of the
   * client's state.
   */
  interrupted(): void;
  /**
   * The server of this connection has no recursive watches: until {@link TreeListener.armed} is called, one-shot
   * watches are needed.
   */
  unsupported(): void;
  /** The znodes that are known to exist. Called at each reconnection. */
  known(): Iterable<string>;
  /**
   * Everything up to this zxid is known of the znodes that {@link TreeListener.known} gives: the changes after it are
   * to be reported. `0n` when nothing is known.
   */
  readonly position: bigint;
}

/** A registration of a {@link TreeListener}. */
export interface TreeRegistration {
  /** Removes the listener. The server's watch is removed with the last listener of the path. */
  remove(): void;
}

/** One entry of an access control list. */
export interface Acl {
  /** Sum of READ 1, WRITE 2, CREATE 4, DELETE 8, ADMIN 16; all of them are 31. */
  perms: number;
  /** The authentication scheme: `world`, `auth`, `digest`, `ip`, `x509`, ... */
  scheme: string;
  /** The identity, in the syntax of the scheme: `anyone`, `user:hash`, `10.0.0.0/8`, ... */
  id: string;
}

/** The mode of a new znode. The server appends ten digits to the name of a sequential znode. */
export type CreateMode = 'persistent' | 'ephemeral' | 'persistent-sequential' | 'ephemeral-sequential' | 'container';

/** The options of create(). */
export interface CreateOptions {
  /** Default `persistent`. */
  mode?: CreateMode | undefined;
  /** The access control list. Default: everybody may do everything. */
  acl?: readonly Acl[] | undefined;
  /** Create the missing parents too (persistent, with the same ACL). Default `false`. */
  makePath?: boolean | undefined;
  /**
   * How long the znode may go without a change and without children before the servers delete it, in ms: a whole number
   * up to 2^40 - 1. Only for persistent znodes, sequential ones included. Servers need `extendedTypesEnabled=true`, and
   * check about once a minute. Default: no limit.
   */
  ttl?: number | undefined;
}

/**
 * The operations that a recipe needs of a coordination service. Any client that has them can carry the recipes;
 * `ZooKeeperClient` is the client of this package.
 */
export interface CoordinationClient {
  /** The present state. */
  readonly state: ClientState;
  /** Receives reports of recipes that have no listener. Without a logger they go to the console. */
  readonly logger?: Logger;
  /**
   * Present on a client whose one-shot watches outlive its connections and sessions, and whose reads never go back in
   * time: recipes then read again only the znodes that the server reported as changed. A new value means that the
   * client could not keep this promise, as after a restore of the ensemble from a backup: recipes then discard their
   * state and read everything again. On a client without `epoch` they do so at each return to `connected`.
   */
  readonly epoch?: number;
  /** The newest transaction that a server has reported to this client. */
  readonly lastZxid?: bigint;
  /**
   * Reads the stat; `null` when the znode does not exist. Arms the watch in both cases: for creation, or for data and
   * deletion.
   */
  exists(path: string, watcher?: Watcher): Promise<Stat | null>;
  /**
   * Reads data and stat. Arms the watch for a change of the data and for deletion. Rejects for a missing znode, and
   * arms nothing then.
   */
  getData(path: string, watcher?: Watcher): Promise<DataAndStat>;
  /**
   * Reads the names of the children and the stat. Arms the watch for a created or deleted child, and for the znode's
   * deletion. Rejects for a missing znode, and arms nothing then.
   */
  getChildren(path: string, watcher?: Watcher): Promise<ChildrenAndStat>;
  /**
   * Creates a znode. Resolves with the path created, which differs from the one asked for when the mode is sequential.
   * The data may change once it has settled.
   */
  create(path: string, data?: Buffer | string, options?: CreateOptions): Promise<string>;
  /** Sets the data, which may change once it has settled; `version` -1 means any version. */
  setData(path: string, data: Buffer | string, version?: number): Promise<Stat>;
  /** Deletes a znode without children; `version` -1 means any version. */
  delete(path: string, version?: number): Promise<void>;
  /**
   * Removes a one-shot watcher: it is not called any more, unless a read on its way arms it again. A recipe does so
   * when its last watch on a path stops; a client without this method keeps the watcher until it fires.
   */
  removeWatcher?(path: string, watcher: Watcher): void;
  /**
   * Reads data, stat and children of many znodes, in as few requests as sensible. Arms no watch. Resolves with a result
   * for each path, in the order of the paths: the znode, or the error of its read, such as {@link NoNodeError}. Rejects
   * when the requests as such fail, as by a connection loss.
   *
   * @param options with `data: false`, `data` is empty in every result; `leaves: true` says that most of the znodes are
   * expected to be small, and without children
   */
  readMany?(
    paths: readonly string[],
    options?: { readonly data?: boolean; readonly leaves?: boolean },
  ): Promise<readonly (ZnodeRead | ZooKeeperError)[]>;
  /** Resolves once the server that answers has every change that the ensemble had committed before. */
  sync?(path: string): Promise<void>;
  /**
   * Watches a znode, whether or not it exists, and all below it by a persistent recursive watch. The server has at most
   * one such watch per path, for all listeners.
   */
  watchTree?(path: string, listener: TreeListener): TreeRegistration;
  /** Adds a listener for each change of {@link CoordinationClient.state}. */
  on(event: 'state', listener: (state: ClientState) => void): this;
  /** Removes a listener. */
  off(event: 'state', listener: (state: ClientState) => void): this;
}
