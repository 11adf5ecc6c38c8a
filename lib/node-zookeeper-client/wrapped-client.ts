import type { ServerName } from '../core/coordination-client.js';
import { InvalidArgumentError } from '../core/errors.js';
import { turns } from '../core/timers.js';
import { describe } from '../core/validation.js';

/** A stat of node-zookeeper-client: its 64-bit numbers are Buffers of 8 bytes. */
export interface NodeZooKeeperStat {
  /** Zxid of the creation. */
  czxid: Buffer;
  /** Zxid of the last change of the data. */
  mzxid: Buffer;
  /** Zxid of the last change of the list of children. */
  pzxid: Buffer;
  /** Time of the creation. */
  ctime: Buffer;
  /** Time of the last change. */
  mtime: Buffer;
  /** Number of changes of the data. */
  version: number;
  /** Number of changes of the list of children. */
  cversion: number;
  /** Number of changes of the ACL. */
  aversion: number;
  /** The session that owns an ephemeral znode. */
  ephemeralOwner: Buffer;
  /** Length of the data in bytes. */
  dataLength: number;
  /** Number of children. */
  numChildren: number;
}

/** A watcher as the package calls it. */
export type WrappedWatcher = (event: { readonly type: number }) => void;
/** @internal */
export type Callback<T extends unknown[]> = (error: unknown, ...values: T) => void;

/** The part of a client of node-zookeeper-client 1.x that the adapter calls. What `createClient()` returns has it. */
export interface NodeZooKeeperClient {
  /** Connects; once. */
  connect(): void;
  /** Ends the session. */
  close(): void;
  /** The session's id, 8 bytes. */
  getSessionId(): Buffer;
  /** The session timeout in ms. */
  getSessionTimeout(): number;
  /** Reads the stat. */
  exists(
    path: string,
    watcher: ((event: never) => void) | undefined,
    callback: (error: unknown, stat: NodeZooKeeperStat) => void,
  ): void;
  /** Reads data and stat. */
  getData(
    path: string,
    watcher: ((event: never) => void) | undefined,
    callback: (error: unknown, data: Buffer, stat: NodeZooKeeperStat) => void,
  ): void;
  /** Reads the names of the children and the stat. */
  getChildren(
    path: string,
    watcher: ((event: never) => void) | undefined,
    callback: (error: unknown, children: string[], stat: NodeZooKeeperStat) => void,
  ): void;
  /** Creates a znode. */
  create(
    path: string,
    data: Buffer,
    acl: never[],
    mode: number,
    callback: (error: unknown, path: string) => void,
  ): void;
  /** Sets the data. */
  setData(
    path: string,
    data: Buffer,
    version: number,
    callback: (error: unknown, stat: NodeZooKeeperStat) => void,
  ): void;
  /** Deletes a znode. */
  remove(path: string, version: number, callback: (error: unknown) => void): void;
  /** Begins a transaction. */
  transaction(): object;
}

/** The stages of a connection manager, by its own numbers. @internal */
export const Stage = {
  disconnected: 0,
  connecting: 1,
  connected: 2,
  connectedReadOnly: 3,
  closing: -1,
  closed: -2,
  expired: -3,
  authFailed: -4,
} as const;

type Emitter = {
  prependListener(event: string, listener: (value: never) => void): unknown;
  removeListener(event: string, listener: (value: never) => void): unknown;
};

/** The watchers of one kind by path, as node-zookeeper-client keeps them. */
type Listeners = Record<string, Emitter & { listenerCount(event: string): number }>;

/** The private part of a client that the guards need. Its public events do not say whether it was closed. */
interface ConnectionManager extends Emitter {
  readonly state: number;
  readonly socket?: { readonly destroyed: boolean; destroy(): void };
  readonly connectTimeoutHandler: NodeJS.Timeout | null;
  readonly chrootPath?: string | undefined;
  readonly servers?: readonly { host: string; port: number }[];
  readonly nextServerIndex?: number;
  readonly watcherManager: {
    readonly dataWatchers: Listeners;
    readonly existenceWatchers: Listeners;
    readonly childWatchers: Listeners;
  };
  pendingBuffer: Buffer | null;
  onSocketClosed(): void;
}

const METHODS: readonly (keyof NodeZooKeeperClient)[] = [
  'connect',
  'close',
  'getSessionId',
  'getSessionTimeout',
  'exists',
  'getData',
  'getChildren',
  'create',
  'setData',
  'remove',
  'transaction',
];

