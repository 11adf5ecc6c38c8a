import type {
  ClientState,
  CoordinationClient,
  TreeListener,
  TreeRegistration,
  WatchedEvent,
  ZnodeRead,
} from '../lib/core/coordination-client.js';
import { NoNodeError, ZooKeeperError } from '../lib/core/errors.js';
import { isServed } from '../lib/core/is-served.js';
import { FaithfulClient } from './faithful-client.js';
import { toStat } from './fake-client.js';
import type { FakeSnapshot } from './fake-tree.js';

interface Watched {
  readonly root: string;
  readonly listener: TreeListener;
  isArmed: boolean;
}

/** How the servers of a FakeTreeClient behave. All may be changed at any time; most count from the next connection. */
export interface FakeTreeServer {
  /** Whether they have recursive watches. */
  hasRecursive: boolean;
  /** The path of the events of a recursive watch: ClickHouse Keeper reports that of the watch. */
  reports: 'changed' | 'watched' | 'nothing';
  /** Whether events have zxids, as from ZooKeeper 3.9 on. */
  hasZxids: boolean;
}

/**
 * A client with recursive watches and bulk reads, over a service in memory. As a ZooKeeperClient it carries its watches
 * over connections and sessions, and has the server report what was missed.
 */
export class FakeTreeClient extends FaithfulClient implements CoordinationClient {
  override epoch: number = 0;
  readonly server: FakeTreeServer = { hasRecursive: true, reports: 'changed', hasZxids: false };
  /** The newest zxid of the replies. */
  lastZxid = 0n;
  readonly #watched = new Set<Watched>();

  /** The roots of the recursive watches. */
  get watchedRoots(): string[] {
    return Array.from(this.#watched, ({ root }) => root);
  }

  /** As the reply to a ping: says which transaction is the newest. */
  ping(): void {
    this.lastZxid = this.tree.zxid;
  }

  /** The connection ends, and the next one begins after the changes that were made meanwhile. */
  cut(meanwhile: () => void = () => {}, state: 'suspended' | 'lost' = 'suspended'): void {
    this.become('suspended');
    if (state === 'lost') this.become('lost');
    meanwhile();
    this.become('connected');
  }

  /** The ensemble is restored from a backup. */
  restore(snapshot: FakeSnapshot, zxid: bigint): void {
    this.cut(() => {
      this.tree.restore(snapshot, zxid);
      this.lastZxid = zxid;
      this.epoch += 1;
    }, 'lost');
  }

  /** Drops the recursive watches without a word. */
  loseRecursive(): void {
    for (const watched of this.#watched) watched.isArmed = false;
  }

  override become(state: ClientState): void {
    const isEnd = isServed(this.state) && state !== this.state;
    if (isEnd) {
      for (const watched of [...this.#watched]) {
        watched.isArmed = false;
        watched.listener.interrupted();
      }
    }
    super.become(state);
    if (isServed(state)) for (const watched of [...this.#watched]) this.#armLater(watched);
  }

  watchTree(root: string, listener: TreeListener): TreeRegistration {
    const watched: Watched = { root, listener, isArmed: false };
    this.#watched.add(watched);
    if (isServed(this.state)) this.#armLater(watched);
    return { remove: () => this.#watched.delete(watched) };
  }

  async readMany(paths: readonly string[], { data = true } = {}): Promise<readonly (ZnodeRead | ZooKeeperError)[]> {
    const now = this.stale ?? this.tree.snapshot();
    const heard = this.#hear();
    const results = await this.read('readMany', paths.join(' '), () =>
      paths.map((path) => {
        const node = now.get(path);
        const error = this.readError('getData', path);
        if (error instanceof ZooKeeperError) return error;
        if (!node) return new NoNodeError(`no ${path}`, { path });
        return { data: data ? node.data : Buffer.alloc(0), stat: toStat(node), children: [...node.children] };
      }),
    );
    heard();
    return results;
  }

  async sync(path: string): Promise<void> {
    const heard = this.#hear();
    await this.read('sync', path, () => {});
    heard();
  }

  override async exists(...args: Parameters<FaithfulClient['exists']>) {
    const heard = this.#hear();
    const reply = await super.exists(...args);
    heard();
    return reply;
  }

  override async getData(...args: Parameters<FaithfulClient['getData']>) {
    const heard = this.#hear();
    const reply = await super.getData(...args);
    heard();
    return reply;
  }

  override async getChildren(...args: Parameters<FaithfulClient['getChildren']>) {
    const heard = this.#hear();
    const reply = await super.getChildren(...args);
    heard();
    return reply;
  }

  protected override fired(event: WatchedEvent): void {
    if (this.state !== 'connected') return;
    if (event.type !== 'NodeChildrenChanged') this.#reportRecursive(event);
    this.changed();
  }

  #reportRecursive({ type, path }: WatchedEvent): void {
    const zxid = this.server.hasZxids ? { zxid: this.tree.zxid } : {};
    for (const { root, listener, isArmed } of [...this.#watched]) {
      if (!isArmed || this.server.reports === 'nothing' || !isWithin(root, path)) continue;
      listener.changed({ type, path: this.server.reports === 'watched' ? root : path, ...zxid });
    }
  }

  /** A request is sent. @returns a function to be called with its reply */
  #hear(): () => void {
    const { epoch, stale } = this;
    const { zxid } = this.tree;
    return () => {
      if (stale === null && epoch === this.epoch && zxid > this.lastZxid) this.lastZxid = zxid;
    };
  }

  /** The server answers addWatch, and then SetWatches2 with the known znodes. */
  #armLater(watched: Watched): void {
    queueMicrotask(() => {
      if (!this.#watched.has(watched) || !isServed(this.state) || watched.isArmed) return;
      if (!this.server.hasRecursive) return watched.listener.unsupported();
      watched.isArmed = true;
      this.#reportMissed(watched.listener);
      watched.listener.armed();
    });
  }

  #reportMissed(listener: TreeListener): void {
    const { position } = listener;
    for (const path of [...listener.known()]) {
      const node = this.tree.get(path);
      if (!node) listener.changed({ type: 'NodeDeleted', path });
      else if (node.mzxid > position) listener.changed({ type: 'NodeDataChanged', path });
      if (node && node.pzxid > position) listener.changed({ type: 'NodeChildrenChanged', path });
    }
  }
}

function isWithin(root: string, path: string): boolean {
  return root === '/' || path === root || path.startsWith(`${root}/`);
}
