import { EventEmitter } from 'node:events';
import type { NodeZooKeeperClient } from '../../../lib/node-zookeeper-client/index.js';
import { Stage } from '../../../lib/node-zookeeper-client/wrapped-client.js';
import { Recorder } from '../../../testing/recorder.js';

type Callback = (error: unknown, ...values: never[]) => void;
type AnyWatcher = (event: never) => void;
type Watcher = (event: { type: number; name: string; path: string }) => void;

const STAT = {
  ...Object.fromEntries(
    ['czxid', 'mzxid', 'pzxid', 'ctime', 'mtime', 'ephemeralOwner'].map((name) => [name, Buffer.alloc(8)]),
  ),
  ...{ version: 0, cversion: 0, aversion: 0, dataLength: 0, numChildren: 0 },
};

/** A client object as node-zookeeper-client makes them, whose faults a spec commits itself. */
export class FakePackageClient implements NodeZooKeeperClient {
  readonly connectionManager = Object.assign(new EventEmitter(), {
    state: Stage.disconnected as number,
    socket: undefined as { destroyed: boolean; destroy(): void } | undefined,
    pendingBuffer: null as Buffer | null,
    onSocketClosed: (): void => {
      this.become(Stage.disconnected);
      this.connect();
    },
    watcherManager: { dataWatchers: {}, existenceWatchers: {}, childWatchers: {} },
  });
  readonly options = { retries: 0 };
  /** The calls other than heartbeats, as `getData /path`. */
  readonly calls = new Recorder<string>();
  readonly callbacks: Callback[] = [];
  readonly watchers: (Watcher | undefined)[] = [];
  /** Thrown by the next calls. */
  error: Error | undefined;
  /** Whether heartbeats are answered. */
  isAlive = true;
  readonly sockets: { destroyed: boolean; destroy(): void }[] = [];
  sessionTimeout: number;

  constructor(sessionTimeout = 240) {
    this.sessionTimeout = sessionTimeout;
  }

  become(stage: number): void {
    if (stage === Stage.connecting) this.newSocket();
    this.connectionManager.state = stage;
    this.connectionManager.emit('state', stage);
  }

  newSocket(): void {
    const socket = {
      destroyed: false,
      destroy: () => {
        socket.destroyed = true;
      },
    };
    this.sockets.push(socket);
    this.connectionManager.socket = socket;
  }

  /** Answers the oldest call with a znode without data. */
  answer(...values: unknown[]): void {
    this.callbacks.shift()?.(null, ...((values.length > 0 ? values : [Buffer.alloc(0), STAT]) as never[]));
  }

  connect(): void {
    this.calls.record('connect');
    this.become(Stage.connecting);
  }

  close(): void {
    this.calls.record('close');
    this.become(Stage.closing);
    this.become(Stage.closed);
  }

  getSessionId = (): Buffer => Buffer.from('0000000000000007', 'hex');
  getSessionTimeout = (): number => this.sessionTimeout;
  transaction = (): object => ({});

  exists(path: string, watcher: AnyWatcher | undefined, callback: Callback): void {
    if (path !== '/') this.#call('exists', path, watcher, callback);
    else if (this.isAlive) queueMicrotask(() => callback(null, STAT as never));
  }

  getData = (path: string, watcher: AnyWatcher | undefined, callback: Callback) =>
    this.#call('getData', path, watcher, callback);
  getChildren = (path: string, watcher: AnyWatcher | undefined, callback: Callback) =>
    this.#call('getChildren', path, watcher, callback);
  create = (path: string, _data: Buffer, _acl: never[], _mode: number, callback: Callback) =>
    this.#call('create', path, undefined, callback);
  setData = (path: string, _data: Buffer, _version: number, callback: Callback) =>
    this.#call('setData', path, undefined, callback);
  remove = (path: string, _version: number, callback: Callback) => this.#call('remove', path, undefined, callback);

  #call(name: string, path: string, watcher: AnyWatcher | undefined, callback: Callback): void {
    if (this.error) throw this.error;
    this.callbacks.push(callback);
    this.watchers.push(watcher as Watcher | undefined);
    this.calls.record(`${name} ${path}`);
  }
}