/** One object of node-zookeeper-client. Only this class knows its private members. @internal */
export class WrappedClient {
  readonly client: NodeZooKeeperClient;
  readonly #manager: ConnectionManager;
  readonly #onStage: (stage: number) => void;

  /**
   * @param onStage called at each new stage, inside the package's code, before any listener of the user
   * @throws {@link InvalidArgumentError} when it is no such object
   */
  constructor(client: unknown, onStage: (stage: number) => void) {
    this.client = client as NodeZooKeeperClient;
    this.#manager = managerOf(client);
    this.#onStage = onStage;
    this.#manager.prependListener('state', this.#changed);
  }

  get stage(): number {
    return this.#manager.state;
  }

  get isConnected(): boolean {
    return this.stage === Stage.connected || this.stage === Stage.connectedReadOnly;
  }

  /** No request of it is answered any more. */
  get isOver(): boolean {
    return this.stage < 0;
  }

  /** In ms, as negotiated, or as asked for. */
  get sessionTimeout(): number {
    return this.client.getSessionTimeout();
  }

  /** `null` before the first session. */
  get sessionId(): bigint | null {
    return this.client.getSessionId().readBigInt64BE() || null;
  }

  get server(): ServerName | null {
    const { servers = [], nextServerIndex = 0 } = this.#manager;
    const server = servers[(nextServerIndex + servers.length - 1) % servers.length];
    return this.isConnected && server ? { host: server.host, port: Number(server.port) } : null;
  }

  /** Empty without a chroot. */
  get chroot(): string {
    return this.#manager.chrootPath ?? '';
  }

  /** How often the package repeats a request by itself. */
  get retries(): number {
    const { options } = this.client as { options?: { retries?: number } };
    return options?.retries ?? 0;
  }

  /** The socket of the present attempt or connection, to recognise it later. */
  get socket(): object | undefined {
    return this.#manager.socket;
  }

  /** Ends the present attempt or connection; the client then tries the next server. */
  cut(): void {
    // The package would leave this timer, which ends whatever connection there is when it fires.
    clearTimeout(this.#manager.connectTimeoutHandler ?? undefined);
    const { socket } = this.#manager;
    // A callback of the user that threw as the connection ended has kept the package from all that follows.
    if (this.isConnected && socket?.destroyed) this.#manager.onSocketClosed();
    else socket?.destroy();
  }

  /** Closes the object without a server. A socket that it makes later, after one of its pauses, does not live. */
  abort(): void {
    let { socket } = this.#manager;
    this.cut();
    Object.defineProperty(this.#manager, 'socket', {
      configurable: true,
      get: () => socket,
      set: (next: typeof socket) => {
        socket = next;
        turns.next(() => this.cut());
      },
    });
    try {
      this.client.close();
    } catch {
      // It has had no socket yet, on which to send its request.
    }
  }

  /** Removes a watcher, and thereby the path from the package's next SetWatches, unless the user watches it too. */
  removeWatcher(kind: 'data' | 'child', path: string, watcher: WrappedWatcher): void {
    const { dataWatchers, existenceWatchers, childWatchers } = this.#manager.watcherManager;
    for (const listeners of kind === 'child' ? [childWatchers] : [dataWatchers, existenceWatchers]) {
      const emitter = listeners[path];
      if (!emitter) continue;
      emitter.removeListener('notification', watcher);
      if (emitter.listenerCount('notification') === 0) delete listeners[path];
    }
  }

  /** Calls `onStage` no more. */
  release(): void {
    this.#manager.removeListener('state', this.#changed);
  }

  readonly #changed = (stage: number): void => {
    // The rest of a packet that was received by half would be put before the bytes of the next connection.
    if (stage === Stage.disconnected) this.#manager.pendingBuffer = null;
    this.#onStage(stage);
  };
}

function managerOf(client: unknown): ConnectionManager {
  const manager =
    isObject(client) && METHODS.every((name) => typeof client[name] === 'function')
      ? client.connectionManager
      : undefined;
  const watchers = isObject(manager) && typeof manager.state === 'number' ? manager.watcherManager : undefined;
  if (isObject(watchers) && isObject(watchers.dataWatchers)) return manager as unknown as ConnectionManager;
  throw new InvalidArgumentError(
    `client must be an object that createClient() of node-zookeeper-client 1.x has returned, or a function that ` +
      `returns a new one, but is ${describe(client)}`,
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
